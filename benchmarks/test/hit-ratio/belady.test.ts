import { expect } from 'chai';
import * as fc from 'fast-check';
import { beladyHitRatio } from '#src/hit-ratio/belady.js';

/** The most hits that any choice of victims can have, found by trying all of them. */
function mostHits(keys: readonly number[], capacity: number, held: ReadonlySet<number> = new Set()): number {
  const [key, ...rest] = keys;
  if (key === undefined) return 0;
  if (held.has(key)) return 1 + mostHits(rest, capacity, held);
  const withKey = new Set(held).add(key);
  if (withKey.size <= capacity) return mostHits(rest, capacity, withKey);
  return Math.max(
    ...[...withKey].map((victim) => {
      const kept = new Set(withKey);
      kept.delete(victim);
      return mostHits(rest, capacity, kept);
    }),
  );
}

describe('beladyHitRatio', () => {
  it('is what the best choice of victims reaches', () => {
    const keys = fc.array(fc.nat(4), { minLength: 1, maxLength: 10 });
    fc.assert(
      fc.property(keys, fc.integer({ min: 1, max: 3 }), (requests, capacity) => {
        const hits = beladyHitRatio(Int32Array.from(requests), capacity) * requests.length;
        expect(Math.round(hits)).to.equal(mostHits(requests, capacity));
      }),
    );
  });

  it('keeps part of a loop that does not fit', () => {
    const loop = Int32Array.from({ length: 1000 }, (_, request) => request % 10);
    expect(beladyHitRatio(loop, 5)).to.equal((99 * 5) / 1000);
  });
});
