import type { Evictable } from './eviction-policy.js';
import { growArray } from './grow-array.js';

const FIRST_LENGTH = 64;

/**
 * Records in slots, and the slots in queues: doubly linked rings through one typed array, so that moving a record allocates
 * nothing and follows no object. For each slot the next and the previous one lie side by side, in one line of the processor's
 * cache. A ring is held by its oldest, before which stands the newest, so the oldest becomes the newest by a step onwards, with
 * nothing relinked. Freed slots form a chain through the same array. There is no slot 0: it stands for "none".
 */
export class RecordQueues<R extends Evictable> {
  readonly #oldest: Uint32Array;
  readonly #counts: Uint32Array;
  readonly #bytes: Float64Array;
  /** Next and previous by slot. */
  #links = new Uint32Array(2 * FIRST_LENGTH);
  #queueOf = new Uint8Array(FIRST_LENGTH);
  #records: (R | undefined)[] = [undefined];
  #firstFree = 0;

  /** @param queues - how many; they are named by number, from 0 */
  constructor(queues: number) {
    this.#oldest = new Uint32Array(queues);
    this.#counts = new Uint32Array(queues);
    this.#bytes = new Float64Array(queues);
  }

  /** Slots there is room for at the moment: how long an array beside this one must be. */
  get length(): number {
    return this.#queueOf.length;
  }

  count(queue: number): number {
    return this.#counts[queue]!;
  }

  bytes(queue: number): number {
    return this.#bytes[queue]!;
  }

  record(slot: number): R {
    return this.#records[slot]!;
  }

  queueOf(slot: number): number {
    return this.#queueOf[slot]!;
  }

  /** The slot that has been in the queue longest; 0 when it is empty. */
  oldest(queue: number): number {
    return this.#oldest[queue]!;
  }

  /** A record enters a queue as its newest, and is told its slot. */
  enter(queue: number, record: R): number {
    const slot = this.#takeSlot();
    record.slot = slot;
    this.#records[slot] = record;
    this.#join(queue, slot, record.size);
    return slot;
  }

  /** A record takes the slot and the place of another. */
  replace(old: R, record: R): void {
    const { slot } = old;
    old.slot = 0;
    record.slot = slot;
    this.#records[slot] = record;
    this.#bytes[this.#queueOf[slot]!]! += record.size - old.size;
  }

  /** Makes a slot the newest of the queue it is in. */
  renew(slot: number): void {
    const queue = this.#queueOf[slot]!;
    const oldest = this.#oldest[queue]!;
    const next = this.#links[2 * slot]!;
    if (slot === oldest) {
      this.#oldest[queue] = next;
    } else if (next !== oldest) {
      this.#unlink(slot);
      this.#linkBefore(oldest, slot);
    }
  }

  /** Makes a slot the newest of another queue. */
  move(slot: number, queue: number): void {
    const { size } = this.#records[slot]!;
    this.#part(slot, size);
    this.#join(queue, slot, size);
  }

  /** The record of a slot leaves, and the slot is free. */
  leave(slot: number): R {
    const record = this.#records[slot]!;
    this.#part(slot, record.size);
    this.#records[slot] = undefined;
    this.#links[2 * slot] = this.#firstFree;
    this.#firstFree = slot;
    record.slot = 0;
    return record;
  }

  clear(): void {
    this.#links = new Uint32Array(2 * FIRST_LENGTH);
    this.#queueOf = new Uint8Array(FIRST_LENGTH);
    this.#records = [undefined];
    this.#firstFree = 0;
    this.#oldest.fill(0);
    this.#counts.fill(0);
    this.#bytes.fill(0);
  }

  #takeSlot(): number {
    const free = this.#firstFree;
    if (free !== 0) {
      this.#firstFree = this.#links[2 * free]!;
      return free;
    }
    const slot = this.#records.length;
    if (slot === this.#queueOf.length) {
      this.#links = growArray(this.#links, 4 * slot);
      this.#queueOf = growArray(this.#queueOf, 2 * slot);
    }
    return slot;
  }

  #join(queue: number, slot: number, size: number): void {
    this.#queueOf[slot] = queue;
    this.#counts[queue]!++;
    this.#bytes[queue]! += size;
    const oldest = this.#oldest[queue]!;
    if (oldest !== 0) {
      this.#linkBefore(oldest, slot);
      return;
    }
    this.#oldest[queue] = slot;
    this.#links[2 * slot] = slot;
    this.#links[2 * slot + 1] = slot;
  }

  #part(slot: number, size: number): void {
    const queue = this.#queueOf[slot]!;
    this.#counts[queue]!--;
    this.#bytes[queue]! -= size;
    const next = this.#links[2 * slot]!;
    if (next === slot) {
      this.#oldest[queue] = 0;
      return;
    }
    if (this.#oldest[queue] === slot) this.#oldest[queue] = next;
    this.#unlink(slot);
  }

  #linkBefore(next: number, slot: number): void {
    const before = this.#links[2 * next + 1]!;
    this.#links[2 * before] = slot;
    this.#links[2 * slot] = next;
    this.#links[2 * slot + 1] = before;
    this.#links[2 * next + 1] = slot;
  }

  #unlink(slot: number): void {
    const next = this.#links[2 * slot]!;
    const before = this.#links[2 * slot + 1]!;
    this.#links[2 * before] = next;
    this.#links[2 * next + 1] = before;
  }
}
