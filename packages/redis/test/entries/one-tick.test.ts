import { EventBus, systemClock, type CacheEntry, type SharedTier } from '@cachewarp/core';
import { expect } from 'chai';
import { redisStore } from '#src/tier/redis-store.js';
import { RedisServer } from '../redis-server.js';

const LEASE = { leaseMs: 10_000, replaces: false };

describe('what is asked of Redis in one tick', function () {
  this.timeout(30_000);

  let server: RedisServer;
  let tier: SharedTier;
  let names = 0;
  before(async () => (server = await RedisServer.start()));
  after(() => server.stop());

  beforeEach(async () => {
    const user = { name: `tick ${++names}`, clock: systemClock, random: Math.random, events: new EventBus() };
    tier = redisStore({ url: server.url }).open(user);
    await tier.store.get('joined');
  });
  afterEach(async () => {
    await server.client.config('SET', 'maxmemory', '0');
    await tier.store.close();
  });

  const entryOf = (value: unknown): CacheEntry => {
    const { epoch, position } = tier.log;
    const freshUntil = systemClock.now() + 60_000;
    const times = { createdAt: systemClock.now(), freshUntil, staleUntil: 0, errorUntil: 0, keepUntil: 0, loadMs: 1 };
    return { value, ...times, isError: false, tags: [], parent: undefined, epoch, position, size: 10 };
  };
  const many = Array.from({ length: 150 }, (_, index) => `k${index}`);
  const runsOf = async (name: string): Promise<number> =>
    Number(new RegExp(`cmdstat_${name}:calls=(\\d+)`).exec(await server.client.info('commandstats'))?.[1] ?? 0);

  it('fills every key under its own lease, and refuses only those whose lease has ended', async () => {
    const { store } = tier;
    const leases = await Promise.all(many.map(async (key) => store.acquire(key, LEASE)));
    const tokens = leases.map((acquired) => (acquired.word === 'lease' ? acquired.token : ''));
    await store.release('k0', tokens[0]!);
    await store.release('k70', tokens[70]!);
    const before = await runsOf('evalsha');
    const filled = await Promise.all(many.map(async (key, index) => store.fill(key, tokens[index]!, entryOf(index))));
    expect((await runsOf('evalsha')) - before).to.be.below(5);
    expect(many.filter((_, index) => !filled[index])).to.deep.equal(['k0', 'k70']);
    const values = (await store.getMany(many)).map((entry) => entry?.value);
    expect(values).to.deep.equal(many.map((_, index) => (filled[index] ? index : undefined)));
  });

  it('keeps the order of what is written to a key', async () => {
    const { store } = tier;
    await Promise.all([
      store.set('a', entryOf(1)),
      store.delete('a'),
      store.set('a', entryOf(2)),
      store.set('b', entryOf(3)),
    ]);
    expect((await store.get('a'))?.value).to.equal(2);
    expect((await store.get('b'))?.value).to.equal(3);
    await Promise.all([store.set('a', entryOf(4)), store.delete('a')]);
    expect(await store.get('a')).to.equal(undefined);
  });

  it('rejects every write that Redis has no memory for, in its words', async () => {
    await server.client.config('SET', 'maxmemory-policy', 'noeviction');
    await server.client.config('SET', 'maxmemory', '1');
    const outcomes = await Promise.allSettled(many.map(async (key) => tier.store.set(key, entryOf(1))));
    for (const outcome of outcomes) {
      expect(outcome.status).to.equal('rejected');
      expect(String((outcome as PromiseRejectedResult).reason)).to.include('OOM');
    }
  });

  it('asks for leases of what is missing though misses have become rare', async () => {
    const { store } = tier;
    await store.set('there', entryOf(1));
    const hits = async (count: number): Promise<unknown> =>
      Promise.all(Array.from({ length: count }, async () => store.acquire('there', LEASE)));
    for (let round = 0; round < 20; round++) await hits(200);
    const before = await runsOf('evalsha');
    await hits(100);
    expect((await runsOf('evalsha')) - before).to.equal(0);
    const [there, missing, taken] = await Promise.all([
      store.acquire('there', LEASE),
      store.acquire('missing', LEASE),
      store.acquire('missing', LEASE),
    ]);
    expect([there.word, missing.word, taken.word]).to.deep.equal(['entry', 'lease', 'taken']);
  });
});
