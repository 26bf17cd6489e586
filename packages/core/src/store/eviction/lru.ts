import type { Evictable, EvictionPolicy } from './eviction-policy.js';

const FIRST_CAPACITY = 64;

/**
 * Exact least recently used: a doubly linked ring through two typed arrays. Slot 0 is the ring's seam: behind it stands the
 * record touched longest ago, before it the one touched last. Freed slots form a chain through the same array.
 */
export class LruPolicy<R extends Evictable> implements EvictionPolicy<R> {
  #next = new Uint32Array(FIRST_CAPACITY);
  #previous = new Uint32Array(FIRST_CAPACITY);
  #records: (R | undefined)[] = [undefined];
  #firstFree = 0;

  add(record: R): void {
    const slot = this.#takeSlot();
    record.slot = slot;
    this.#records[slot] = record;
    this.#append(slot);
  }

  replace(old: R, record: R): void {
    record.slot = old.slot;
    old.slot = 0;
    this.#records[record.slot] = record;
    this.touch(record);
  }

  touch(record: R): void {
    const { slot } = record;
    if (this.#previous[0] === slot) return;
    this.#unlink(slot);
    this.#append(slot);
  }

  remove(record: R): void {
    const { slot } = record;
    this.#unlink(slot);
    this.#records[slot] = undefined;
    this.#next[slot] = this.#firstFree;
    this.#firstFree = slot;
    record.slot = 0;
  }

  evict(): R | undefined {
    const oldest = this.#records[this.#next[0]!];
    if (oldest !== undefined) this.remove(oldest);
    return oldest;
  }

  clear(): void {
    this.#next = new Uint32Array(FIRST_CAPACITY);
    this.#previous = new Uint32Array(FIRST_CAPACITY);
    this.#records = [undefined];
    this.#firstFree = 0;
  }

  #takeSlot(): number {
    const free = this.#firstFree;
    if (free !== 0) {
      this.#firstFree = this.#next[free]!;
      return free;
    }
    const slot = this.#records.length;
    if (slot === this.#next.length) {
      this.#next = grown(this.#next);
      this.#previous = grown(this.#previous);
    }
    return slot;
  }

  #append(slot: number): void {
    const last = this.#previous[0]!;
    this.#next[last] = slot;
    this.#previous[slot] = last;
    this.#next[slot] = 0;
    this.#previous[0] = slot;
  }

  #unlink(slot: number): void {
    const before = this.#previous[slot]!;
    const after = this.#next[slot]!;
    this.#next[before] = after;
    this.#previous[after] = before;
  }
}

function grown(array: Uint32Array<ArrayBuffer>): Uint32Array<ArrayBuffer> {
  const larger = new Uint32Array(array.length * 2);
  larger.set(array);
  return larger;
}
