import { expect } from 'chai';
import type { EvictionPolicyName } from '#src/store/eviction/make-eviction-policy.js';
import { MemoryStore } from '#src/store/memory-store.js';
import { makeEntry } from '../make-entry.js';

const ENTRIES = 1000;

/** Hits of a store with that policy, request by request. */
function hits(policy: EvictionPolicyName, requests: readonly number[]): number {
  const store = new MemoryStore({ policy, maxEntries: ENTRIES, maxBytes: '1gb' });
  let count = 0;
  for (const request of requests) {
    if (store.record(`${request}`) !== undefined) count++;
    else store.put(`${request}`, makeEntry('value'));
  }
  return count;
}

/** A loop over more than fits. */
const LOOP = Array.from({ length: 60_000 }, (_, index) => index % 1500);
/** Keys that come a few times within a short while, and never again. */
const BURSTS = Array.from({ length: 20_000 }, (_, index) =>
  [index, index - 200, index - 700].map((key) => 10_000 + key),
).flat();

describe('AdaptivePolicy', () => {
  it('stands a loop, as tinylfu does and lru does not', () => {
    expect(hits('adaptive', LOOP)).to.be.above(0.9 * hits('tinylfu', LOOP));
    expect(hits('lru', LOOP)).to.equal(0);
  });

  it('follows bursts, as lru does', () => {
    expect(hits('adaptive', BURSTS)).to.be.above(0.97 * hits('lru', BURSTS));
  });

  it('follows requests that change their kind', () => {
    const both = [...LOOP, ...BURSTS, ...LOOP, ...BURSTS];
    expect(hits('adaptive', both)).to.be.above(hits('lru', both));
    expect(hits('adaptive', both)).to.be.above(hits('tinylfu', both));
  });
});
