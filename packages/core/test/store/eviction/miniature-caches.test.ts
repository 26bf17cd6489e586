import { expect } from 'chai';
import { hashKey } from '#src/store/eviction/hash-key.js';
import { MiniatureCaches } from '#src/store/eviction/miniature-caches.js';

const FREQUENCY = 0;
const RECENCY = 1;

function makeCaches(): MiniatureCaches {
  const caches = new MiniatureCaches([0.02, 0.98], 64);
  caches.resize(64);
  return caches;
}

describe('MiniatureCaches', () => {
  it('find that frequency suits keys that come round, again and again, and are more than fit', () => {
    const caches = makeCaches();
    for (let request = 0; request < 3000; request++) caches.request(hashKey(`${request % 80}`));
    expect(caches.best()).to.equal(FREQUENCY);
    expect(caches.hitsOf(FREQUENCY)).to.be.above(2 * caches.hitsOf(RECENCY));
  });

  it('find that recency suits keys that are asked for a few times and never again', () => {
    const caches = makeCaches();
    for (let key = 0; key < 3000; key++) for (const back of [0, 10, 40]) caches.request(hashKey(`${key - back}`));
    expect(caches.best()).to.equal(RECENCY);
    expect(caches.hitsOf(RECENCY)).to.be.above(caches.hitsOf(FREQUENCY));
  });

  it('hit what they hold, never more than fits, and count less what is long ago', () => {
    const caches = makeCaches();
    caches.resize(4);
    for (const key of 'aabbccdd') caches.request(hashKey(key));
    expect(caches.hitsOf(RECENCY)).to.equal(4);
    for (const key of 'efghijkl') caches.request(hashKey(key));
    expect(caches.hitsOf(RECENCY)).to.equal(4);
    caches.fadeHits(0.5);
    expect(caches.hitsOf(RECENCY)).to.equal(2);
    caches.clear();
    caches.request(hashKey('l'));
    expect(caches.hitsOf(RECENCY)).to.equal(2);
  });
});
