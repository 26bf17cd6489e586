import { EventEmitter } from 'node:events';
import { createCache as createDedupeCache } from 'async-cache-dedupe';
import { BentoCache, bentostore } from 'bentocache';
import { createCache as createCacheManager } from 'cache-manager';
import { Cacheable } from 'cacheable';
import { Keyv, type KeyvStoreAdapter } from 'keyv';
import type { PlainClient } from './redis-process.js';

/** A cache on Redis under test, without memory before it, seen as one read path. */
export interface RedisPeer {
  readonly name: string;
  make(client: PlainClient, load: (key: string) => Promise<unknown>): (key: string) => Promise<unknown>;
}

const TTL_MS = 3_600_000;

/** The peers on the client that CacheWarp stands on, so that they differ in nothing else. */
export const redisPeers: readonly RedisPeer[] = [
  {
    name: 'async-cache-dedupe',
    make: (client, load) => {
      const storage = { type: 'redis' as const, options: { client: client as never } };
      const cache = createDedupeCache({ ttl: TTL_MS / 1000, storage }).define('read', load);
      return (key) => cache.read(key);
    },
  },
  {
    name: 'cacheable getOrSet',
    make: (client, load) => {
      const cache = new Cacheable({ ttl: TTL_MS, primary: new Keyv({ store: keyvOn(client) }) });
      return (key) => cache.getOrSet(key, () => load(key));
    },
  },
  {
    name: 'cache-manager wrap',
    make: (client, load) => {
      const cache = createCacheManager({ ttl: TTL_MS, stores: [new Keyv({ store: keyvOn(client) })] });
      return (key) => cache.wrap(key, () => load(key));
    },
  },
  {
    name: 'bentocache getOrSet',
    make: (client, load) => {
      const stores = { redis: bentostore().useL2Layer(bentoOn(client)) };
      const bento = new BentoCache({ default: 'redis', stores });
      return (key) => bento.getOrSet({ key, factory: () => load(key), ttl: TTL_MS });
    },
  },
];

/** The least that Keyv needs of a store. */
function keyvOn(client: PlainClient): KeyvStoreAdapter {
  const store = {
    opts: {},
    get: async (key: string) => (await client.get(key)) ?? undefined,
    set: (key: string, value: string) => client.set(key, value),
    delete: () => Promise.resolve(false),
    clear: () => Promise.resolve(),
  };
  return Object.assign(new EventEmitter(), store) as unknown as KeyvStoreAdapter;
}

/** What its own driver for Redis does for reads and writes; that one looks for ioredis where it is not installed. */
function bentoOn(client: PlainClient): never {
  const driver = {
    type: 'l2',
    namespace: () => driver,
    get: async (key: string) => (await client.get(`bento:${key}`)) ?? undefined,
    set: async (key: string, value: string) => (await client.set(`bento:${key}`, value)) === 'OK',
    delete: () => Promise.resolve(false),
    disconnect: () => Promise.resolve(),
  };
  return { options: {}, factory: () => driver } as never;
}
