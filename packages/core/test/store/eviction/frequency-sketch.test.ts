import { expect } from 'chai';
import * as fc from 'fast-check';
import { FrequencySketch } from '#src/store/eviction/frequency-sketch.js';
import { hashKey } from '#src/store/eviction/hash-key.js';

describe('FrequencySketch', () => {
  it('never estimates too low, up to 15', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(200), { maxLength: 600 }), (keys) => {
        const sketch = new FrequencySketch();
        const exact = new Map<number, number>();
        for (const [index, key] of keys.entries()) {
          if (index === 300) sketch.reserve(200);
          sketch.count(hashKey(`key ${key}`), 1);
          exact.set(key, (exact.get(key) ?? 0) + 1);
        }
        for (const [key, count] of exact) {
          expect(sketch.estimate(hashKey(`key ${key}`))).to.be.within(Math.min(15, count), 15);
        }
      }),
    );
  });

  it('is right about nearly all of as many keys as it has room for', () => {
    const sketch = new FrequencySketch();
    sketch.reserve(1000);
    for (let key = 0; key < 1000; key++) sketch.count(hashKey(`${key}`), key % 7);
    let wrong = 0;
    for (let key = 0; key < 1000; key++) if (sketch.estimate(hashKey(`${key}`)) !== key % 7) wrong++;
    expect(wrong).to.be.below(60);
  });

  it('halves what it has counted, rounding down', () => {
    const sketch = new FrequencySketch();
    const [seven, one] = [hashKey('seven'), hashKey('one')];
    for (let times = 0; times < 7; times++) sketch.count(seven, 1);
    sketch.count(one, 1);
    sketch.halve();
    expect([sketch.estimate(seven), sketch.estimate(one)]).to.deep.equal([3, 0]);
    sketch.clear();
    expect(sketch.estimate(seven)).to.equal(0);
  });

  it('counts several requests as it counts them one by one, and no further than it can', () => {
    const [atOnce, oneByOne] = [new FrequencySketch(), new FrequencySketch()];
    atOnce.count(hashKey('key'), 6);
    for (let times = 0; times < 6; times++) oneByOne.count(hashKey('key'), 1);
    expect(atOnce.estimate(hashKey('key'))).to.equal(oneByOne.estimate(hashKey('key')));
    atOnce.count(hashKey('key'), 14);
    expect(atOnce.estimate(hashKey('key'))).to.equal(15);
  });

  it('knows after growing what it knew before', () => {
    const sketch = new FrequencySketch();
    const hashes = Array.from({ length: 50 }, (_, key) => hashKey(`key ${key}`));
    for (const [key, hash] of hashes.entries()) sketch.count(hash, key % 5);
    const before = hashes.map((hash) => sketch.estimate(hash));
    sketch.reserve(10_000);
    expect(hashes.map((hash) => sketch.estimate(hash))).to.deep.equal(before);
  });
});
