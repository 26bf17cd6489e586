import { createCache } from '@cachewarp/core';
import { FakeClock } from '@cachewarp/core/testing';
import { expect } from 'chai';
import { HttpCache } from '#src/cache/http-cache.js';
import { resolveHttpPolicy } from '#src/cache/http-policy.js';
import { makeRequest, OriginDouble, xCache } from './make-http-cache.js';

/** Lags behind, as the coarse clock of a busy process does. */
class LaggingClock extends FakeClock {
  override coarseNow(): number {
    return this.now() - 100;
  }
}

describe('HttpCache.fresh in the last moments of an answer', () => {
  for (const [maxAge, waitMs] of [
    [0, 0],
    [1, 1_050],
  ] as const) {
    it(`serves nothing past max-age=${maxAge}, however coarse the clock`, async () => {
      const clock = new LaggingClock();
      const cache = createCache({ clock });
      const http = new HttpCache(cache);
      const policy = resolveHttpPolicy();
      const origin = new OriginDouble(clock, () => ({
        headers: { ETag: '"1"', 'Cache-Control': `max-age=${maxAge}` },
      }));
      await http.handle(makeRequest(), origin.serve, policy);
      clock.advance(waitMs);
      expect(http.fresh(makeRequest(), policy)).to.equal(undefined);
      expect(xCache(await http.handle(makeRequest(), origin.serve, policy))).to.not.equal('HIT');
    });
  }
});
