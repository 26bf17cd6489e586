import { FakeClock } from '@cachewarp/core/testing';
import { expect } from 'chai';
import { FailureLimiter } from '#src/access/failure-limiter.js';

describe('FailureLimiter', () => {
  it('remembers a bounded number of addresses, forgetting the oldest', () => {
    const limiter = new FailureLimiter(new FakeClock());
    for (let failure = 0; failure < 10; failure++) limiter.failed('first');
    expect(limiter.waitMs('first')).to.equal(60_000);

    for (let other = 0; other < 1_000; other++) limiter.failed(`other ${other}`);

    expect(limiter.waitMs('first')).to.equal(0);
  });
});
