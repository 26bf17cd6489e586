import { setTimeout as pause } from 'node:timers/promises';
import { createCache, type Cache } from '@cachewarp/core';
import { PausedLoader } from '@cachewarp/core/testing';
import { keyvStore, type KeyvLike } from '@cachewarp/keyv';
import { KeyvMemcache } from '@keyv/memcache';
import { expect } from 'chai';
import { Keyv } from 'keyv';
import { makeMemcached, type Memcached } from '#src/memcached.js';
import { Opened } from '#src/opened.js';
import { until } from '#src/until.js';

describe('a cache on a real memcached, through Keyv', function () {
  this.timeout(60_000);
  const opened = new Opened();
  afterEach(() => opened.close());

  /** A cache with a connection of its own, as another process would have it. */
  const makeCacheOn = ({ address }: Memcached): Cache => {
    const adapter = new KeyvMemcache(address, { timeout: 0.2, retries: 0, logger: { log: () => {} } } as never);
    const store = keyvStore(new Keyv({ store: adapter, throwOnErrors: true }) as KeyvLike, { pollInterval: '20ms' });
    const cache = createCache({ name: 'app', store, storeTimeout: '500ms', defaults: { ttl: '1h', jitter: 0 } });
    opened.add(adapter, ({ client }) => (client as { close(): void }).close());
    opened.add(cache, (it) => it.close());
    return cache;
  };

  it('shares values of any type with caches that come later', async () => {
    const memcached = await makeMemcached(opened);
    const value = { when: new Date(7), ids: new Set([1n]), bytes: new Uint8Array([0, 255]), text: 'ключ 鍵' };
    const [one, other] = [makeCacheOn(memcached), makeCacheOn(memcached)];
    await one.set(`a key with blanks, and ${'x'.repeat(500)}`, value);
    expect(await other.get(`a key with blanks, and ${'x'.repeat(500)}`)).to.deep.equal(value);
  });

  for (const [what, targets] of [
    ['its key', 'k'],
    ['a tag', { tag: 't' }],
    ['a prefix', { prefix: 'k' }],
    ['everything', { all: true }],
  ] as const) {
    it(`never brings back what was invalidated by ${what}, though another process was loading it, in 50 rounds`, async () => {
      const memcached = await makeMemcached(opened);
      const [one, other] = [makeCacheOn(memcached), makeCacheOn(memcached)];
      for (let round = 0; round < 50; round++) {
        const loader = new PausedLoader<string>();
        const loading = one.getOrLoad('k', loader.load, { tags: () => ['t'] });
        await until(() => loader.calls.length === 1);
        const invalidating = other.invalidate(targets);
        // The load ends before, while or after the invalidation takes place.
        if (round % 3 === 0) await invalidating;
        else if (round % 3 === 1) await pause(1);
        loader.finish(0, `old ${round}`);
        await Promise.all([loading, invalidating]);
        const reader = round % 2 === 0 ? other : makeCacheOn(memcached);
        expect(await reader.getOrLoad('k', () => `new ${round}`, { tags: () => ['t'] })).to.equal(`new ${round}`);
        await other.invalidate('k');
        await one.invalidate('k');
      }
    });
  }

  it('goes on by itself while memcached is gone, and delivers what was invalidated when it is back', async () => {
    const memcached = await makeMemcached(opened);
    const [one, other] = [makeCacheOn(memcached), makeCacheOn(memcached)];
    let undelivered = 0;
    one.events.on('undelivered', ({ waiting }) => (undelivered = waiting));
    await one.set('k', 'old');
    const under = { load: true };
    let answers = 0;
    const load = async (): Promise<void> => {
      for (let number = 0; under.load; number++) {
        expect(await one.getOrLoad(`key ${number % 50}`, () => number % 50)).to.equal(number % 50);
        answers++;
        await pause(1);
      }
    };
    const loading = Promise.all([load(), load(), load()]);
    await memcached.stop();
    await one.invalidate('k');
    expect(undelivered).to.be.at.least(1);
    expect(one.peek('k')).to.equal(undefined);
    const before = answers;
    await until(() => answers > before + 100);
    await memcached.start();
    await until(() => undelivered === 0);
    under.load = false;
    await loading;
    // Breakers of both let through again when they have tried.
    await until(async () => {
      await one.set('k', 'new');
      return (await other.get('k')) === 'new';
    });
  });
});
