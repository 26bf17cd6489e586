import { expect } from 'chai';
import * as fc from 'fast-check';
import { KeyNumbers } from '#src/store/eviction/key-numbers.js';

describe('KeyNumbers', () => {
  it('gives every key a number of its own for as long as it is wanted', () => {
    // Few of their low bits differ, so that many share a bucket.
    const hash = fc.integer({ min: -40, max: 40 }).map((number) => number * 32);
    const step = fc.record({ hash, isLeaving: fc.boolean() });
    fc.assert(
      fc.property(fc.array(step, { size: 'max', maxLength: 400 }), (steps) => {
        const numbers = new KeyNumbers(81);
        const expected = new Map<number, number>();
        for (const { hash: asked, isLeaving } of steps) {
          const number = numbers.numberOf(asked);
          expect(number).to.equal(expected.get(asked) ?? number);
          expect(numbers.hashOf(number)).to.equal(asked);
          expected.set(asked, number);
          expect(new Set(expected.values()).size).to.equal(expected.size);
          expect(number).to.be.within(1, 81);
          if (!isLeaving) continue;
          numbers.remove(number);
          expected.delete(asked);
        }
        numbers.clear();
        expect(numbers.numberOf(7)).to.equal(1);
      }),
    );
  });
});
