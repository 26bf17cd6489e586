import type { CacheEntry } from '#src/entry/cache-entry.js';

/** An entry that is fresh for ever, changed by `parts`. */
export function makeEntry<V>(value: V, parts: Partial<CacheEntry<V>> = {}): CacheEntry<V> {
  return {
    value,
    isError: false,
    createdAt: 1_000,
    freshUntil: Infinity,
    staleUntil: 0,
    errorUntil: 0,
    keepUntil: 0,
    loadMs: 1,
    tags: [],
    parent: undefined,
    epoch: 'epoch',
    position: 0,
    size: 100,
    ...parts,
  };
}
