/** Keys counted exactly before the rare ones are forgotten. */
const CAPACITY = 2048;

/** What is known of the traffic of one key. */
export interface KeyTraffic {
  readonly key: string;
  /** Calls for it, however they were answered. */
  readonly requests: number;
  /** Of those, calls that no stored entry answered. */
  readonly misses: number;
  /** Bytes of the entries that answered, counted once for each answer. */
  readonly bytes: number;
  /** Time that loading would have taken, once for each answer from an entry, in ms. */
  readonly savedMs: number;
}

/** By what keys are ranked. */
export type KeyRanking = Exclude<keyof KeyTraffic, 'key'>;

/** What one answer from an entry is worth. */
interface Served {
  readonly hits: number;
  /** Of these, how many were counted before. */
  readonly reportedHits: number;
  readonly entry: { readonly size: number; readonly loadMs: number };
}

type Counts = { -readonly [K in KeyRanking]: number };

/**
 * The most requested keys. Counts are exact until more than twice the capacity of keys has been seen; then the rarer half is
 * forgotten (lossy counting: Manku and Motwani, VLDB 2002), so that memory stays bounded and frequent keys stay.
 */
export class TopKeys {
  readonly #counts = new Map<string, Counts>();

  /** Counts requests for a key. */
  add(key: string, requests: number): void {
    if (requests === 0) return;
    this.#of(key).requests += requests;
    this.#bound();
  }

  /** Counts requests that no stored entry answered. */
  addMisses(key: string, misses: number): void {
    if (misses === 0) return;
    const counts = this.#of(key);
    counts.requests += misses;
    counts.misses += misses;
    this.#bound();
  }

  /** Counts what a record answered since its hits were last counted. The caller notes that they are. */
  addServed(key: string, { hits: allHits, reportedHits, entry }: Served): void {
    const hits = allHits - reportedHits;
    if (hits === 0) return;
    const counts = this.#of(key);
    counts.requests += hits;
    counts.bytes += hits * entry.size;
    counts.savedMs += hits * entry.loadMs;
    this.#bound();
  }

  /** The `limit` most requested keys with their counts, most requested first; equal counts in the order of the keys. */
  top(limit: number): [key: string, requests: number][] {
    return this.ranking(limit, 'requests').map(({ key, requests }) => [key, requests]);
  }

  /** The `limit` keys that lead by one of the counts; equal counts in the order of the keys. Keys that have none of it are left out. */
  ranking(limit: number, by: KeyRanking): KeyTraffic[] {
    return this.#sorted(by)
      .filter(([, counts]) => counts[by] > 0)
      .slice(0, limit)
      .map(([key, counts]) => ({ key, ...counts }));
  }

  #of(key: string): Counts {
    let counts = this.#counts.get(key);
    if (counts === undefined) this.#counts.set(key, (counts = { requests: 0, misses: 0, bytes: 0, savedMs: 0 }));
    return counts;
  }

  #sorted(by: KeyRanking): [key: string, counts: Counts][] {
    return [...this.#counts].toSorted((a, b) => b[1][by] - a[1][by] || (a[0] < b[0] ? -1 : 1));
  }

  #bound(): void {
    if (this.#counts.size <= 2 * CAPACITY) return;
    for (const [key] of this.#sorted('requests').slice(CAPACITY)) this.#counts.delete(key);
  }
}
