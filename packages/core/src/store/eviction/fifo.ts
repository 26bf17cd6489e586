import type { Evictable, EvictionPolicy } from './eviction-policy.js';
import { RecordQueue } from './record-queue.js';

/**
 * First in, first out: who came first leaves, used or not. A hit costs nothing. Where all entries live equally long, it is
 * also the order in which they expire.
 *
 * A new value keeps its key's place: otherwise a key that is refreshed often would never leave.
 */
export class FifoPolicy<R extends Evictable> implements EvictionPolicy<R> {
  readonly #queue = new RecordQueue<R>(1);

  add(record: R): void {
    this.#queue.enter(record, 0);
  }

  replace(old: R, record: R): void {
    this.#queue.replace(old, record);
  }

  touch(_record: R): void {
    // Use does not count.
  }

  remove(record: R): void {
    this.#queue.leave(record);
  }

  evict(): R | undefined {
    const victim = this.#queue.oldest();
    if (victim !== undefined) this.#queue.leave(victim);
    return victim;
  }

  clear(): void {
    this.#queue.clear();
  }
}
