import { expect } from 'chai';
import fc from 'fast-check';
import { expiresAt, type CacheEntry } from '#src/entry/cache-entry.js';
import { judge, staleUse } from '#src/entry/freshness.js';

const instants = (freshUntil: number, staleUntil = 0, errorUntil = 0) => ({ freshUntil, staleUntil, errorUntil });

describe('judge', () => {
  it('says fresh before the end of freshness and not at it', () => {
    expect(judge(instants(100), 99.9)).to.equal('fresh');
    expect(judge(instants(100), 100)).to.equal('expired');
  });

  it('says stale while either window is open', () => {
    expect(judge(instants(100, 200), 199)).to.equal('stale');
    expect(judge(instants(100, 0, 300), 299)).to.equal('stale');
    expect(judge(instants(100, 200, 300), 300)).to.equal('expired');
  });

  it('knows entries that never expire', () => {
    expect(judge(instants(Infinity), Number.MAX_VALUE)).to.equal('fresh');
    expect(judge(instants(100, Infinity), Number.MAX_VALUE)).to.equal('stale');
  });
});

describe('staleUse', () => {
  it('prefers to serve while a refresh runs, then only when the load fails', () => {
    const entry = instants(100, 200, 300);
    expect([150, 200, 299, 300].map((now) => staleUse(entry, now))).to.deep.equal([
      'while-revalidating',
      'on-error',
      'on-error',
      'never',
    ]);
  });

  it('has a use exactly for the entries that are called stale', () => {
    const anInstant = fc.oneof(fc.integer({ min: 0, max: 10 }), fc.constant(Infinity));
    fc.assert(
      fc.property(anInstant, anInstant, anInstant, fc.integer({ min: 0, max: 10 }), (fresh, stale, error, now) => {
        const entry = instants(fresh, stale, error);
        if (judge(entry, now) === 'fresh') return;
        expect(judge(entry, now) === 'stale').to.equal(staleUse(entry, now) !== 'never');
      }),
    );
  });
});

describe('expiresAt', () => {
  it('is the last instant at which anything could use the entry', () => {
    const entry = { ...instants(100, 200, 300), keepUntil: 400 } as CacheEntry;
    expect(expiresAt(entry)).to.equal(400);
    expect(expiresAt({ ...entry, freshUntil: 500 })).to.equal(500);
    expect(expiresAt({ ...entry, errorUntil: Infinity })).to.equal(Infinity);
  });
});
