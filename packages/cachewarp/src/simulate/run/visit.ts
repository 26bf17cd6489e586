/**
 * What a request is to a cache.
 * - `store`: it may be answered from store, and its answer may be stored.
 * - `look`: it may be answered from store, but its answer is not stored: HEAD, a part, a status or a route that is not kept.
 * - `invalidate`: it changes what is stored under its URI.
 * - `pass`: nothing of that.
 */
export type Use = 'store' | 'look' | 'invalidate' | 'pass';

/** A request as a simulated cache sees it. */
export interface Visit {
  at: number;
  key: string;
  use: Use;
  /** Of the whole answer; -1 where nothing is known. */
  bytes: number;
  status: number;
  /** Whether `bytes` and `status` are what the origin would have answered at this time, so that a change shows. */
  tells: boolean;
  /** For how long its answer would be fresh, and then stale but served while it is refreshed, in ms. */
  ttlMs: number;
  staleMs: number;
}

export function emptyVisit(): Visit {
  return { at: 0, key: '', use: 'pass', bytes: -1, status: 0, tells: false, ttlMs: 0, staleMs: 0 };
}
