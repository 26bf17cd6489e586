import type { Evictable } from './eviction-policy.js';

/*
 * What a policy keeps in a record's slot: 31 bits, which V8 holds in the field itself. From the lowest on: uses, the queue, and
 * the place there.
 *
 * A hit counts a use, which writes one number to the record that it has just read, and does nothing else. Only when a record
 * comes to the front does its policy look at its uses (lazy promotion): J. Yang, Z. Qiu, Y. Zhang, Y. Yue, K. V. Rashmi, "FIFO
 * can be Better than LRU: the Power of Lazy Promotion and Quick Demotion", HotOS 2023.
 */
const USES_BITS = 4;
const QUEUE_BITS = 2;
const PLACE_SHIFT = USES_BITS + QUEUE_BITS;
const QUEUE_MASK = 2 ** QUEUE_BITS - 1;

/** The most uses that are counted. */
export const MOST_USES = 2 ** USES_BITS - 1;
/** The highest place. */
export const MOST_PLACE = 2 ** (31 - PLACE_SHIFT) - 1;

export function slotAt(place: number, queue: number, uses: number): number {
  return (place << PLACE_SHIFT) | (queue << USES_BITS) | uses;
}

export function placeOf(record: Evictable): number {
  return record.slot >>> PLACE_SHIFT;
}

export function queueOf(record: Evictable): number {
  return (record.slot >>> USES_BITS) & QUEUE_MASK;
}

/** Uses of a record since its policy looked at them last. */
export function usesOf(record: Evictable): number {
  return record.slot & MOST_USES;
}

/** Counts a use, up to `most`. */
export function countUse(record: Evictable, most: number): void {
  const { slot } = record;
  if ((slot & MOST_USES) < most) record.slot = slot + 1;
}

/** Counts from 0 again. */
export function forgetUses(record: Evictable): void {
  record.slot &= ~MOST_USES;
}
