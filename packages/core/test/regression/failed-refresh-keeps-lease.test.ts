import { expect } from 'chai';
import type { Cache } from '#src/engine/cache.js';
import { settle } from '../engine/make-cache.js';
import { makeNodes } from '../engine/make-nodes.js';

/*
 * A refresh that failed was answered with the stale value, and its lease in the shared tier was not given back but renewed for ever: no
 * other process could refresh the key as long as that one lived.
 */
describe('a refresh that fails', () => {
  for (const window of ['staleWhileRevalidate', 'staleIfError'] as const) {
    it(`gives its lease back to the other processes, where the stale value is served by ${window}`, async () => {
      const { nodes, clock } = makeNodes(2, { defaults: { ttl: 10, [window]: 3_600 } });
      const [one, other] = nodes.map(({ cache }) => cache) as [Cache, Cache];
      for (const cache of [one, other]) await cache.getOrLoad('k', () => 'old');
      clock.advance(11_000);

      const failing = one.getOrLoad('k', () => Promise.reject(new Error('down')));
      await settle();
      expect(await failing).to.equal('old');

      const answer = other.getOrLoad('k', () => 'new');
      await settle();
      expect(await answer).to.equal(window === 'staleIfError' ? 'new' : 'old');
      expect(await other.getOrLoad('k', () => 'newer')).to.equal('new');
    });
  }
});
