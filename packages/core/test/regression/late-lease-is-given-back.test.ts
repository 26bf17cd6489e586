import { expect } from 'chai';
import { createCache } from '#src/engine/create-cache.js';
import type { SharedTier, TierSource } from '#src/engine/shared-tier.js';
import { FakeClock } from '#src/testing/fake-clock.js';
import { Deferred } from '#src/testing/race-kit.js';
import { SharedMedium } from '#src/testing/shared-medium.js';
import { settle } from '../engine/make-cache.js';

/*
 * A lease that the shared tier had given, and whose answer came after the caller had gone on without it, belonged to nobody: other processes
 * waited for its end although nobody loaded under it.
 */
describe('a lease that comes too late', () => {
  it('is given back, so that another process may fill at once', async () => {
    const clock = new FakeClock();
    const medium = new SharedMedium(clock);
    const gate = new Deferred();
    const node = medium.node();
    const slow: TierSource = {
      name: 'slow',
      open: (user): SharedTier => {
        const tier = node.open(user);
        const acquire = tier.store.acquire.bind(tier.store);
        tier.store.acquire = async (...args) => {
          const acquired = await acquire(...args);
          await gate.promise;
          return acquired;
        };
        return tier;
      },
    };
    const late = createCache({ name: 'app', store: slow, clock });
    const other = createCache({ name: 'app', store: medium.node(), clock });

    const alone = late.getOrLoad('k', () => 'alone', { when: () => false });
    await clock.advanceAsync(101);
    expect(await alone).to.equal('alone');
    gate.resolve();
    await settle();

    let answer: string | undefined;
    void other.getOrLoad('k', () => 'of the other').then((value) => (answer = value));
    await settle();
    expect(answer).to.equal('of the other');
  });
});
