import { createCache, MemoryStore, type CacheStore } from '@cachewarp/core';
import { expect } from 'chai';
import { createMetrics } from '#src/create-metrics.js';
import { mergeSnapshots } from '#src/merge-snapshots.js';
import type { Metrics } from '#src/metrics.js';

/** A tier that several processes share. */
class SharedStore extends MemoryStore {
  override readonly name = 'redis' as never;
}

describe('mergeSnapshots', () => {
  async function processOf(store: CacheStore): Promise<Metrics> {
    const cache = createCache({ name: 'c', store, defaults: { ttl: 60 } });
    const metrics = createMetrics({ cache });
    for (let call = 0; call < 3; call++) await cache.getOrLoad('k', () => 1);
    return metrics;
  }

  /** As they come from other processes. */
  async function merged(processes: readonly Metrics[]): Promise<string> {
    const sent = JSON.stringify(await Promise.all(processes.map((metrics) => metrics.snapshot())));
    return mergeSnapshots(JSON.parse(sent) as object[][]);
  }

  it('adds up what each process counts, by route, reason and duration', async () => {
    const text = await merged([await processOf(new SharedStore()), await processOf(new SharedStore())]);
    expect(text).to.include('cachewarp_requests_total{cache="c",route="default",status="hit"} 4');
    expect(text).to.include('cachewarp_misses_total{cache="c",reason="cold"} 2');
    expect(text).to.include('cachewarp_load_duration_seconds_count{cache="c"} 2');
    expect(text).to.include('cachewarp_entries{cache="c",tier="memory"} 2');
  });

  it('counts the size of a tier once that all of them share', async () => {
    const store = new SharedStore();
    const processes = [await processOf(store), await processOf(store), await processOf(store)];
    const text = await merged(processes);
    expect(text).to.include('cachewarp_entries{cache="c",tier="redis"} 1\n');
    expect(text).to.include('cachewarp_entries{cache="c",tier="memory"} 3\n');
  });

  it('shows the worst state of a circuit breaker, not the sum of states', async () => {
    const broken = new SharedStore();
    broken.get = () => {
      throw new Error('down');
    };
    const open = await breakerOpen(broken);
    const text = await merged([open, open, await processOf(new SharedStore())]);
    expect(text).to.include('cachewarp_breaker_state{cache="c",tier="redis"} 2\n');
  });

  async function breakerOpen(store: CacheStore): Promise<Metrics> {
    const cache = createCache({ name: 'c', store, defaults: { ttl: 60 } });
    const metrics = createMetrics({ cache });
    for (let call = 0; call < 30; call++) await cache.get(`k${call}`);
    return metrics;
  }
});
