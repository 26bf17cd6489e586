import type { Evictable } from './eviction-policy.js';
import { growArray } from './grow-array.js';

const FIRST_LENGTH = 64;

/**
 * Records by rank, the lowest first, and of equal ranks the one that got its rank first: a binary heap of slots over typed
 * arrays.
 *
 * Raising a rank only writes it down. A slot's place in the heap follows its rank as it was, which can only be too near to
 * the front, so it is enough to look again when it comes to the front: whoever stands there with a rank that has risen since
 * sinks to its true place. A hit costs two writes that way, not a walk through the heap.
 */
export class RecordHeap<R extends Evictable> {
  /** Slots in heap order, from index 1. */
  #heap = new Uint32Array(FIRST_LENGTH);
  /** Index in the heap by slot; of a free slot, the next free one. */
  #index = new Uint32Array(FIRST_LENGTH);
  /** Rank by slot, and when it got it. */
  #rank = new Float64Array(FIRST_LENGTH);
  #rankedAt = new Float64Array(FIRST_LENGTH);
  /** The same as the heap's order knows them. */
  #heapRank = new Float64Array(FIRST_LENGTH);
  #heapRankedAt = new Float64Array(FIRST_LENGTH);
  #records: (R | undefined)[] = [undefined];
  #count = 0;
  #firstFree = 0;
  #rankings = 0;

  /** Slots there is room for at the moment: how long an array beside this one must be. */
  get length(): number {
    return this.#heap.length;
  }

  /** A record enters, and is told its slot. */
  enter(record: R, rank: number): number {
    const slot = this.#takeSlot();
    record.slot = slot;
    this.#records[slot] = record;
    this.#write(slot, rank);
    this.#settle(slot);
    this.#rise(++this.#count, slot);
    return slot;
  }

  /** A record takes the slot of another, with a rank of its own; the same rank counts from when the other got it. */
  replace(old: R, record: R, rank: number): void {
    const { slot } = old;
    old.slot = 0;
    record.slot = slot;
    this.#records[slot] = record;
    if (rank === this.#rank[slot]) return;
    this.#write(slot, rank);
    if (rank >= this.#heapRank[slot]!) return;
    this.#settle(slot);
    this.#rise(this.#index[slot]!, slot);
  }

  /** Gives a slot a rank that is not lower than the one it has. */
  raise(slot: number, rank: number): void {
    this.#write(slot, rank);
  }

  rank(slot: number): number {
    return this.#rank[slot]!;
  }

  /** The slot of the lowest rank; 0 when there is none. */
  first(): number {
    if (this.#count === 0) return 0;
    for (;;) {
      const slot = this.#heap[1]!;
      if (this.#heapRankedAt[slot] === this.#rankedAt[slot]) return slot;
      this.#settle(slot);
      this.#sink(1, slot);
    }
  }

  /** The record of a slot leaves, and the slot is free. */
  leave(slot: number): R {
    const record = this.#records[slot]!;
    const index = this.#index[slot]!;
    const last = this.#heap[this.#count--]!;
    if (last !== slot) {
      this.#sink(index, last);
      this.#rise(this.#index[last]!, last);
    }
    this.#records[slot] = undefined;
    this.#index[slot] = this.#firstFree;
    this.#firstFree = slot;
    record.slot = 0;
    return record;
  }

  clear(): void {
    this.#heap = new Uint32Array(FIRST_LENGTH);
    this.#index = new Uint32Array(FIRST_LENGTH);
    this.#rank = new Float64Array(FIRST_LENGTH);
    this.#rankedAt = new Float64Array(FIRST_LENGTH);
    this.#heapRank = new Float64Array(FIRST_LENGTH);
    this.#heapRankedAt = new Float64Array(FIRST_LENGTH);
    this.#records = [undefined];
    this.#count = 0;
    this.#firstFree = 0;
  }

  #takeSlot(): number {
    const free = this.#firstFree;
    if (free !== 0) {
      this.#firstFree = this.#index[free]!;
      return free;
    }
    const slot = this.#records.length;
    if (slot === this.#heap.length) {
      this.#heap = growArray(this.#heap, slot * 2);
      this.#index = growArray(this.#index, slot * 2);
      this.#rank = growArray(this.#rank, slot * 2);
      this.#rankedAt = growArray(this.#rankedAt, slot * 2);
      this.#heapRank = growArray(this.#heapRank, slot * 2);
      this.#heapRankedAt = growArray(this.#heapRankedAt, slot * 2);
    }
    return slot;
  }

  #write(slot: number, rank: number): void {
    this.#rank[slot] = rank;
    this.#rankedAt[slot] = ++this.#rankings;
  }

  #settle(slot: number): void {
    this.#heapRank[slot] = this.#rank[slot]!;
    this.#heapRankedAt[slot] = this.#rankedAt[slot]!;
  }

  /** Puts a slot at an index, or as far forward of it as it belongs. */
  #rise(from: number, slot: number): void {
    let index = from;
    while (index > 1) {
      const parent = index >> 1;
      const above = this.#heap[parent]!;
      if (!this.#goesBefore(slot, above)) break;
      this.#place(index, above);
      index = parent;
    }
    this.#place(index, slot);
  }

  /** Puts a slot at an index, or as far behind it as it belongs. */
  #sink(from: number, slot: number): void {
    let index = from;
    for (;;) {
      let child = index * 2;
      if (child > this.#count) break;
      if (child < this.#count && this.#goesBefore(this.#heap[child + 1]!, this.#heap[child]!)) child++;
      const below = this.#heap[child]!;
      if (!this.#goesBefore(below, slot)) break;
      this.#place(index, below);
      index = child;
    }
    this.#place(index, slot);
  }

  #place(index: number, slot: number): void {
    this.#heap[index] = slot;
    this.#index[slot] = index;
  }

  #goesBefore(slot: number, other: number): boolean {
    const rank = this.#heapRank[slot]!;
    const otherRank = this.#heapRank[other]!;
    return rank < otherRank || (rank === otherRank && this.#heapRankedAt[slot]! < this.#heapRankedAt[other]!);
  }
}
