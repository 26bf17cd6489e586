import type { MissReason } from './miss-reason.js';

/** Why an entry left the memory, as far as that explains a miss. */
export type Departure = Extract<MissReason, 'expired' | 'evicted' | 'invalidated'>;

/** How many keys are remembered before the oldest are forgotten. */
const CAPACITY = 10_000;

/** Longer keys are not remembered: thousands of them would be megabytes, for a word in a log. */
const MAX_KEY_LENGTH = 1_024;

/** Remembers for a while why entries went, for the reason of the next miss of their keys. Bounded. */
export class DepartedKeys {
  readonly #reasons = new Map<string, Departure>();

  note(key: string, reason: Departure): void {
    if (key.length > MAX_KEY_LENGTH) return;
    // Taken out first, so that the order of the map is that of the departures.
    this.#reasons.delete(key);
    this.#reasons.set(key, reason);
    if (this.#reasons.size > CAPACITY) this.#reasons.delete(this.#reasons.keys().next().value!);
  }

  /** Why the entry of `key` went, told once. */
  take(key: string): Departure | undefined {
    const reason = this.#reasons.get(key);
    if (reason !== undefined) this.#reasons.delete(key);
    return reason;
  }
}
