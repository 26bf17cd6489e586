import { expect } from 'chai';
import { createCache } from '#src/engine/create-cache.js';
import { DepartedKeys } from '#src/telemetry/departed-keys.js';
import { FakeClock } from '#src/testing/fake-clock.js';

describe('DepartedKeys', () => {
  it('tells once why a key went, the last reason', () => {
    const departed = new DepartedKeys();
    departed.note('a', 'expired');
    departed.note('a', 'evicted');
    expect([departed.take('a'), departed.take('a')]).to.deep.equal(['evicted', undefined]);
  });

  it('remembers the last 10,000 keys, and forgets those of long ago', () => {
    const departed = new DepartedKeys();
    for (let index = 0; index < 25_000; index++) departed.note(`k${index}`, 'evicted');
    expect(departed.take('k0')).to.equal(undefined);
    expect(departed.take('k15000')).to.equal('evicted');
    expect(departed.take('k24999')).to.equal('evicted');
  });

  it('does not remember keys that are very long', () => {
    const departed = new DepartedKeys();
    departed.note('a'.repeat(2_000), 'evicted');
    expect(departed.take('a'.repeat(2_000))).to.equal(undefined);
  });
});

describe('the reason of a miss', () => {
  it('is counted for every caller, by the word for what became of the entry', async () => {
    const clock = new FakeClock();
    const cache = createCache({ clock, memory: { maxEntries: 1 }, defaults: { ttl: 10 } });
    const ask = (key: string): Promise<number> => cache.getOrLoad(key, () => Promise.resolve(1));
    await Promise.all([ask('a'), ask('a')]);
    clock.advance(11_000);
    await ask('a');
    await cache.invalidate('a');
    await ask('a');
    await ask('b');
    await ask('a');
    const { missReasons } = await cache.stats();
    expect(missReasons).to.include({ cold: 3, expired: 1, invalidated: 1, evicted: 1 });
    expect(Object.values(missReasons).reduce((sum, count) => sum + count, 0)).to.equal((await cache.stats()).misses);
  });

  it('is expired also for what was swept out', async () => {
    const clock = new FakeClock();
    const cache = createCache({ clock, defaults: { ttl: 10 } });
    await cache.getOrLoad('a', () => 1);
    clock.advance(11_000);
    await cache.stats();
    expect(cache.keys()).to.deep.equal([]);
    await cache.getOrLoad('a', () => 1);
    expect((await cache.stats()).missReasons).to.include({ cold: 1, expired: 1 });
  });
});
