import { createCache } from '@cachewarp/core';
import { expect } from 'chai';
import { createMetrics } from '#src/create-metrics.js';
import { mergeSnapshots } from '#src/merge-snapshots.js';
import type { Metrics } from '#src/metrics.js';

describe('a collected histogram', () => {
  function makeMetrics(counts: readonly number[]): Metrics {
    const metrics = createMetrics({ cache: createCache({ name: 'c' }) });
    metrics.addCollectedHistogram({
      name: 'wait_seconds',
      help: 'How long.',
      labels: ['status'],
      buckets: [0.1, 1],
      collect: () => [{ labels: { status: 'hit' }, counts, sum: 2.5 }],
    });
    return metrics;
  }

  const linesOf = (text: string): string[] => text.split('\n').filter((line) => line.includes('wait_seconds'));

  it('is written with cumulative buckets, sum and count', async () => {
    expect(linesOf(await makeMetrics([3, 2, 1]).text())).to.deep.equal([
      '# HELP cachewarp_wait_seconds How long.',
      '# TYPE cachewarp_wait_seconds histogram',
      'cachewarp_wait_seconds_bucket{status="hit",le="0.1"} 3',
      'cachewarp_wait_seconds_bucket{status="hit",le="1"} 5',
      'cachewarp_wait_seconds_bucket{status="hit",le="+Inf"} 6',
      'cachewarp_wait_seconds_sum{status="hit"} 2.5',
      'cachewarp_wait_seconds_count{status="hit"} 6',
    ]);
  });

  it('refuses a name that is taken', () => {
    const metrics = makeMetrics([0, 0, 0]);
    const again = { name: 'wait_seconds', help: '', labels: [], buckets: [], collect: () => [] };
    expect(() => metrics.addCollectedHistogram(again)).to.throw('already has the metric cachewarp_wait_seconds');
  });

  it('is added up over processes like every other metric', async () => {
    const sent = JSON.stringify(
      await Promise.all([makeMetrics([3, 2, 1]).snapshot(), makeMetrics([1, 0, 0]).snapshot()]),
    );
    const text = await mergeSnapshots(JSON.parse(sent) as object[][]);
    expect(linesOf(text)).to.include('cachewarp_wait_seconds_bucket{status="hit",le="0.1"} 4');
    expect(linesOf(text)).to.include('cachewarp_wait_seconds_count{status="hit"} 7');
    expect(text).to.include('cachewarp_misses_total{cache="c",reason="cold"} 0');
  });
});
