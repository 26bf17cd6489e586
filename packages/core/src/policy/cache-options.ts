import type { Duration } from '../base/duration.js';
import type { AdaptiveOptions } from './adaptive/adaptive-options.js';

/**
 * How a kept result behaves. Every option may be given per cache (`defaults`), per decorator and per call; the nearest wins.
 * `V` is what the loader returns.
 */
export interface EntryOptions<V = unknown> {
  /**
   * How long the result is fresh, or a function of the result. Above 0. `'adaptive'`: chosen for each key from how often its results
   * change and how often they are asked for, as `adaptive` says.
   * @defaultValue 30 seconds
   */
  ttl?: Duration | 'adaptive' | ((value: V) => Duration);
  /**
   * How an adaptive ttl is chosen. `true`, or options without `shadow` where no `ttl` is given beside them, make it adaptive; `false` makes
   * it fixed. With `shadow: true` the ttl stays as it is, and what it would have been is reported (`cache.inspect`).
   */
  adaptive?: boolean | AdaptiveOptions;
  /**
   * After `ttl`, serve the stale result at once for this long while one refresh runs (RFC 5861 section 3). 0 switches it off.
   * @defaultValue 0
   */
  staleWhileRevalidate?: Duration;
  /**
   * After `ttl`, serve the stale result for this long when the load fails or times out (RFC 5861 section 4). 0 switches it off.
   * @defaultValue 0
   */
  staleIfError?: Duration;
  /**
   * Refresh popular entries in the background shortly before they expire, the earlier the longer their load takes
   * (XFetch: Vattani, Chierichetti, Lowenstein, VLDB 2015). `true` is a factor of 1; a number above 0 scales it.
   * @defaultValue false
   */
  refreshAhead?: boolean | number;
  /**
   * Shortens each ttl by a random part of up to this fraction, so that entries made together do not expire together. 0 to 1.
   * @defaultValue 0
   */
  jitter?: number;
  /** Names under which the entry can be invalidated together with others, or a function of the result. At most 128 tags of 1 to 512 characters. */
  tags?: readonly string[] | ((value: V) => readonly string[]);
  /**
   * How long `null` and `undefined` are fresh; 0 keeps them not at all.
   * @defaultValue the value of `ttl`
   */
  negativeTtl?: Duration;
  /** When a stale result is there, wait no longer than this for the load before serving it; the load goes on. */
  softTimeout?: Duration;
  /** Wait no longer than this for the load; then the stale result if `staleIfError` allows it, else a LoadTimeoutError. The load is aborted. */
  hardTimeout?: Duration;
  /** Upper bound of the time an entry is used from this process's memory before the next tier is asked again. */
  memoryTtl?: Duration;
  /** Keep the result only when this returns true. */
  when?: (value: V) => boolean;
  /** Do not keep the result when this returns true. */
  unless?: (value: V) => boolean;
  /** Keep errors of the loader, too: those that `match` (all, by default), for `ttl`. They are thrown again on a hit. */
  errors?: { ttl: Duration; match?: (error: unknown) => boolean };
}

/** Options of one call: those of the entry, and the caller's own signal. */
export interface LoadOptions<V = unknown> extends EntryOptions<V> {
  /** Ends this caller's wait. The load itself is aborted when its last waiter has left. */
  signal?: AbortSignal;
}

/** How returned objects relate to what is kept. */
export type ValueMode = 'share' | 'freeze' | 'clone';
