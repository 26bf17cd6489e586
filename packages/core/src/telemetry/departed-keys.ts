import type { MissReason } from './miss-reason.js';

/** Why an entry left the memory, as far as that explains a miss. */
export type Departure = Extract<MissReason, 'expired' | 'evicted' | 'invalidated'>;

/** How many keys are remembered at least before the oldest are forgotten, and half of how many at most. */
const CAPACITY = 10_000;

/** Longer keys are not remembered: thousands of them would be megabytes, for a word in a log. */
const MAX_KEY_LENGTH = 1_024;

/**
 * Remembers for a while why entries went, for the reason of the next miss of their keys. Bounded: in two generations, of which the older
 * is dropped as a whole, since to find the oldest key of a map again and again costs more the more of them went.
 */
export class DepartedKeys {
  #young = new Map<string, Departure>();
  #old = new Map<string, Departure>();

  note(key: string, reason: Departure): void {
    if (key.length > MAX_KEY_LENGTH) return;
    this.#young.set(key, reason);
    if (this.#young.size < CAPACITY) return;
    this.#old = this.#young;
    this.#young = new Map();
  }

  /** Why the entry of `key` went, told once. */
  take(key: string): Departure | undefined {
    const reason = this.#young.get(key) ?? this.#old.get(key);
    if (reason === undefined) return undefined;
    this.#young.delete(key);
    this.#old.delete(key);
    return reason;
  }
}
