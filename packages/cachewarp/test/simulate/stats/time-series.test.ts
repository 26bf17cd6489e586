import { expect } from 'chai';
import { PeakRate } from '#src/simulate/stats/peak-rate.js';
import { TimeSeries } from '#src/simulate/stats/time-series.js';

describe('TimeSeries', () => {
  it('counts in buckets that widen with the log, and loses nothing', () => {
    const series = new TimeSeries();
    for (let second = 0; second < 10_000; second++) series.add(5_000 + second * 1000, second % 4 === 0);
    const buckets = series.buckets();
    expect(series.widthMs).to.equal(32_000);
    expect(buckets.length).to.be.at.most(360);
    expect(buckets[0]).to.deep.equal({ at: 5_000, requests: 32, originRequests: 8 });
    expect(buckets.reduce((sum, { requests }) => sum + requests, 0)).to.equal(10_000);
  });
});

describe('PeakRate', () => {
  it('knows the most within one second', () => {
    const rate = new PeakRate();
    for (const at of [0, 100, 1000, 1200, 1999, 2000]) rate.add(at);
    expect(rate.peak).to.equal(3);
  });
});
