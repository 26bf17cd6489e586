/** How many keys are remembered before the oldest are forgotten. */
const CAPACITY = 10_000;

/** Remembers keys for a while: which were found uncacheable, which were validated by force a moment ago. Bounded; reads no clock. */
export class RecentKeys {
  readonly #until = new Map<string, number>();

  /** Remembers `key` until an instant. */
  note(key: string, until: number): void {
    // Taken out and put back, so that the oldest note is the first.
    this.#until.delete(key);
    this.#until.set(key, until);
    if (this.#until.size <= CAPACITY) return;
    const oldest = this.#until.keys().next();
    if (oldest.done !== true) this.#until.delete(oldest.value);
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
