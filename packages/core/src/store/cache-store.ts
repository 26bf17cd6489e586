import type { CacheEntry } from '../entry/cache-entry.js';

/** A value now or later: the memory tier answers at once, the others answer with a promise. */
export type MaybePromise<T> = T | Promise<T>;

/** What a store says of itself. Counters count since the store was made. */
export interface StoreStats {
  /** Entries held now; undefined where counting would cost a scan. */
  readonly entries: number | undefined;
  /** Bytes held now, overhead included; undefined where it is not known. */
  readonly bytes: number | undefined;
  /** Entries dropped to make room. */
  readonly evictions: number;
}

/**
 * Where entries are kept: one tier. A store keeps and forgets; it does not judge freshness or validity (the engine does,
 * at every read). It may drop any entry at any time, and drops those past `expiresAt(entry)`.
 *
 * Rules every store obeys (`describeCacheStore` in the testing kit checks them): a read never returns part of an entry, or
 * another key's; `set` replaces; bytes it cannot read are a miss, never an error; an entry that cannot be encoded is refused
 * with an EncodeError and what was stored stays.
 */
export interface CacheStore {
  /** Short kind for metrics and messages: `memory`, `redis`, `disk`. */
  readonly name: string;
  get(key: string): MaybePromise<CacheEntry | undefined>;
  /** Answers in the order of `keys`, in one round trip where the medium allows it. */
  getMany(keys: readonly string[]): MaybePromise<(CacheEntry | undefined)[]>;
  set(key: string, entry: CacheEntry): MaybePromise<void>;
  /** Whether something was there. */
  delete(key: string): MaybePromise<boolean>;
  /** Forgets everything of this cache. */
  clear(): MaybePromise<void>;
  /** Keys held, in any order, for inspection; at most `limit`, only those beginning with `prefix`. */
  keys(prefix: string, limit: number): MaybePromise<string[]>;
  stats(): MaybePromise<StoreStats>;
  /** Releases connections and files; pending writes are finished first. */
  close(): Promise<void>;
}
