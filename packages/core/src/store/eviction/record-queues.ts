import type { Evictable } from './eviction-policy.js';
import { growArray } from './grow-array.js';

const FIRST_LENGTH = 64;

/**
 * Records in slots, and the slots in queues: doubly linked rings through two typed arrays, so that moving a record allocates
 * nothing and follows no object. The first slots are the seams of the rings: behind a seam stands its queue's oldest, before
 * it the newest. Freed slots form a chain through the same array. Slot 0 is a seam, and so stands for "none".
 */
export class RecordQueues<R extends Evictable> {
  readonly #queues: number;
  readonly #counts: Uint32Array;
  readonly #bytes: Float64Array;
  #next = new Uint32Array(FIRST_LENGTH);
  #previous = new Uint32Array(FIRST_LENGTH);
  #queueOf = new Uint8Array(FIRST_LENGTH);
  #records: (R | undefined)[] = [];
  #firstFree = 0;

  /** @param queues - how many; they are named by number, from 0 */
  constructor(queues: number) {
    this.#queues = queues;
    this.#counts = new Uint32Array(queues);
    this.#bytes = new Float64Array(queues);
    this.clear();
  }

  /** Slots there is room for at the moment: how long an array beside this one must be. */
  get length(): number {
    return this.#next.length;
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
    const slot = this.#next[queue]!;
    return slot === queue ? 0 : slot;
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
    if (this.#previous[queue] === slot) return;
    this.#unlink(slot);
    this.#link(queue, slot);
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
    this.#next[slot] = this.#firstFree;
    this.#firstFree = slot;
    record.slot = 0;
    return record;
  }

  clear(): void {
    this.#next = new Uint32Array(FIRST_LENGTH);
    this.#previous = new Uint32Array(FIRST_LENGTH);
    this.#queueOf = new Uint8Array(FIRST_LENGTH);
    this.#records = Array.from<undefined>({ length: this.#queues });
    this.#firstFree = 0;
    this.#counts.fill(0);
    this.#bytes.fill(0);
    for (let seam = 0; seam < this.#queues; seam++) this.#next[seam] = this.#previous[seam] = seam;
  }

  #takeSlot(): number {
    const free = this.#firstFree;
    if (free !== 0) {
      this.#firstFree = this.#next[free]!;
      return free;
    }
    const slot = this.#records.length;
    if (slot === this.#next.length) {
      this.#next = growArray(this.#next, slot * 2);
      this.#previous = growArray(this.#previous, slot * 2);
      this.#queueOf = growArray(this.#queueOf, slot * 2);
    }
    return slot;
  }

  #join(queue: number, slot: number, size: number): void {
    this.#queueOf[slot] = queue;
    this.#counts[queue]!++;
    this.#bytes[queue]! += size;
    this.#link(queue, slot);
  }

  #part(slot: number, size: number): void {
    const queue = this.#queueOf[slot]!;
    this.#counts[queue]!--;
    this.#bytes[queue]! -= size;
    this.#unlink(slot);
  }

  #link(queue: number, slot: number): void {
    const newest = this.#previous[queue]!;
    this.#next[newest] = slot;
    this.#previous[slot] = newest;
    this.#next[slot] = queue;
    this.#previous[queue] = slot;
  }

  #unlink(slot: number): void {
    const before = this.#previous[slot]!;
    const after = this.#next[slot]!;
    this.#next[before] = after;
    this.#previous[after] = before;
  }
}
