/** A value as a backing keeps it. JSON has the media type `application/json`. */
export interface BackedValue {
  readonly contentType: string;
  readonly body: Uint8Array;
  /** Seconds that the cache may keep what was loaded; null for no end. Default: the service's `defaultTtl`. */
  readonly ttl?: number | null;
  /** Tags of what was loaded. */
  readonly tags?: readonly string[];
}

/**
 * Where values live for good: a database, a file, another service. The cache loads from it what it does not have, and what is put into
 * the cache gets there by the {@link WritePolicy}. Keys are those of the cache, a namespace included. Calls for one key never overlap.
 */
export interface Backing {
  /** Undefined: there is nothing under this key. Called once at a time for a key, however many ask for it. */
  load(key: string): Promise<BackedValue | undefined>;
  /** Resolves when the value is safe. It may be called again with what was written already, after a failure. */
  write(key: string, value: BackedValue): Promise<void>;
  remove(key: string): Promise<void>;
}

/**
 * When what is put reaches the place behind the cache: the backing, or without one the store.
 * - `write-through`: before the client has its answer; then it is in the cache, too.
 * - `write-around`: before the client has its answer; the cache drops the key, and the next read loads it.
 * - `write-behind`: after the client has its answer, from a bounded queue. Fast, and it can be lost: see {@link WriteBehindOptions}.
 */
export type WritePolicy = 'write-through' | 'write-around' | 'write-behind';

export const WRITE_POLICIES: readonly WritePolicy[] = ['write-through', 'write-around', 'write-behind'];
