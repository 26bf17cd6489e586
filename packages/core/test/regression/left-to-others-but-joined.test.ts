import { expect } from 'chai';
import { PausedLoader } from '#src/testing/race-kit.js';
import type { Cache } from '#src/engine/cache.js';
import { settle } from '../engine/make-cache.js';
import { makeNodes } from '../engine/make-nodes.js';

/*
 * A refresh behind a stale answer found that another process was refreshing already, and was about to end without a result, since nobody
 * waited for it. A caller for whom the stale answer was too old by then, and who joined it in just that moment, was never answered.
 */
describe('a refresh that is left to another process', () => {
  it('answers whoever joins it at whatever moment', async () => {
    for (let moment = 0; moment < 40; moment++) {
      const { nodes, clock } = makeNodes(2, { defaults: { ttl: 10, staleWhileRevalidate: 10 } });
      const [one, other] = nodes.map(({ cache }) => cache) as [Cache, Cache];
      for (const cache of [one, other]) await cache.getOrLoad('k', () => 'old');
      clock.advance(19_950);
      const loader = new PausedLoader<string>();
      void one.getOrLoad('k', loader.load);
      await settle();

      void other.getOrLoad('k', loader.load);
      clock.advance(60);
      const answers: string[] = [];
      const join = (): void => void other.getOrLoad('k', loader.load).then((value) => answers.push(value));
      // Every second moment comes behind all else that is due in the same turn.
      const turn = async (): Promise<void> => {
        for (let passed = 0; passed < moment / 2; passed++) await Promise.resolve();
        if (moment % 2 === 0) join();
        else queueMicrotask(join);
      };
      void turn();
      await settle();
      for (let round = 0; answers.length === 0 && round < 30; round++) {
        loader.calls.forEach((_, index) => loader.finish(index, 'new'));
        await settle();
        await clock.advanceAsync(1_000);
      }
      expect(answers, `joined ${moment} moments later`).to.deep.equal(['new']);
    }
  });
});
