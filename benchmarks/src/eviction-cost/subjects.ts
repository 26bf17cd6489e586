import {
  EVICTION_POLICIES,
  makeEvictionPolicy,
  MemoryStore,
  type CacheEntry,
  type Evictable,
  type EvictionPolicy,
  type EvictionPolicyName,
} from '@cachewarp/core';
import { LRUCache } from 'lru-cache';

/** A cache under test, seen as what a benchmark does with it. */
export interface Subject {
  get(key: string): unknown;
  set(key: string, value: object): void;
}

/** Adds nothing to a policy but what every cache needs: an index of records by key. */
class PolicyIndex implements Subject {
  readonly #records = new Map<string, Evictable & { readonly value: object }>();
  readonly #capacity: number;
  readonly #policy: EvictionPolicy;

  constructor(policy: EvictionPolicyName, capacity: number) {
    this.#capacity = capacity;
    this.#policy = makeEvictionPolicy('policy', policy, {
      maxEntries: capacity,
      maxBytes: Number.MAX_SAFE_INTEGER,
    });
  }

  get(key: string): unknown {
    const record = this.#records.get(key);
    if (record === undefined) return undefined;
    this.#policy.touch(record);
    return record.value;
  }

  set(key: string, value: object): void {
    if (this.#records.size >= this.#capacity) this.#records.delete(this.#policy.evict(0)!.key);
    const record = { key, size: 1, expiresAt: Infinity, slot: 0, note: 0, value };
    this.#records.set(key, record);
    this.#policy.add(record);
  }
}

/** The whole memory tier: with times, sizes, tags and what the engine keeps beside an entry. */
class StoreSubject implements Subject {
  readonly #store: MemoryStore;

  constructor(policy: EvictionPolicyName, capacity: number) {
    this.#store = new MemoryStore({ policy, maxEntries: capacity, maxBytes: '4gb' });
  }

  get(key: string): unknown {
    return this.#store.record(key)?.entry.value;
  }

  set(key: string, value: object): void {
    this.#store.put(key, entryOf(value));
  }
}

const TAGS: readonly string[] = [];
const LATER = Date.UTC(2100, 0, 1);

function entryOf(value: object): CacheEntry {
  return {
    value,
    isError: false,
    createdAt: LATER,
    freshUntil: LATER,
    staleUntil: 0,
    errorUntil: 0,
    keepUntil: 0,
    loadMs: 1.5,
    tags: TAGS,
    parent: undefined,
    epoch: 'local',
    position: 0,
    size: 100,
  };
}

const TTL_MS = 3_600_000;
export const BASE = 'lru-cache';

/** How to make each subject, by its name, for so many entries. */
export const SUBJECTS: Record<string, (capacity: number) => Subject> = {
  [BASE]: (capacity) => new LRUCache<string, object>({ max: capacity }),
  'lru-cache, ttl': (capacity) => new LRUCache<string, object>({ max: capacity, ttl: TTL_MS }),
  ...Object.fromEntries(
    EVICTION_POLICIES.map((policy) => [policy, (capacity: number) => new PolicyIndex(policy, capacity)]),
  ),
  'memory tier, s3fifo': (capacity) => new StoreSubject('s3fifo', capacity),
  'memory tier, tinylfu': (capacity) => new StoreSubject('tinylfu', capacity),
  'memory tier, lru': (capacity) => new StoreSubject('lru', capacity),
};
