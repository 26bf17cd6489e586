import type { Evictable, EvictionPolicy } from './eviction-policy.js';
import { RecordQueues } from './record-queues.js';

const USED = 0;

/**
 * Exact least recently used: who was used longest ago leaves. One queue, to whose end every use moves its record.
 *
 * It is the right guess where requests come in bursts, and easily spoilt: a scan of many keys asked for once drives out
 * everything else, and a loop over a little more than fits hits nothing.
 */
export class LruPolicy<R extends Evictable> implements EvictionPolicy<R> {
  readonly #queue = new RecordQueues<R>(1);

  add(record: R): void {
    this.#queue.enter(USED, record);
  }

  /** A new value is a use: an application that writes a key is about to read it. */
  replace(old: R, record: R): void {
    this.#queue.replace(old, record);
    this.#queue.renew(record.slot);
  }

  touch(record: R): void {
    this.#queue.renew(record.slot);
  }

  remove(record: R): void {
    this.#queue.leave(record.slot);
  }

  evict(): R | undefined {
    const slot = this.#queue.oldest(USED);
    return slot === 0 ? undefined : this.#queue.leave(slot);
  }

  clear(): void {
    this.#queue.clear();
  }
}
