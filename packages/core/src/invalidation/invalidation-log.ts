import type { MaybePromise } from '../store/cache-store.js';
import type { Marker } from './target.js';

/** Who invalidated and why, for the audit. */
export interface InvalidationDetails {
  /** Who: a method, a route, an operator. */
  readonly by?: string | undefined;
  /** Why, in the caller's words. */
  readonly reason?: string | undefined;
}

/** One invalidation in its place. Records carry targets, never values. */
export interface LogRecord extends InvalidationDetails {
  /** Place in the log: 1, 2, 3 … without gaps. */
  readonly seq: number;
  readonly markers: readonly Marker[];
  /** True when stale copies may still be served within their windows (`expire`). */
  readonly soft: boolean;
  /** When it was raised, in ms since the epoch: for people and for soft expiry, never for ordering. */
  readonly at: number;
  /** True where a new value was set: what was there before is as invalid, but nobody asked to invalidate. Left out of the audit. */
  readonly isSet?: boolean | undefined;
}

/** What the log knows of one target: places of its newest hard and soft invalidation, 0 for none, and when the soft one was raised. */
export interface MarkerState {
  readonly marker: Marker;
  readonly hard: number;
  readonly soft: number;
  readonly softAt: number;
}

/** Everything that a log knows at one place. */
export interface LogState {
  readonly epoch: string;
  readonly position: number;
  /** Entries placed before this are invalid: what was invalidated up to here is not known any more. */
  readonly floor: number;
  /** Oldest first: where there are more than can be kept, those are forgotten first. */
  readonly markers: Iterable<MarkerState>;
}

/** Who hears an invalidation log. No method may throw. */
export interface LogListener {
  /** The next record. One may come twice, never out of order; those the log itself appended come before `append` resolves. */
  onRecord(record: LogRecord): void;
  /**
   * What was known is replaced: the log was read for the first time, or anew after records were lost (a gap), or it began anew under
   * another epoch. Only logs that several processes share call this.
   */
  onRestart?(state: LogState, reason: 'joined' | 'gap' | 'epoch'): void;
  /**
   * The log has fallen silent, or is heard again. While it is silent, another process may have invalidated what this one does not know
   * of: what was loaded longer than `toleranceMs` ago is not to be trusted.
   */
  onSilence?(isSilent: boolean, toleranceMs: number): void;
}

/**
 * The one order of all invalidations of a cache. Entries are compared with places in this log, never with clock times,
 * so a fill that began before an invalidation is known to be older however long it takes.
 *
 * A log that several processes share counts places across all of them. While it cannot be reached it goes on by itself: `append` places
 * the record provisionally, between the newest known place and the next, so that it counts in this process at once; keeps it, and
 * delivers it before anything is read from the tier again. A provisional place is a fraction.
 */
export interface InvalidationLog {
  /** Names this log. Places of another log (an earlier process, a lost database) mean nothing here. */
  readonly epoch: string;
  /** Place of the newest record known here. */
  readonly position: number;
  /** Whether other processes may append. Then a value that is set needs a place in the log, too. */
  readonly isShared?: boolean | undefined;
  /** Never rejects for want of a connection. */
  append(record: Omit<LogRecord, 'seq'>): MaybePromise<LogRecord>;
  /** Hears every record. A shared log first tells a new listener what it knows. Returns the way to stop. */
  subscribe(listener: LogListener): () => void;
  /** The newest records, newest first: no more than `limit`, and none where that is 0. */
  recent(limit: number): readonly LogRecord[];
  close(): Promise<void>;
}
