import { expect } from 'chai';
import { makeCache } from './make-cache.js';

describe('serving a record that somebody kept', () => {
  async function keptRecord() {
    const { cache, clock } = makeCache();
    await cache.set('k', 'value', { ttl: 60, tags: ['t'] });
    return { cache, clock, record: cache.leases.fresh('k')! };
  }

  it('counts a hit each time', async () => {
    const { cache, record } = await keptRecord();
    expect([await cache.leases.serveHot(record), await cache.leases.serveHot(record)]).to.deep.equal([
      'value',
      'value',
    ]);
    expect((await cache.stats()).hits).to.equal(2);
  });

  it('ends with its freshness', async () => {
    const { cache, clock, record } = await keptRecord();
    clock.advance(60_000);
    expect(cache.leases.serveHot(record)).to.equal(undefined);
  });

  it('ends when the store lets it go', async () => {
    const { cache, record } = await keptRecord();
    await cache.set('k', 'newer');
    expect(cache.leases.serveHot(record)).to.equal(undefined);
  });

  it('pauses after any invalidation, until it was judged anew', async () => {
    const { cache, record } = await keptRecord();
    await cache.invalidate({ tag: 'another' });
    expect(cache.leases.serveHot(record)).to.equal(undefined);
    expect(cache.leases.fresh('k')).to.equal(record);
    expect(await cache.leases.serveHot(record)).to.equal('value');
  });
});
