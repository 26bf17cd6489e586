import type { CacheEntry } from './cache-entry.js';

/** What an entry is at an instant. `stale` entries may be served, but only as {@link staleUse} says. */
export type Freshness = 'fresh' | 'stale' | 'expired';

/** The two windows that allow a stale entry: while a refresh runs, or only when the load fails. */
export type StaleUse = 'while-revalidating' | 'on-error' | 'never';

type Instants = Pick<CacheEntry, 'freshUntil' | 'staleUntil' | 'errorUntil'>;

/** Fresh, stale within some window, or expired, at `now` (ms). */
export function judge(entry: Instants, now: number): Freshness {
  if (now < entry.freshUntil) return 'fresh';
  return now < entry.staleUntil || now < entry.errorUntil ? 'stale' : 'expired';
}

/** Which window a stale entry stands in at `now` (ms); RFC 5861. */
export function staleUse(entry: Instants, now: number): StaleUse {
  if (now < entry.staleUntil) return 'while-revalidating';
  return now < entry.errorUntil ? 'on-error' : 'never';
}

/**
 * The entry as one that stopped being fresh at `at` (ms), judged up to `position` of the log. Its windows are counted from the end of
 * freshness, and move with it.
 */
export function soften(entry: CacheEntry, at: number, position: number): CacheEntry {
  const shift = Math.max(0, entry.freshUntil - at);
  return {
    ...entry,
    freshUntil: entry.freshUntil - shift,
    staleUntil: Math.max(0, entry.staleUntil - shift),
    errorUntil: Math.max(0, entry.errorUntil - shift),
    position,
  };
}
