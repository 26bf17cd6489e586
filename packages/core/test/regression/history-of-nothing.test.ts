import { createCache } from '#src/engine/create-cache.js';
import { expect } from 'chai';

/*
 * `cache.history(0)` answered everything that the log remembers, because the last 0 elements of a list were asked for as `slice(-0)`.
 */
describe('a history of no records', () => {
  it('is empty', async () => {
    const cache = createCache();
    await cache.invalidate({ tags: ['a'] });

    expect(cache.history(0)).to.deep.equal([]);
    expect(cache.history(-1)).to.deep.equal([]);
    expect(cache.history(1)).to.have.length(1);
    await cache.close();
  });
});
