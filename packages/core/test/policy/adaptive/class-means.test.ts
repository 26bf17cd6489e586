import { expect } from 'chai';
import { ClassMeans } from '#src/policy/adaptive/class-means.js';
import { firstLook } from '#src/policy/adaptive/object-history.js';

const UNKNOWN = firstLook(0, undefined);

describe('ClassMeans', () => {
  it('begins with one change an hour and one request a minute', () => {
    const means = new ClassMeans();
    expect(means.changeRateOf(UNKNOWN)).to.be.closeTo(1 / 3600, 1e-12);
    expect(means.requestRateOf(UNKNOWN)).to.be.closeTo(1 / 60, 1e-12);
  });

  it('takes an object that is not known yet for one of its class', () => {
    const means = new ClassMeans();
    for (let look = 0; look < 5000; look++) means.record({ gapS: 100, hits: 9, hasChanged: true }, 1);
    // One change in 100 s, ten requests in 100 s; the last 1,000 or so count.
    expect(means.changeIntervalS).to.be.closeTo(100, 5);
    expect(means.changeRateOf(UNKNOWN)).to.be.closeTo(0.01, 0.0005);
    expect(means.requestRateOf(UNKNOWN)).to.be.closeTo(0.1, 0.005);
  });

  it('believes an object the more, the more is known of it', () => {
    const means = new ClassMeans();
    // (1 + 0.3) / (100 + 0.3 · 3600) and (100 + 0.3) / (10,000 + 0.3 · 3600).
    const young = means.changeRateOf({ ...UNKNOWN, changes: 1, watchedS: 100 });
    const old = means.changeRateOf({ ...UNKNOWN, changes: 100, watchedS: 10_000 });
    expect(young).to.be.closeTo(1.3 / 1180, 1e-12);
    expect(old).to.be.closeTo(100.3 / 11_080, 1e-12);
    // (30 + 0.5) / (60 + 0.5 · 60).
    expect(means.requestRateOf({ ...UNKNOWN, requests: 30, requestedS: 60 })).to.be.closeTo(30.5 / 90, 1e-12);
  });
});
