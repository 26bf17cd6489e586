import { createCache, InvalidOptionError, MemoryStore, type CacheStore } from '@cachewarp/core';
import { FakeClock } from '@cachewarp/core/testing';
import { expect } from 'chai';
import { register, Registry } from 'prom-client';
import { createMetrics } from '#src/create-metrics.js';

const EVERY_METRIC = [
  'breaker_state',
  'bytes',
  'coalesced_total',
  'entries',
  'evictions_total',
  'fenced_fills_total',
  'fills_total',
  'invalidations_total',
  'lease_waits_total',
  'load_duration_seconds',
  'load_errors_total',
  'load_timeouts_total',
  'loads_total',
  'log_gaps_total',
  'misses_total',
  'refreshes_total',
  'request_duration_seconds',
  'requests_total',
  'response_bytes_total',
  'store_call_duration_seconds',
  'store_errors_total',
];

/** The samples of a text by their series, histogram buckets left out. */
function samplesOf(text: string): Record<string, number> {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#') && !line.includes('_bucket{'));
  return Object.fromEntries(
    lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ') + 1))]),
  );
}

/** A second tier that works. */
class SharedStore extends MemoryStore {
  override readonly name = 'shared' as never;
}

/** A store whose every operation fails. */
function brokenStore(): CacheStore {
  const fail = (): never => {
    throw new Error('down');
  };
  const store = {
    name: 'broken',
    get: fail,
    getMany: fail,
    set: fail,
    delete: fail,
    clear: fail,
    keys: fail,
    stats: fail,
  };
  return { ...store, close: () => Promise.resolve() };
}

describe('createMetrics', () => {
  it('counts requests by how they were answered, as the cache did', async () => {
    const clock = new FakeClock();
    const cache = createCache({ name: 'app', clock, defaults: { ttl: 10, staleWhileRevalidate: 10 } });
    const metrics = createMetrics({ cache });
    for (let call = 0; call < 4; call++) await cache.getOrLoad('k', () => 1);
    clock.advance(11_000);
    await cache.getOrLoad('k', () => 2);

    const samples = samplesOf(await metrics.text());

    expect(samples['cachewarp_requests_total{cache="app",route="default",status="hit"}']).to.equal(3);
    expect(samples['cachewarp_requests_total{cache="app",route="default",status="stale"}']).to.equal(1);
    expect(samples['cachewarp_requests_total{cache="app",route="default",status="miss"}']).to.equal(1);
    expect(samples['cachewarp_requests_total{cache="app",route="default",status="bypass"}']).to.equal(0);
    expect(samples['cachewarp_loads_total{cache="app"}']).to.equal(2);
    expect(samples['cachewarp_refreshes_total{cache="app"}']).to.equal(1);
  });

  it('shows the values of the moment at each scrape, not the sum of scrapes', async () => {
    const cache = createCache();
    const metrics = createMetrics({ cache });
    await cache.getOrLoad('k', () => 1);
    await metrics.text();

    expect(
      samplesOf(await metrics.text())['cachewarp_requests_total{cache="default",route="default",status="miss"}'],
    ).to.equal(1);
  });

  it('measures loads, failed ones included, in seconds', async () => {
    const clock = new FakeClock();
    const cache = createCache({ clock });
    const metrics = createMetrics({ cache });
    await cache.getOrLoad('a', () => clock.advance(250));
    await cache.getOrLoad('b', () => Promise.reject(new Error('no'))).catch(() => undefined);

    const text = await metrics.text();

    expect(samplesOf(text)['cachewarp_load_duration_seconds_count{cache="default"}']).to.equal(2);
    expect(samplesOf(text)['cachewarp_load_duration_seconds_sum{cache="default"}']).to.be.closeTo(0.25, 0.001);
    expect(text).to.include('cachewarp_load_duration_seconds_bucket{cache="default",le="0.1"} 1');
    expect(samplesOf(text)['cachewarp_load_errors_total{cache="default"}']).to.equal(1);
  });

  it('tells invalidations by kind, and shows kinds that have not occurred as 0', async () => {
    const cache = createCache();
    const metrics = createMetrics({ cache });
    await cache.invalidate(['k:with:colons', { tags: ['a', 'b'] }, { prefix: 'p:' }]);

    const samples = samplesOf(await metrics.text());

    expect(samples['cachewarp_invalidations_total{cache="default",kind="key"}']).to.equal(1);
    expect(samples['cachewarp_invalidations_total{cache="default",kind="tag"}']).to.equal(2);
    expect(samples['cachewarp_invalidations_total{cache="default",kind="prefix"}']).to.equal(1);
    expect(samples['cachewarp_invalidations_total{cache="default",kind="all"}']).to.equal(0);
  });

  it('shows each tier with its entries and bytes, and the breaker of the tier behind the memory', async () => {
    const cache = createCache({ store: new SharedStore() });
    const metrics = createMetrics({ cache });
    await cache.set('k', 'value');

    const samples = samplesOf(await metrics.text());

    expect(samples['cachewarp_entries{cache="default",tier="memory"}']).to.equal(1);
    expect(samples['cachewarp_bytes{cache="default",tier="memory"}']).to.be.above(0);
    expect(samples['cachewarp_entries{cache="default",tier="shared"}']).to.equal(1);
    expect(samples['cachewarp_breaker_state{cache="default",tier="shared"}']).to.equal(0);
  });

  it('answers while the store is down, counting its faults and leaving out what it cannot tell', async () => {
    const cache = createCache({ store: brokenStore() });
    const metrics = createMetrics({ cache });
    for (let call = 0; call < 30; call++) await cache.get(`k${call}`);

    const samples = samplesOf(await metrics.text());

    expect(samples['cachewarp_store_errors_total{cache="default"}']).to.be.above(0);
    expect(samples['cachewarp_breaker_state{cache="default",tier="broken"}']).to.equal(2);
    expect(samples).to.not.have.property('cachewarp_entries{cache="default",tier="broken"}');
  });

  it('counts a fill that an invalidation fenced off', async () => {
    const cache = createCache();
    const metrics = createMetrics({ cache });
    await cache.getOrLoad('k', async () => {
      await cache.invalidate('k');
      return 'old';
    });

    expect(samplesOf(await metrics.text())['cachewarp_fenced_fills_total{cache="default"}']).to.equal(1);
  });

  it('has every metric under its prefix, each with a help text, and none in the global registry', async () => {
    const metrics = createMetrics({ cache: createCache({ store: new SharedStore() }), prefix: 'app_' });

    const helped = [...(await metrics.text()).matchAll(/^# HELP (\S+) \S/gm)].map((match) => match[1]);

    expect(helped.toSorted()).to.deep.equal(EVERY_METRIC.map((name) => `app_${name}`));
    expect(register.getMetricsAsArray()).to.deep.equal([]);
  });

  it('keeps caches apart by their names', async () => {
    const users = createCache({ name: 'users' });
    const posts = createCache({ name: 'posts' });
    const metrics = createMetrics({ caches: [users, posts] });
    await users.getOrLoad('k', () => 1);

    const samples = samplesOf(await metrics.text());

    expect(samples['cachewarp_requests_total{cache="users",route="default",status="miss"}']).to.equal(1);
    expect(samples['cachewarp_misses_total{cache="posts",reason="cold"}']).to.equal(0);
  });

  it('takes a registry of the application, and leaves it as it was when closed', async () => {
    const registry = new Registry();
    const cache = createCache();
    const metrics = createMetrics({ cache, registry });
    expect(await registry.metrics()).to.include('cachewarp_requests_total');

    metrics.close();

    expect(registry.getMetricsAsArray()).to.deep.equal([]);
    expect(cache.events.has('loaded')).to.equal(false);
    expect(cache.events.has('invalidated')).to.equal(false);
  });

  it('does not listen to hits', () => {
    const cache = createCache();
    createMetrics({ cache });
    expect(cache.events.has('hit')).to.equal(false);
  });

  it('takes further metrics, read at each scrape or observed', async () => {
    const metrics = createMetrics({ cache: createCache() });
    metrics.add({
      kind: 'gauge',
      name: 'origin_in_flight',
      help: 'Requests that the origin is answering.',
      labels: ['origin'],
      collect: () => [{ labels: { origin: 'a' }, value: 7 }],
    });
    const observe = metrics.addHistogram({
      name: 'origin_seconds',
      help: 'Time.',
      labels: ['origin'],
      buckets: [1, 2],
    });
    observe({ origin: 'a' }, 1.5);

    const text = await metrics.text();

    expect(text).to.include('cachewarp_origin_in_flight{origin="a"} 7');
    expect(text).to.include('cachewarp_origin_seconds_bucket{le="2",origin="a"} 1');
  });

  describe('refuses, naming field and value,', () => {
    const cache = createCache({ name: 'one' });
    const cases: [string, unknown, string][] = [
      ['no cache', {}, 'cache must be a cache'],
      ['a cache beside caches', { cache, caches: [cache] }, 'caches must not be given beside cache'],
      ['two caches of one name', { caches: [cache, createCache({ name: 'one' })] }, 'caches[1].name must differ'],
      ['what is no cache', { cache: 5 }, 'cache must be made by createCache, got 5'],
      [
        'a prefix that Prometheus would refuse',
        { cache, prefix: '9-' },
        'prefix must be letters, digits and underscores',
      ],
      ['what is no registry', { cache, registry: {} }, 'registry must be a prom-client Registry'],
      ['an unknown option', { cache, prefixx: 'a' }, 'prefixx is not an option'],
    ];
    for (const [what, options, message] of cases) {
      it(what, () => {
        expect(() => createMetrics(options as never)).to.throw(InvalidOptionError, message);
      });
    }

    it('a registry that has these metrics already', () => {
      const registry = new Registry();
      createMetrics({ cache, registry });
      expect(() => createMetrics({ cache, registry })).to.throw(InvalidOptionError, 'cachewarp_requests_total');
    });
  });
});
