import { expect } from 'chai';
import { makeRig, xCache } from './make-http-cache.js';

describe('Back-off', () => {
  it('doubles with each failure in a row, up to a minute, and ends with a success', async () => {
    const { get, clock, origin } = makeRig({
      origin: () => ({ headers: { 'Cache-Control': 'max-age=1, stale-if-error=100000' } }),
    });
    await get();
    clock.advance(2_000);
    origin.handler = () => Promise.reject(new Error('down'));
    const waits: number[] = [];
    for (let failure = 0; failure < 9; failure++) {
      expect(xCache(await get())).to.equal('STALE');
      const calls = origin.calls;
      let waited = 0;
      while (origin.calls === calls) {
        clock.advance(250);
        waited += 250;
        // Asks only when the back-off is over; that call is the next failure.
        await get();
      }
      waits.push(waited);
      clock.jumpTo(clock.now());
    }
    expect(waits[0]).to.equal(750);
    for (let failure = 1; failure < waits.length; failure++) {
      expect(waits[failure]).to.be.at.least(waits[failure - 1]!);
      expect(waits[failure]).to.be.at.most(60_000);
    }
    expect(waits.at(-1)).to.equal(45_000);
    clock.advance(60_000);
    origin.handler = () => ({ headers: { 'Cache-Control': 'max-age=1, stale-if-error=100000' } });
    expect(xCache(await get())).to.equal('MISS');
    clock.advance(2_000);
    origin.handler = () => Promise.reject(new Error('down again'));
    const calls = origin.calls;
    await get();
    clock.advance(750);
    await get();
    expect(origin.calls - calls, 'begins anew').to.equal(2);
  });
});
