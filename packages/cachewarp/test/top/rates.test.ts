import { expect } from 'chai';
import { hitRatio, quantileMs } from '#src/top/rates.js';

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
    expect(quantileMs(0.75, buckets, [])).to.be.closeTo(55, 0.001);
    expect(
      quantileMs(
        0.5,
        [
          [0.01, 0],
          [Infinity, 9],
        ],
        [],
      ),
    ).to.equal(10);
    expect(quantileMs(0.5, buckets, buckets)).to.equal(undefined);
  });
});
