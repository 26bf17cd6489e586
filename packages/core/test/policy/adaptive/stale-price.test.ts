import { expect } from 'chai';
import fc from 'fast-check';
import { StalePrice } from '#src/policy/adaptive/stale-price.js';

/** 500 looks at which this share of the answers was outdated. */
function step(price: StalePrice, share: number, isHeld = false): void {
  for (let look = 0; look < 500; look++) price.record({ answers: 100, outdated: 100 * share }, isHeld);
}

describe('StalePrice', () => {
  it('begins at 0.1 over the budget', () => {
    expect(new StalePrice(0.02).price).to.be.closeTo(5, 1e-12);
    expect(new StalePrice(0.01).price).to.be.closeTo(10, 1e-12);
  });

  it('takes a step after 500 looks and not before', () => {
    const price = new StalePrice(0.02);
    for (let look = 0; look < 499; look++) price.record({ answers: 1, outdated: 1 });
    expect([price.price, price.measuredShare]).to.deep.equal([5, undefined]);
    price.record({ answers: 1, outdated: 1 });
    expect(price.measuredShare).to.equal(1);
    expect(price.price).to.be.above(5);
  });

  it('steps by 0.4 ln of the share over 0.8 of the budget', () => {
    const price = new StalePrice(0.02);
    step(price, 0.024);
    // 0.024 / 0.016 = 1.5; 5 · e^(0.4 · 0.405465) = 5 · 1.176079.
    expect(price.price).to.be.closeTo(5.880395, 1e-5);
  });

  it('stays where the share is 0.8 of the budget', () => {
    const price = new StalePrice(0.02);
    step(price, 0.016);
    expect(price.price).to.be.closeTo(5, 1e-9);
  });

  it('steps no further than e^±0.3', () => {
    const up = new StalePrice(0.02);
    step(up, 0.9);
    expect(up.price).to.be.closeTo(5 * Math.exp(0.3), 1e-9);
    const down = new StalePrice(0.02);
    step(down, 0);
    expect(down.price).to.be.closeTo(5 * Math.exp(-0.3), 1e-9);
  });

  it('keeps from a tenth to ten times of where it began, and is never below 1', () => {
    for (const [budget, least, most] of [
      [0.01, 1, 100],
      [0.001, 10, 1000],
      [0.05, 1, 20],
      [0.5, 1, 2],
    ] as const) {
      const price = new StalePrice(budget);
      for (let time = 0; time < 50; time++) step(price, 0);
      expect(price.price, `least at ${budget}`).to.be.closeTo(least, 1e-9);
      for (let time = 0; time < 50; time++) step(price, 1);
      expect(price.price, `most at ${budget}`).to.be.closeTo(most, 1e-9);
    }
  });

  it('is held while something else than the budget decides, and goes on measuring', () => {
    const price = new StalePrice(0.02);
    step(price, 0.5, true);
    expect(price.price).to.equal(5);
    expect(price.measuredShare).to.be.closeTo(0.5, 1e-12);
  });

  it('corrects the estimates by what was seen at hits that were fetched anew, the more the more were', () => {
    const price = new StalePrice(0.02);
    for (let time = 0; time < 50; time++) {
      price.recordWait({ answers: 100, outdated: 1 });
      price.recordLook({ answers: 100, outdated: 1.5 });
    }
    step(price, 0.01);
    // Fading leaves 48.8 of 50 changes seen: 1.5^(48.8 / 98.8) = 1.2217.
    expect(price.measuredShare).to.be.closeTo(0.012217, 1e-5);
  });

  it('believes no correction of more than twice or half', () => {
    const price = new StalePrice(0.02);
    for (let time = 0; time < 5000; time++) {
      price.recordWait({ answers: 100, outdated: 1 });
      price.recordLook({ answers: 100, outdated: 90 });
    }
    step(price, 0.01);
    expect(price.measuredShare).to.be.closeTo(0.02, 1e-12);
  });

  it('finds the price at which the share is 0.8 of the budget, wherever that is within its bounds', () => {
    // A model of what ttls do: the share falls with the root of the price.
    fc.assert(
      fc.property(fc.double({ min: 0.5, max: 2.5, noNaN: true }), (factor) => {
        const budget = 0.02;
        const price = new StalePrice(budget);
        const shareAt = (mu: number) => (0.8 * budget * factor) / Math.sqrt(mu / 5);
        for (let time = 0; time < 60; time++) step(price, shareAt(price.price));
        expect(shareAt(price.price) / (0.8 * budget)).to.be.closeTo(1, 0.02);
      }),
      { numRuns: 25 },
    );
  });

  it('is a number whatever is counted', () => {
    const count = fc.oneof(fc.constant(0), fc.double({ min: 0, max: 1e9, noNaN: true }));
    fc.assert(
      fc.property(fc.array(fc.tuple(count, count), { minLength: 1, maxLength: 20 }), (served) => {
        const price = new StalePrice(0.02);
        for (const [hits, outdated] of served) {
          price.recordLook({ answers: hits + 1, outdated });
          price.recordWait({ answers: hits + 1, outdated });
          for (let look = 0; look < 500; look++) price.record({ answers: hits + 1, outdated });
        }
        expect(price.price).to.be.within(1, 50 * (1 + 1e-9));
      }),
      { numRuns: 30 },
    );
  });
});
