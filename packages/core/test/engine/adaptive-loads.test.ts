import { expect } from 'chai';
import { createCache, type CreateCacheOptions } from '#src/engine/create-cache.js';
import { CacheResponse } from '#src/decorators/cache-response.js';
import { bindCache } from '#src/container/bound-cache.js';
import { cacheOf } from '#src/decorators/method-handle.js';
import { FakeClock } from '#src/testing/fake-clock.js';

/** A cache without chance, and a loader whose value changes when it is told. */
function makeRig(options: CreateCacheOptions = {}) {
  const clock = new FakeClock();
  const cache = createCache({ clock, random: () => 0, ...options });
  let version = 0;
  let loads = 0;
  const loader = () => {
    loads++;
    return { version, tags: new Set(['a']) };
  };
  return { clock, cache, loader, change: () => void version++, loads: () => loads };
}

describe('ttl: adaptive', () => {
  const adaptive = { ttl: 'adaptive' } as const;

  it('keeps a result of which nothing is known for four minutes', async () => {
    const { clock, cache, loader, loads } = makeRig();
    await cache.getOrLoad('user(1)', loader, adaptive);
    clock.advance(239_999);
    await cache.getOrLoad('user(1)', loader, adaptive);
    expect(loads()).to.equal(1);
    clock.advance(1);
    await cache.getOrLoad('user(1)', loader, adaptive);
    expect(loads()).to.equal(2);
  });

  it('keeps what stays the same for longer, and what changes for less', async () => {
    const lifetimes = async (changes: boolean): Promise<number[]> => {
      const { clock, cache, loader, change } = makeRig();
      const ttls: number[] = [];
      for (let time = 0; time < 6; time++) {
        if (changes) change();
        await cache.getOrLoad('user(1)', loader, adaptive);
        const left = (await cache.inspect('user(1)'))!.ttlLeftMs;
        ttls.push(left);
        clock.advance(left);
      }
      return ttls;
    };
    const quiet = await lifetimes(false);
    const busy = await lifetimes(true);
    expect(quiet).to.deep.equal([...quiet].sort((one, other) => one - other));
    expect(busy).to.deep.equal([...busy].sort((one, other) => other - one));
    expect(quiet.at(-1)! / busy.at(-1)!).to.be.above(3);
  });

  it('counts the hits of every entry since the last load, also of one that was swept away or reported', async () => {
    const { clock, cache, loader } = makeRig();
    await cache.getOrLoad('user(1)', loader, adaptive);
    for (let hit = 0; hit < 4; hit++) await cache.getOrLoad('user(1)', loader, adaptive);
    expect(cache.mostRequested()).to.deep.equal([['user(1)', 5]]);
    for (let hit = 0; hit < 5; hit++) await cache.getOrLoad('user(1)', loader, adaptive);
    expect(cache.mostRequested()).to.deep.equal([['user(1)', 10]]);
    clock.advance(300_000);
    await cache.stats();
    await cache.getOrLoad('user(1)', loader, adaptive);
    expect(cache.mostRequested()).to.deep.equal([['user(1)', 11]]);
    // 9 hits and the load itself in 300 s; r0 = (10 + 1) / (300 + 60).
    const { adaptive: report } = (await cache.inspect('user(1)'))!;
    expect(report!.requestRate).to.be.closeTo(10.5 / (300 + 0.5 / (11 / 360)), 1e-9);
  });

  it('explains itself by key', async () => {
    const { clock, cache, loader } = makeRig();
    await cache.getOrLoad('user(1)', loader, { ...adaptive, adaptive: { staleBudget: 0.05, max: '2m' } });
    clock.advance(1000);
    expect((await cache.inspect('user(1)'))!.adaptive).to.deep.equal({
      class: 'user',
      contentType: '',
      staleBudget: 0.05,
      changes: 0,
      watchedSeconds: 0,
      changeRate: 0.3 / (0.3 * 3600),
      requestRate: 0.5 / (0.5 / (1 / 60)),
      price: 2,
      pressure: 1,
      staleShare: undefined,
      minSeconds: 1,
      maxSeconds: 120,
      ttlSeconds: 120,
      isShadow: false,
      passesUntil: undefined,
    });
    await cache.set('plain', 1);
    expect((await cache.inspect('plain'))!.adaptive).to.equal(undefined);
  });

  it('counts an invalidation as a change, by key or by tag', async () => {
    for (const target of ['user(1)', { tag: 'team' }]) {
      const { clock, cache, loader } = makeRig();
      const options = { ...adaptive, tags: ['team'] };
      await cache.getOrLoad('user(1)', loader, options);
      clock.advance(10_000);
      await cache.invalidate(target);
      await cache.getOrLoad('user(1)', loader, options);
      expect((await cache.inspect('user(1)'))!.adaptive!.changes).to.be.closeTo(1, 0.01);
    }
  });

  it('keeps what changes at every load not at all for a while, and serves no stale copy of it', async () => {
    const { clock, cache, loader, change, loads } = makeRig();
    const options = { ...adaptive, adaptive: { min: '10s', max: '10s' }, staleWhileRevalidate: '1h' } as const;
    for (let time = 0; time < 40; time++) {
      change();
      await cache.refresh('user(1)', loader, options);
      clock.advance(1000);
    }
    expect(await cache.inspect('user(1)')).to.equal(undefined);
    const before = loads();
    await cache.getOrLoad('user(1)', loader, options);
    await cache.getOrLoad('user(1)', loader, options);
    expect(loads()).to.equal(before + 2);
    clock.advance(100_000);
    await cache.getOrLoad('user(1)', loader, options);
    await cache.getOrLoad('user(1)', loader, options);
    expect(loads()).to.equal(before + 3);
  });

  it('leaves the ttl alone in shadow mode, and reports what it would be', async () => {
    const { clock, cache, loader } = makeRig();
    const options = { ttl: '10s', adaptive: { shadow: true } } as const;
    await cache.getOrLoad('user(1)', loader, options);
    const report = (await cache.inspect('user(1)'))!;
    expect([report.ttlLeftMs, report.adaptive!.ttlSeconds, report.adaptive!.isShadow]).to.deep.equal([
      10_000,
      240,
      true,
    ]);
    clock.advance(10_000);
    await cache.getOrLoad('user(1)', loader, options);
    expect((await cache.inspect('user(1)'))!.adaptive!.watchedSeconds).to.equal(10);
  });

  it('gives way to a ttl that the loader states, and to negativeTtl', async () => {
    const { cache } = makeRig();
    await cache.getOrLoad('a', (context) => (context.setOptions({ ttl: '7s' }), 1), adaptive);
    await cache.getOrLoad('b', () => null, { ...adaptive, negativeTtl: '3s' });
    expect((await cache.inspect('a'))!.ttlLeftMs).to.equal(7000);
    expect((await cache.inspect('b'))!.ttlLeftMs).to.equal(3000);
  });

  it('keeps what cannot be compared for the fixed ttl, and says so once', async () => {
    const { cache } = makeRig({ defaults: { ttl: '12s' } });
    const warnings: string[] = [];
    const listen = (warning: Error): void => void warnings.push(warning.message);
    process.on('warning', listen);
    try {
      for (const key of ['a', 'b']) await cache.getOrLoad(key, () => ({ run: () => 1 }), adaptive);
      await new Promise((resolve) => setImmediate(resolve));
    } finally {
      process.off('warning', listen);
    }
    expect((await cache.inspect('a'))!.ttlLeftMs).to.equal(12_000);
    expect(warnings.filter((text) => text.includes('cannot be adaptive'))).to.have.length(1);
  });

  it('keeps decorated methods apart by family', async () => {
    const { clock, cache } = makeRig();
    let version = 0;
    class News {
      @CacheResponse('adaptive', { adaptive: { max: '1m' } })
      async latest(): Promise<number> {
        return version++;
      }
      @CacheResponse({ adaptive: true })
      async archive(): Promise<number> {
        return 1;
      }
    }
    const news = new News();
    bindCache(news, cache);
    await news.latest();
    await news.archive();
    const latest = (await cache.inspect(cacheOf(news).latest.keyFor()))!;
    const archive = (await cache.inspect(cacheOf(news).archive.keyFor()))!;
    expect([latest.adaptive!.class, latest.ttlLeftMs]).to.deep.equal(['News.latest', 60_000]);
    expect([archive.adaptive!.class, archive.ttlLeftMs]).to.deep.equal(['News.archive', 240_000]);
    clock.advance(1);
  });

  const faults: readonly (readonly [object, string])[] = [
    [{ ttl: 'adaptiv' }, 'ttl must be a duration above 0'],
    [
      { ttl: 'adaptive', adaptive: { shadow: true } },
      "adaptive.shadow needs a ttl of its own beside it, not 'adaptive', got true",
    ],
    [{ ttl: 'adaptive', adaptive: false }, "adaptive must not be false beside ttl 'adaptive', got false"],
    [{ adaptive: { staleBudget: 2 } }, 'adaptive.staleBudget must be a number from 0 to 0.5, got 2'],
    [{ adaptive: 'yes' }, 'adaptive must be an object, got "yes"'],
  ];
  for (const [options, message] of faults) {
    it(`says: ${message}`, () => {
      expect(() => createCache({ defaults: options })).to.throw(`defaults.${message}`);
    });
  }
});
