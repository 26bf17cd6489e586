import { createCache, EventBus, type Cache, type CacheEntry, type CacheStore } from '@cachewarp/core';
import { Deferred, describeCacheStore, FakeClock, PausedLoader } from '@cachewarp/core/testing';
import { expect } from 'chai';
import { Keyv } from 'keyv';
import { keyvStore } from '#src/keyv-store.js';
import type { KeyvLike } from '#src/keyv-like.js';

const clock = new FakeClock();
const user = { name: 'app', clock, random: () => 0.5, events: new EventBus() };

describeCacheStore(
  'keyvStore on a Keyv',
  () => ({ store: withPlaces(keyvStore(new Keyv() as KeyvLike).open(user).store) }),
  { clock },
);

/** Gives entries back with the places that they were set with. The store gives them places of this process's log, on purpose. */
function withPlaces(store: CacheStore): CacheStore {
  const places = new Map<string, Pick<CacheEntry, 'epoch' | 'position'>>();
  const placed = (key: string, entry: CacheEntry | undefined): CacheEntry | undefined =>
    entry && { ...entry, ...places.get(key) };
  return {
    name: store.name,
    get: async (key) => placed(key, await store.get(key)),
    getMany: async (keys) => (await store.getMany(keys)).map((entry, index) => placed(keys[index]!, entry)),
    set: async (key, entry) => {
      await store.set(key, entry);
      places.set(key, { epoch: entry.epoch, position: entry.position });
    },
    delete: (key) => store.delete(key),
    clear: () => store.clear(),
    keys: (prefix, limit) => store.keys(prefix, limit),
    stats: () => store.stats(),
    close: () => store.close(),
  };
}

const named = (map: Map<string, unknown>): KeyvLike => map as unknown as KeyvLike;

describe('keyvStore', () => {
  const caches: Cache[] = [];
  afterEach(async () => {
    for (const cache of caches.splice(0)) await cache.close();
  });

  const makeProcesses = (count: number, map = new Map<string, unknown>()): Cache[] =>
    Array.from({ length: count }, () => {
      const cache = createCache({
        store: keyvStore(named(map), { pollInterval: '10ms' }),
        defaults: { ttl: '1h', jitter: 0 },
      });
      caches.push(cache);
      return cache;
    });

  it('shares entries with processes that come later, over a bare adapter', async () => {
    const map = new Map<string, unknown>();
    const [one] = makeProcesses(1, map) as [Cache];
    await one.set('k', { at: new Date(5) }, { tags: ['t'] });
    await one.close();
    const [later] = makeProcesses(1, map) as [Cache];
    expect(await later.get('k')).to.deep.equal({ at: new Date(5) });
  });

  for (const [what, targets] of [
    ['its key', 'k'],
    ['a tag', { tag: 't' }],
    ['a prefix', { prefix: 'k' }],
    ['everything', { all: true }],
  ] as const) {
    it(`never answers from the adapter what another process has invalidated by ${what}`, async () => {
      const map = new Map<string, unknown>();
      const [one, other] = makeProcesses(2, map) as [Cache, Cache];
      await one.set('k', 'old', { tags: ['t'] });
      expect(await other.get('k')).to.equal('old');
      await one.invalidate(targets);
      const [third] = makeProcesses(1, map) as [Cache];
      expect(await third.getOrLoad('k', () => 'new', { tags: ['t'] })).to.equal('new');
    });

    it(`does not keep what was loading in another process while it was invalidated by ${what}`, async () => {
      const [one, other] = makeProcesses(2) as [Cache, Cache];
      const loader = new PausedLoader<string>();
      const loading = one.getOrLoad('k', loader.load, { tags: () => ['t'] });
      while (loader.calls.length === 0) await new Promise((resolve) => setImmediate(resolve));
      await other.invalidate(targets);
      loader.finish(0, 'old');
      expect(await loading).to.equal('old');
      // What it writes behind is written then.
      await one.close();
      expect(await other.getOrLoad('k', () => 'new')).to.equal('new');
    });
  }

  it('lets go of what is in memory when another process has invalidated, though nothing is read from the adapter', async () => {
    const [one, other] = makeProcesses(2) as [Cache, Cache];
    await one.set('k', 'old');
    expect(await other.getOrLoad('k', () => 'unwanted')).to.equal('old');
    // The first look only learns what there is to compare with.
    await new Promise((resolve) => setTimeout(resolve, 30));
    const restarted = new Deferred();
    other.events.on('logGap', () => restarted.resolve());
    await one.invalidate('k');
    await restarted.promise;
    expect(other.peek('k')).to.equal(undefined);
  });

  it('takes a version that the adapter has lost for an invalidation', async () => {
    const map = new Map<string, unknown>();
    const [one, other] = makeProcesses(2, map) as [Cache, Cache];
    await one.set('k', 'old', { tags: ['t'] });
    for (const key of map.keys()) if (key.includes('.t.')) map.delete(key);
    expect(await other.getOrLoad('k', () => 'new', { tags: ['t'] })).to.equal('new');
  });

  it('delivers what was invalidated while the adapter failed, before it reads from it again', async () => {
    const map = new Map<string, unknown>();
    let fails = false;
    const flaky: KeyvLike = {
      get: (key) => map.get(key),
      set: (key, value) => {
        if (fails) throw new Error('away');
        return map.set(key, value);
      },
      delete: (key) => map.delete(key),
    };
    const cache = createCache({ store: keyvStore(flaky), memory: false, defaults: { ttl: '1h' } });
    caches.push(cache);
    await cache.set('k', 'old');
    fails = true;
    await cache.invalidate('k');
    expect(await cache.get('k')).to.equal(undefined);
    fails = false;
    const [other] = makeProcesses(1, map) as [Cache];
    await cache.get('other');
    expect(await other.get('k')).to.equal(undefined);
  });

  it('refuses options that do not exist, and what is no adapter', () => {
    expect(() => keyvStore(new Map() as never, { poll: 1 } as never)).to.throw('poll is not an option');
    expect(() => keyvStore({ get: () => 1 } as never)).to.throw('keyv.set must be a function');
  });
});
