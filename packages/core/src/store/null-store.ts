import type { CacheStore, StoreStats } from './cache-store.js';
import type { MemoryRecord } from './memory-record.js';
import type { MemoryTier } from './memory-tier.js';

const EMPTY: StoreStats = Object.freeze({ entries: 0, bytes: 0, evictions: 0 });

/** A tier that is switched off, in memory or behind it: it answers nothing and keeps nothing. */
export class NullStore implements CacheStore, MemoryTier {
  readonly name = 'none';

  get(): undefined {
    return undefined;
  }

  getMany(keys: readonly string[]): undefined[] {
    return keys.map(() => undefined);
  }

  set(): void {
    // Keeps nothing.
  }

  delete(): boolean {
    return false;
  }

  keys(): string[] {
    return [];
  }

  record(): undefined {
    return undefined;
  }

  peekRecord(): undefined {
    return undefined;
  }

  touch(): void {
    // There is no record of this store that could be touched.
  }

  put(): undefined {
    return undefined;
  }

  drop(): boolean {
    return false;
  }

  records(): IterableIterator<MemoryRecord> {
    return [].values();
  }

  sweep(): number {
    return 0;
  }

  clear(): void {
    // There is nothing to forget.
  }

  stats(): StoreStats {
    return EMPTY;
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
