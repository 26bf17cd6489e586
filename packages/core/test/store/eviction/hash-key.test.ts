import { expect } from 'chai';
import { hashKey } from '#src/store/eviction/hash-key.js';

describe('hashKey', () => {
  it('answers 32 bits with a sign, the same ones for the same key', () => {
    for (const key of ['', 'a', 'ab', 'user:1', '💥\ud800', 'x'.repeat(8192)]) {
      expect(hashKey(key))
        .to.equal(hashKey(key))
        .and.to.be.within(-(2 ** 31), 2 ** 31 - 1);
      expect(Number.isInteger(hashKey(key))).to.equal(true);
    }
  });

  it('tells keys apart that differ little', () => {
    const keys = [];
    for (let id = 0; id < 50_000; id++) keys.push(`user:${id}`, `${id}:user`);
    keys.push('', 'a', 'aa', 'aaa', 'ab', 'ba');
    expect(new Set(keys.map(hashKey)).size).to.be.above(keys.length - 6);
  });

  it('spreads keys evenly, in its low bits and in its high bits', () => {
    const low = new Uint32Array(64);
    const high = new Uint32Array(64);
    for (let id = 0; id < 64_000; id++) {
      const hash = hashKey(`/products/${id}?page=1`);
      low[hash & 63]!++;
      high[hash >>> 26]!++;
    }
    for (const counts of [low, high]) expect([...counts].every((count) => count > 850 && count < 1150)).to.equal(true);
  });
});
