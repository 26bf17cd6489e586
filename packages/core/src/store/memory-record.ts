import type { CacheEntry } from '../entry/cache-entry.js';
import { expiresAt } from '../entry/cache-entry.js';
import { NO_ROUTE, type RouteCounters } from '../telemetry/route-counters.js';
import type { Evictable } from './eviction/eviction-policy.js';

/** Somebody beside the store who keeps a record, and lets go when the store does. */
export interface RecordHolder {
  release(record: MemoryRecord): void;
}

/**
 * What the memory tier holds for a key: the entry, which never changes, and beside it the state that the engine and its
 * adapters attach. A record belongs to one entry; a new entry of the key gets a new record.
 */
export class MemoryRecord<V = unknown> implements Evictable {
  readonly key: string;
  readonly entry: CacheEntry<V>;
  /** Bytes charged for it: value, key and overhead. */
  readonly size: number;
  /** False as soon as the store dropped or replaced it: whoever holds the record elsewhere must let go. */
  isLive: boolean;
  /** Served without question before this instant, in ms. The engine sets it. */
  hotUntil = -Infinity;
  /** Not used from memory from this instant on before the next tier was asked, in ms. The engine sets it. */
  memoryUntil = Infinity;
  /** Stamp of the invalidation log's state under which the engine has judged this record valid; 0 before it has. */
  validatedAt = 0;
  /** Requests answered from this record. */
  hits = 0;
  /** How many of them the report of the most requested keys has counted. */
  reportedHits = 0;
  /** Where those who call the cache by key are counted. The engine sets it. */
  route: RouteCounters = NO_ROUTE;
  /** The value as a promise, made at the first awaited hit and reused. */
  promise: Promise<V> | undefined = undefined;
  /** What an adapter derived from the value, such as a rendered head. It lives and dies with the record. */
  attachment: unknown = undefined;
  /** Who else keeps the record, at most one: without it, a dropped value would live on there. */
  holder: RecordHolder | undefined = undefined;
  /** The holder's own note of where it keeps the record. */
  place: unknown = undefined;
  /** No refresh is tried before this instant, in ms: the back-off after a failed one. */
  retryAt = 0;
  /** Refreshes that failed in a row. */
  failures = 0;
  /** When recency was last marked, in ms. For callers that mark it seldom. */
  touchedAt = 0;
  /** The eviction policy's, both. */
  slot = 0;
  note = 0;

  /** @param size - bytes charged, when a store holds the record; without it the record belongs to no store */
  constructor(key: string, entry: CacheEntry<V>, size?: number) {
    this.key = key;
    this.entry = entry;
    this.size = size ?? 0;
    this.isLive = size !== undefined;
  }

  /** The instant from which no window of the entry allows it any more, in ms. */
  get expiresAt(): number {
    return expiresAt(this.entry);
  }
}

/** Why a record left the memory. */
export type DropReason = 'evicted' | 'expired' | 'replaced' | 'deleted';
