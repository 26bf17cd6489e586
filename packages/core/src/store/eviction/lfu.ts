import type { Evictable, EvictionPolicy } from './eviction-policy.js';
import { growArray } from './grow-array.js';
import { RecordHeap } from './record-heap.js';

/**
 * Least frequently used with dynamic ageing (LFU-DA): a record ranks by its uses plus the age of the cache when it was last
 * used; the lowest rank leaves, and the age becomes that rank. Of equal ranks, who was used longest ago leaves.
 *
 * Without the ageing, what was popular once never leaves, and newcomers drive out each other. The age lifts whoever is used
 * now to the level of old fame, so that fame without use is overtaken.
 *
 * M. Arlitt, L. Cherkasova, J. Dilley, R. Friedrich, T. Jin, "Evaluating Content Management Techniques for Web Proxy Caches",
 * ACM SIGMETRICS Performance Evaluation Review 27(4), 2000.
 */
export class LfuPolicy<R extends Evictable> implements EvictionPolicy<R> {
  readonly #heap = new RecordHeap<R>();
  /** Uses by slot. */
  #uses = new Uint32Array(0);
  #age = 0;

  add(record: R): void {
    const slot = this.#heap.enter(record, this.#age + 1);
    if (slot >= this.#uses.length) this.#uses = growArray(this.#uses, this.#heap.length);
    this.#uses[slot] = 1;
  }

  replace(old: R, record: R): void {
    this.#heap.replace(old, record, this.#heap.rank(old.slot));
  }

  touch(record: R): void {
    const { slot } = record;
    this.#heap.raise(slot, this.#age + ++this.#uses[slot]!);
  }

  remove(record: R): void {
    this.#heap.leave(record.slot);
  }

  evict(): R | undefined {
    const slot = this.#heap.first();
    if (slot === 0) return undefined;
    this.#age = this.#heap.rank(slot);
    return this.#heap.leave(slot);
  }

  clear(): void {
    this.#heap.clear();
    this.#age = 0;
  }
}
