import type { CacheEntry } from '../entry/cache-entry.js';
import type { StoreStats } from './cache-store.js';
import type { MemoryRecord } from './memory-record.js';

/** What the engine needs of the tier in this process's memory. It answers at once and keeps no promise. */
export interface MemoryTier {
  /** The most it may hold, in bytes; absent where it holds nothing. */
  readonly maxBytes?: number;
  /** The record of `key` whatever its age; marks its recency. Allocates nothing. */
  record(key: string): MemoryRecord | undefined;
  /** Like {@link record}, leaving recency alone. */
  peekRecord(key: string): MemoryRecord | undefined;
  /** Marks recency for callers that keep the record themselves. */
  touch(record: MemoryRecord): void;
  /**
   * Keeps an entry, replacing what was there.
   * @returns its record; undefined when it was not taken. Whatever the key held before is gone in either case.
   */
  put<V>(key: string, entry: CacheEntry<V>): MemoryRecord<V> | undefined;
  /** Whether something was there. */
  drop(key: string): boolean;
  /** Drops every record. */
  clear(): void;
  /** Every record, in no order that may be relied on. Dropping while iterating is allowed. */
  records(): IterableIterator<MemoryRecord>;
  /**
   * Looks at up to `limit` records, going on where the last call stopped, and drops those past `expiresAt(entry)`.
   * `Infinity` looks at each once. Answers how many were dropped.
   */
  sweep(limit: number): number;
  /** The entry of `key`, if it has not expired; marks its recency. */
  get(key: string): CacheEntry | undefined;
  /** Keys of entries that have not expired, beginning with `prefix`, at most `limit`. */
  keys(prefix: string, limit: number): string[];
  stats(): StoreStats;
}
