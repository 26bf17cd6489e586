import { useAdapter } from '@type-cacheable/lru-cache-adapter';
import { Cacheable as TypeCacheable } from '@type-cacheable/core';
import { createCache as createDedupeCache } from 'async-cache-dedupe';
import { BentoCache, bentostore } from 'bentocache';
import { memoryDriver } from 'bentocache/drivers/memory';
import { createCache as createCacheManager } from 'cache-manager';
import { Cacheable } from 'cacheable';
import { LRUCache } from 'lru-cache';

/** What the benchmarks load: small, like a row of a database. */
export interface User {
  readonly id: string;
  readonly name: string;
}

/** A cache under test, seen as one read path: answer the key, or load, keep and answer it. */
export interface Peer {
  readonly name: string;
  /** A new, empty cache over `load`, with entries that stay fresh. */
  make(load: (id: string) => Promise<User>): (id: string) => Promise<unknown>;
}

const TTL_MS = 3_600_000;
const MAX_ENTRIES = 200_000;

export const peers: readonly Peer[] = [
  {
    name: 'cache-manager wrap',
    make: (load) => {
      const cache = createCacheManager({ ttl: TTL_MS });
      return (id) => cache.wrap(id, () => load(id));
    },
  },
  {
    name: 'cacheable getOrSet',
    make: (load) => {
      const cache = new Cacheable({ ttl: TTL_MS });
      return (id) => cache.getOrSet(id, () => load(id));
    },
  },
  {
    name: 'bentocache getOrSet',
    make: (load) => {
      const driver = memoryDriver({ maxItems: MAX_ENTRIES });
      const bento = new BentoCache({ default: 'memory', stores: { memory: bentostore().useL1Layer(driver) } });
      return (id) => bento.getOrSet({ key: id, factory: () => load(id), ttl: TTL_MS });
    },
  },
  {
    name: 'async-cache-dedupe',
    make: (load) => {
      const cache = createDedupeCache({
        ttl: TTL_MS / 1000,
        storage: { type: 'memory', options: { size: MAX_ENTRIES } },
      }).define('user', load);
      return (id) => cache.user(id);
    },
  },
  {
    name: '@type-cacheable decorator',
    make: (load) => {
      // The adapter's types name the CommonJS build of lru-cache, whose private members are others.
      useAdapter(new LRUCache<string, object>({ max: MAX_ENTRIES }) as never);
      class Service {
        @TypeCacheable({ ttlSeconds: TTL_MS / 1000 })
        user(id: string): Promise<User> {
          return load(id);
        }
      }
      const service = new Service();
      return (id) => service.user(id);
    },
  },
];

/** The least that a string-keyed cache can do: lru-cache with a ttl, and a promise for the answer. */
export function lruPrototype(load: (id: string) => Promise<User>): (id: string) => Promise<User> {
  const lru = new LRUCache<string, User>({ max: MAX_ENTRIES, ttl: TTL_MS });
  return (id) => {
    const value = lru.get(id);
    if (value !== undefined) return Promise.resolve(value);
    return load(id).then((loaded) => {
      lru.set(id, loaded);
      return loaded;
    });
  };
}

/** The least that a decorated method can do: a map on the raw argument whose entries hold the promise and its end, and a coarse clock. */
export function methodPrototype(load: (id: string) => Promise<User>): (id: string) => Promise<User> {
  const entries = new Map<string, { readonly promise: Promise<User>; readonly freshUntil: number }>();
  let now = Date.now();
  setInterval(() => (now = Date.now()), 5).unref();
  return (id) => {
    const entry = entries.get(id);
    if (entry !== undefined && now < entry.freshUntil) return entry.promise;
    const promise = load(id);
    entries.set(id, { promise, freshUntil: now + TTL_MS });
    return promise;
  };
}
