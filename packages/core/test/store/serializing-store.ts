import type { CacheEntry } from '#src/entry/cache-entry.js';
import { expiresAt } from '#src/entry/cache-entry.js';
import { decodeEntry, encodeEntry } from '#src/entry/entry-codec.js';
import type { Clock } from '#src/base/clock.js';
import type { CacheStore, StoreStats } from '#src/store/cache-store.js';

/** The smallest persistent store, but for the medium: how a store of bytes uses the codec. */
export class SerializingStore implements CacheStore {
  readonly name = 'serializing';
  readonly bytes = new Map<string, Uint8Array>();
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  async get(key: string): Promise<CacheEntry | undefined> {
    return this.#read(key);
  }

  async getMany(keys: readonly string[]): Promise<(CacheEntry | undefined)[]> {
    return keys.map((key) => this.#read(key));
  }

  async set(key: string, entry: CacheEntry): Promise<void> {
    // Encoded before anything is awaited: its owner may change the value as soon as this has returned.
    this.bytes.set(key, encodeEntry(entry));
  }

  async delete(key: string): Promise<boolean> {
    return this.bytes.delete(key);
  }

  async clear(): Promise<void> {
    this.bytes.clear();
  }

  async keys(prefix: string, limit: number): Promise<string[]> {
    const keys = [...this.bytes.keys()].filter((key) => key.startsWith(prefix) && this.#read(key) !== undefined);
    return keys.slice(0, limit);
  }

  stats(): StoreStats {
    return { entries: this.bytes.size, bytes: undefined, evictions: 0 };
  }

  async close(): Promise<void> {}

  #read(key: string): CacheEntry | undefined {
    const bytes = this.bytes.get(key);
    const entry = bytes && decodeEntry(bytes);
    return entry !== undefined && this.#clock.now() < expiresAt(entry) ? entry : undefined;
  }
}
