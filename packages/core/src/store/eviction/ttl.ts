import type { Evictable, EvictionPolicy } from './eviction-policy.js';
import { RecordHeap } from './record-heap.js';

/**
 * Earliest expiry first: who has the least time left leaves; of equals, who came first. A hit costs nothing, coming and
 * leaving cost a walk through a heap.
 *
 * It is the choice where the time to live says how much an entry is worth, and no guess at what will be asked for: with equal
 * times to live it is FIFO.
 */
export class TtlPolicy<R extends Evictable> implements EvictionPolicy<R> {
  readonly #heap = new RecordHeap<R>();

  add(record: R): void {
    this.#heap.enter(record, record.expiresAt);
  }

  replace(old: R, record: R): void {
    this.#heap.replace(old, record, record.expiresAt);
  }

  touch(_record: R): void {
    // Use does not count.
  }

  remove(record: R): void {
    this.#heap.leave(record.slot);
  }

  evict(): R | undefined {
    const slot = this.#heap.first();
    return slot === 0 ? undefined : this.#heap.leave(slot);
  }

  clear(): void {
    this.#heap.clear();
  }
}
