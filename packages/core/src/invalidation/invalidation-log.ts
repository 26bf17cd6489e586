import { randomUUID } from 'node:crypto';
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
}

/**
 * The one order of all invalidations of a cache. Entries are compared with places in this log, never with clock times,
 * so a fill that began before an invalidation is known to be older however long it takes.
 */
export interface InvalidationLog {
  /** Names this log. Places of another log (an earlier process, a lost database) mean nothing here. */
  readonly epoch: string;
  /** Place of the newest record known here. */
  readonly position: number;
  append(record: Omit<LogRecord, 'seq'>): MaybePromise<LogRecord>;
  /** Hears every record in order, those appended here before `append` resolves. Returns the way to stop. */
  subscribe(listener: (record: LogRecord) => void): () => void;
  /** The newest records, newest first. */
  recent(limit: number): readonly LogRecord[];
  close(): Promise<void>;
}

/** How many records the audit keeps. */
const HISTORY = 1000;

/** The log of a cache that lives in one process. It begins anew with the process, under a new epoch. */
export class LocalInvalidationLog implements InvalidationLog {
  readonly epoch = randomUUID();
  #position = 0;
  readonly #history: LogRecord[] = [];
  readonly #listeners = new Set<(record: LogRecord) => void>();

  get position(): number {
    return this.#position;
  }

  append(record: Omit<LogRecord, 'seq'>): LogRecord {
    const placed: LogRecord = { ...record, seq: ++this.#position };
    this.#history.push(placed);
    if (this.#history.length > 2 * HISTORY) this.#history.splice(0, HISTORY);
    for (const listener of this.#listeners) listener(placed);
    return placed;
  }

  subscribe(listener: (record: LogRecord) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  recent(limit: number): readonly LogRecord[] {
    return this.#history.slice(-Math.min(limit, HISTORY)).reverse();
  }

  close(): Promise<void> {
    this.#listeners.clear();
    return Promise.resolve();
  }
}
