const CAPACITY = 100_000;

/**
 * The size that each key had when it was last answered in full. Bounded, in two generations of which the older is forgotten as a whole.
 */
export class RecentSizes {
  #young = new Map<string, number>();
  #old = new Map<string, number>();

  get(key: string): number | undefined {
    return this.#young.get(key) ?? this.#old.get(key);
  }

  set(key: string, bytes: number): void {
    this.#young.set(key, bytes);
    if (this.#young.size < CAPACITY) return;
    this.#old = this.#young;
    this.#young = new Map();
  }
}
