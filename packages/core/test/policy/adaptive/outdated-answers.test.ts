import { expect } from 'chai';
import fc from 'fast-check';
import { outdatedAnswers } from '#src/policy/adaptive/outdated-answers.js';

describe('outdatedAnswers', () => {
  it('is half of the answers where they were given all the time and changes are rare', () => {
    expect(outdatedAnswers(10, 100, 100, 1e-9)).to.be.closeTo(5, 1e-6);
  });

  it('is less where the change may have come after the last answer', () => {
    // Given during 5 s of 10 s: the mean over them of t/10 is 0.25.
    expect(outdatedAnswers(10, 5, 10, 1e-9)).to.be.closeTo(2.5, 1e-6);
    // λ = 0.1: (1 − (1 − e^−0.5)/0.5) / (1 − e^−1) = 0.213061 / 0.632121.
    expect(outdatedAnswers(10, 5, 10, 0.1)).to.be.closeTo(3.370576, 1e-5);
  });

  it('is almost all of them where the first change came at once', () => {
    expect(outdatedAnswers(10, 100, 100, 100)).to.be.closeTo(10, 0.01);
  });

  it('is none without answers or without time', () => {
    expect(outdatedAnswers(0, 5, 10, 0.1)).to.equal(0);
    expect(outdatedAnswers(5, 0, 0, 0.1)).to.equal(0);
  });

  it('is a number from 0 to all of them', () => {
    const positive = fc.double({ min: 1e-9, max: 1e9, noNaN: true });
    fc.assert(
      fc.property(fc.nat(1e6), positive, positive, positive, (hits, servedS, gapS, rate) => {
        const outdated = outdatedAnswers(hits, servedS, gapS, rate);
        expect(outdated).to.be.within(0, hits * (1 + 1e-9));
      }),
    );
  });
});
