import type { Evictable, EvictionPolicy } from './eviction-policy.js';
import { growArray } from './grow-array.js';
import { RecordHeap } from './record-heap.js';

/**
 * Greedy dual size frequency (GDSF): a record ranks by its uses for each byte it takes, plus the age of the cache when it was
 * last used; the lowest rank leaves, and the age becomes that rank.
 *
 * Where sizes differ widely, many small records answer more requests than one large record in the same bytes. It is the
 * choice for the most hits under a bound in bytes; for the most bytes answered it is not, as large records are the first to go.
 *
 * L. Cherkasova, "Improving WWW Proxies Performance with Greedy-Dual-Size-Frequency Caching Policy", HP Laboratories
 * HPL-98-69R1, 1998.
 */
export class GdsfPolicy<R extends Evictable> implements EvictionPolicy<R> {
  readonly #heap = new RecordHeap<R>();
  /** Uses by slot. */
  #uses = new Uint32Array(0);
  /** The age when the slot was last used. */
  #agedAt = new Float64Array(0);
  #age = 0;

  add(record: R): void {
    const slot = this.#heap.enter(record, this.#age + 1 / bytesOf(record));
    if (slot >= this.#uses.length) {
      this.#uses = growArray(this.#uses, this.#heap.length);
      this.#agedAt = growArray(this.#agedAt, this.#heap.length);
    }
    this.#uses[slot] = 1;
    this.#agedAt[slot] = this.#age;
  }

  replace(old: R, record: R): void {
    const { slot } = old;
    this.#heap.replace(old, record, this.#agedAt[slot]! + this.#uses[slot]! / bytesOf(record));
  }

  touch(record: R): void {
    const { slot } = record;
    this.#agedAt[slot] = this.#age;
    this.#heap.raise(slot, this.#age + ++this.#uses[slot]! / bytesOf(record));
  }

  remove(record: R): void {
    this.#heap.leave(record.slot);
  }

  evict(): R | undefined {
    const slot = this.#heap.first();
    if (slot === 0) return undefined;
    // A value that was replaced by a larger one may rank below the age, which must not fall: uses would lower ranks then.
    this.#age = Math.max(this.#age, this.#heap.rank(slot));
    return this.#heap.leave(slot);
  }

  clear(): void {
    this.#heap.clear();
    this.#age = 0;
  }
}

function bytesOf(record: Evictable): number {
  return Math.max(1, record.size);
}
