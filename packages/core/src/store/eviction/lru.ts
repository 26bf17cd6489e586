import type { Evictable, EvictionPolicy } from './eviction-policy.js';
import { RecordLists } from './record-lists.js';

const USED = 0;

/**
 * Exact least recently used: who was used longest ago leaves. Every use makes its record the newest.
 *
 * It is the right guess where requests come in bursts, and easily spoilt: a scan of many keys asked for once drives out
 * everything else, and a loop over a little more than fits hits nothing.
 */
export class LruPolicy<R extends Evictable> implements EvictionPolicy<R> {
  readonly #list = new RecordLists<R>(1);

  add(record: R): void {
    this.#list.enter(USED, record);
  }

  /** A new value is a use: an application that writes a key is about to read it. */
  replace(old: R, record: R): void {
    this.#list.replace(old, record);
    this.#list.move(USED, record);
  }

  touch(record: R): void {
    this.#list.move(USED, record);
  }

  remove(record: R): void {
    this.#list.leave(record);
  }

  evict(): R | undefined {
    const victim = this.#list.oldest(USED);
    if (victim !== undefined) this.#list.leave(victim);
    return victim;
  }

  clear(): void {
    this.#list.clear();
  }
}
