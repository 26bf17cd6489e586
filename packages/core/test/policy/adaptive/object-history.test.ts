import { expect } from 'chai';
import { changesSeen, firstLook, recordLook } from '#src/policy/adaptive/object-history.js';

describe('firstLook', () => {
  it('takes a Last-Modified as one change and the quiet since', () => {
    expect(firstLook(1000, 250)).to.include({
      changes: 1,
      watchedS: 250,
      requests: 0,
      requestedS: 0,
      contactedAt: 1000,
    });
  });

  it('knows nothing where the origin does not say', () => {
    expect(firstLook(1000, undefined)).to.include({ changes: 0, watchedS: 0 });
    expect(firstLook(1000, NaN)).to.include({ changes: 0, watchedS: 0 });
  });

  it('takes a change in the future for one of now', () => {
    expect(firstLook(1000, -5)).to.include({ changes: 1, watchedS: 0 });
  });
});

describe('changesSeen', () => {
  it('is none where nothing has changed', () => {
    expect(changesSeen(0.1, { gapS: 10, hits: 0, hasChanged: false })).to.equal(0);
  });

  it('is y / (1 − e^−y) for one look that found a change', () => {
    // y = 0.1 · 10 = 1; 1 / (1 − 0.367879) = 1.581977.
    expect(changesSeen(0.1, { gapS: 10, hits: 0, hasChanged: true })).to.be.closeTo(1.581977, 1e-6);
  });

  it('is one where more are unlikely, and never more than eight', () => {
    expect(changesSeen(1e-9, { gapS: 1, hits: 0, hasChanged: true })).to.equal(1);
    expect(changesSeen(0.1, { gapS: 0, hits: 0, hasChanged: true })).to.equal(1);
    expect(changesSeen(1, { gapS: 1e6, hits: 0, hasChanged: true })).to.equal(8);
  });
});

describe('recordLook', () => {
  const look = (gapS: number, hits: number) => ({ gapS, hits, hasChanged: true });

  it('adds the changes and the time, and lets requests fade', () => {
    const history = firstLook(1000, 100);
    recordLook(history, look(50, 9), 2);
    expect(history).to.include({ changes: 3, watchedS: 150, requests: 10, requestedS: 50, contactedAt: 1050 });
    recordLook(history, look(20, 4), 0);
    // 0.7 · 10 + 4 + 1 = 12; 0.7 · 50 + 20 = 55.
    expect(history).to.include({ changes: 3, watchedS: 170, requests: 12, requestedS: 55, contactedAt: 1070 });
  });

  it('lets changes fade once more than eight are on record', () => {
    const history = { ...firstLook(0, undefined), changes: 10, watchedS: 1000 };
    recordLook(history, look(100, 0), 1);
    expect(history).to.include({ changes: 10, watchedS: 1000 });
    const few = { ...firstLook(0, undefined), changes: 8, watchedS: 1000 };
    recordLook(few, look(100, 0), 1);
    expect(few).to.include({ changes: 9, watchedS: 1100 });
  });
});
