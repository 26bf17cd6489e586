import { EventBus, systemClock, type CacheStore } from '@cachewarp/core';
import { describeCacheStore, describeSharedTier } from '@cachewarp/core/testing';
import { redisStore } from '#src/tier/redis-store.js';
import { RedisServer } from '../redis-server.js';

describe('a Redis', function () {
  this.timeout(30_000);

  let server: RedisServer;
  let names = 0;
  before(async () => (server = await RedisServer.start()));
  after(() => server.stop());

  const makeStore = async (options = {}): Promise<CacheStore> => {
    const user = { name: `store ${++names}`, clock: systemClock, random: Math.random, events: new EventBus() };
    const { store } = redisStore({ url: server.url, ...options }).open(user);
    for (;;) {
      try {
        await store.get('is it there?');
        return store;
      } catch {
        await new Promise((resolve) => setTimeout(resolve, 2));
      }
    }
  };
  const corrupt = async (_store: CacheStore, key: string, spoil: (bytes: Uint8Array) => Uint8Array): Promise<void> => {
    const name = `cachewarp:store ${names}:v{:${key}}`;
    await server.client.set(name, Buffer.from(spoil((await server.client.getBuffer(name))!)));
  };

  describeCacheStore('redisStore', async () => ({ store: await makeStore() }), { corrupt });
  describeCacheStore('redisStore that compresses', async () => ({ store: await makeStore({ compressAbove: 1 }) }), {
    corrupt,
  });
  describeSharedTier('redisStore', () => {
    const keyPrefix = `tier ${++names}`;
    return { source: () => redisStore({ url: server.url, keyPrefix }) };
  });
});
