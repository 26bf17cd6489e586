import { expect } from 'chai';
import { DistinctCounter } from '#src/simulate/stats/distinct-counter.js';
import { hashText } from '#src/simulate/stats/hash-text.js';

describe('DistinctCounter', () => {
  function filled(from: number, to: number): DistinctCounter {
    const counter = new DistinctCounter(12, 100);
    for (let turn = 0; turn < 2; turn++)
      for (let index = from; index < to; index++) counter.add(hashText(`/item/${index}`));
    return counter;
  }

  it('is exact up to its limit', () => expect(filled(0, 100).count).to.equal(100));

  for (const count of [200, 5_000, 200_000]) {
    it(`is within 5 % for ${count} things, three standard errors`, () => {
      expect(filled(0, count).count / count).to.be.within(0.95, 1.05);
    });
  }

  it('merged, counts what either has seen, once', () => {
    const both = filled(0, 60);
    both.merge(filled(30, 90));
    expect(both.count).to.equal(90);
    const many = filled(0, 20_000);
    many.merge(filled(10_000, 40_000));
    expect(many.count / 40_000).to.be.within(0.95, 1.05);
    const few = filled(0, 50);
    few.merge(filled(0, 20_000));
    expect(few.count / 20_000).to.be.within(0.95, 1.05);
  });
});
