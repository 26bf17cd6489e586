import { hitRatio, momentBefore, quantileMs, sumUp } from '@cachewarp/admin/figures';
import { expect } from 'chai';

describe('rates', () => {
  it('takes hits, stale and revalidated answers of all that asked the cache as its ratio, and leaves the rest out', () => {
    expect(hitRatio({ hit: 6, stale: 1, revalidated: 1, miss: 2, bypass: 100, error: 50 }, {})).to.equal(0.8);
    expect(hitRatio({ hit: 5 }, { hit: 5 })).to.equal(undefined);
  });

  it('does not count a counter that began anew', () => {
    expect(hitRatio({ hit: 1, miss: 3 }, { hit: 100, miss: 2 })).to.equal(0);
  });

  it('finds a quantile within its bucket, and above the last bound that bound', () => {
    const buckets = [
      [0.01, 50],
      [0.1, 100],
      [Infinity, 100],
    ] as const;
    expect(quantileMs(0.75, buckets, undefined)).to.be.closeTo(55, 0.001);
    expect(
      quantileMs(
        0.5,
        [
          [0.01, 0],
          [Infinity, 9],
        ],
        undefined,
      ),
    ).to.equal(10);
    expect(quantileMs(0.5, buckets, buckets)).to.equal(undefined);
  });
});

describe('the sums of metrics', () => {
  const sumsOf = (samples: Readonly<Record<string, number>>): ReturnType<typeof sumUp> =>
    sumUp(new Map(Object.entries(samples).map(([series, value]) => [`cachewarp_${series}`, value])), 1);

  it('tell requests by word and by route', () => {
    const { requests, routes } = sumsOf({
      'requests_total{cache="a",route="one",status="hit"}': 3,
      'requests_total{cache="a",route="two",status="hit"}': 4,
      'requests_total{cache="a",status="miss"}': 2,
    });

    expect(requests).to.deep.equal({ hit: 7, miss: 2 });
    expect([...routes]).to.deep.equal([
      ['one', { hit: 3 }],
      ['two', { hit: 4 }],
    ]);
  });

  it('tell latencies of hits and of misses apart, and none where nobody measures', () => {
    const sums = sumsOf({
      'request_duration_seconds_bucket{le="+Inf",status="hit"}': 5,
      'request_duration_seconds_bucket{le="0.1",status="hit"}': 4,
      'request_duration_seconds_bucket{le="0.1",status="stale"}': 1,
      'request_duration_seconds_bucket{le="0.1",status="revalidated"}': 2,
    });

    expect(sums.hitLatency).to.deep.equal([
      [0.1, 5],
      [Infinity, 5],
    ]);
    expect(sums.missLatency).to.deep.equal([[0.1, 2]]);
    expect(sums.loadLatency).to.equal(undefined);
  });

  it('tell of each origin and tier', () => {
    const { origins, tiers, originLatency } = sumsOf({
      'origin_requests_total{origin="h:80"}': 9,
      'origin_breaker_state{origin="h:80"}': 2,
      'origin_duration_seconds_bucket{origin="h:80",le="0.1"}': 8,
      'origin_duration_seconds_bucket{origin="i:80",le="0.1"}': 1,
      'entries{tier="memory"}': 7,
      'breaker_state{tier="redis"}': 1,
    });

    expect(origins.get('h:80')).to.deep.include({ requests: 9, breaker: 2, healthy: 1, latency: [[0.1, 8]] });
    expect(originLatency).to.deep.equal([[0.1, 9]]);
    expect([...tiers]).to.deep.equal([
      ['memory', { entries: 7, bytes: undefined, evictions: 0, breaker: undefined }],
      ['redis', { entries: undefined, bytes: undefined, evictions: 0, breaker: 1 }],
    ]);
  });

  it('are found by how long ago they were', () => {
    const totals = [1, 2, 3.1].map((at) => sumUp(new Map(), at));

    expect(momentBefore(totals, 1)?.at).to.equal(2);
    expect(momentBefore(totals, 60)?.at).to.equal(1);
    expect(momentBefore([], 1)).to.equal(undefined);
  });
});
