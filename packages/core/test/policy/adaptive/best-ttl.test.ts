import { expect } from 'chai';
import fc from 'fast-check';
import { bestTtl } from '#src/policy/adaptive/best-ttl.js';

const rate = fc.double({ min: 1e-12, max: 1e6, noNaN: true });
const price = fc.double({ min: 1, max: 1e4, noNaN: true });

describe('bestTtl', () => {
  it('is (√(1 + 2r/(μλ)) − 1) / r', () => {
    // 2 · (1/60) · 3600 / 5 = 24, √25 = 5, (5 − 1) · 60 = 240.
    expect(bestTtl({ changeRate: 1 / 3600, requestRate: 1 / 60, price: 5 })).to.be.closeTo(240, 1e-9);
  });

  it('is the ttl of least cost: no neighbour costs less', () => {
    const [changeRate, requestRate, mu] = [0.001, 0.2, 8];
    const costOf = (ttl: number) => (1 + (mu * requestRate * changeRate * ttl ** 2) / 2) / (ttl + 1 / requestRate);
    const best = bestTtl({ changeRate, requestRate, price: mu });
    expect(costOf(best)).to.be.below(costOf(best * 1.01));
    expect(costOf(best)).to.be.below(costOf(best * 0.99));
  });

  it('is not more than 1/λ, however little is asked for', () => {
    // Without the cap it would be 1/(μλ) = 200 s at μ = 0.5.
    expect(bestTtl({ changeRate: 0.01, requestRate: 1e-12, price: 0.5 })).to.equal(100);
  });

  it('keeps its digits where almost nothing is asked for', () => {
    expect(bestTtl({ changeRate: 0.01, requestRate: 1e-15, price: 10 })).to.be.closeTo(10, 1e-9);
  });

  it('is finite and above 0', () => {
    fc.assert(
      fc.property(rate, rate, price, (changeRate, requestRate, mu) => {
        const ttl = bestTtl({ changeRate, requestRate, price: mu });
        expect(ttl).to.be.above(0).and.to.be.finite;
      }),
    );
  });

  it('does not grow with λ or μ', () => {
    fc.assert(
      fc.property(
        rate,
        rate,
        price,
        fc.double({ min: 1, max: 1000, noNaN: true }),
        (changeRate, requestRate, mu, by) => {
          const ttl = bestTtl({ changeRate, requestRate, price: mu }) * (1 + 1e-9);
          expect(bestTtl({ changeRate: changeRate * by, requestRate, price: mu })).to.be.at.most(ttl);
          expect(bestTtl({ changeRate, requestRate, price: mu * by })).to.be.at.most(ttl);
        },
      ),
    );
  });
});
