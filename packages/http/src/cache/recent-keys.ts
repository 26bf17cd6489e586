import { BoundedMap } from '@cachewarp/core';

/** How many keys are remembered at least. */
const CAPACITY = 10_000;

/** Remembers keys for a while: which were found uncacheable, which were validated by force a moment ago. Bounded; reads no clock. */
export class RecentKeys {
  readonly #until = new BoundedMap<number>(CAPACITY);

  /** Remembers `key` until an instant. */
  note(key: string, until: number): void {
    this.#until.set(key, until);
  }

  has(key: string, now: number): boolean {
    const until = this.#until.get(key);
    if (until === undefined) return false;
    if (now < until) return true;
    this.#until.delete(key);
    return false;
  }

  forget(key: string): void {
    this.#until.delete(key);
  }
}
