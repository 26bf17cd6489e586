/** Keys counted exactly before the rare ones are forgotten. */
const CAPACITY = 2048;

/**
 * The most requested keys. Counts are exact until more than twice the capacity of keys has been seen; then the rarer half is
 * forgotten (lossy counting: Manku and Motwani, VLDB 2002), so that memory stays bounded and frequent keys stay.
 */
export class TopKeys {
  readonly #counts = new Map<string, number>();

  add(key: string, requests: number): void {
    if (requests === 0) return;
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + requests);
    if (this.#counts.size > 2 * CAPACITY) this.#forgetRare();
  }

  /** The `limit` most requested keys with their counts, most requested first; equal counts in the order of the keys. */
  top(limit: number): [key: string, requests: number][] {
    return [...this.#counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)).slice(0, limit);
  }

  #forgetRare(): void {
    const kept = this.top(CAPACITY);
    this.#counts.clear();
    for (const [key, count] of kept) this.#counts.set(key, count);
  }
}
