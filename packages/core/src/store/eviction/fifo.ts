import type { Evictable, EvictionPolicy } from './eviction-policy.js';
import { RecordQueues } from './record-queues.js';

const CAME = 0;

/**
 * First in, first out: who came first leaves, used or not. A hit costs nothing. Where all entries live equally long, it is
 * also the order in which they expire.
 *
 * A new value keeps its key's place: otherwise a key that is refreshed often would never leave.
 */
export class FifoPolicy<R extends Evictable> implements EvictionPolicy<R> {
  readonly #queue = new RecordQueues<R>(1);

  add(record: R): void {
    this.#queue.enter(CAME, record);
  }

  replace(old: R, record: R): void {
    this.#queue.replace(old, record);
  }

  touch(_record: R): void {
    // Use does not count.
  }

  remove(record: R): void {
    this.#queue.leave(record.slot);
  }

  evict(): R | undefined {
    const slot = this.#queue.oldest(CAME);
    return slot === 0 ? undefined : this.#queue.leave(slot);
  }

  clear(): void {
    this.#queue.clear();
  }
}
