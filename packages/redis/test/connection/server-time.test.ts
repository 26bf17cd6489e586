import { expect } from 'chai';
import { ServerTime } from '#src/connection/server-time.js';

describe('ServerTime', () => {
  it('takes small differences, and what the way of the answer may account for, as none', () => {
    const time = new ServerTime();
    time.measured(1_000_040, 1_000_000, 1_000_002);
    time.measured(1_000_900, 1_000_000, 1_001_800);

    expect(time.shiftMs).to.equal(0);
  });

  it('is a whole number that stays as it is while measurements agree', () => {
    const time = new ServerTime();
    time.measured(1_010_000.3, 1_000_000, 1_000_001);
    expect(time.shiftMs).to.equal(10_000);
    time.measured(1_010_030, 1_000_000, 1_000_001);
    expect(time.shiftMs).to.equal(10_000);
    time.measured(900_000, 1_000_000, 1_000_001);
    expect(time.shiftMs).to.equal(-100_000);
  });

  it('does not believe what is no number', () => {
    const time = new ServerTime();
    time.measured(Number.NaN, 1, 2);
    expect(time.shiftMs).to.equal(0);
  });
});
