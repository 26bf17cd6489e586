import { rejects } from 'node:assert/strict';
import { expect } from 'chai';
import sinon from 'sinon';
import { EventRecorder } from '#src/testing/event-recorder.js';
import { PausedLoader } from '#src/testing/race-kit.js';
import { makeCache, settle } from './make-cache.js';

describe('time and lifecycle', () => {
  it('handles ttls beyond 2^31 ms', async () => {
    const { cache, clock } = makeCache();
    await cache.getOrLoad('k', () => 1, { ttl: '90d' });
    clock.advance(89 * 86_400_000);
    expect(cache.peek('k')).to.equal(1);
    clock.advance(86_400_000);
    expect(cache.peek('k')).to.equal(undefined);
  });

  it('close waits for background work and stops the cache', async () => {
    const { cache, clock } = makeCache();
    const loader = new PausedLoader<string>();
    const options = { ttl: 1, staleWhileRevalidate: 60 } as const;
    await cache.set('k', 'old', options);
    clock.advance(1_000);
    await cache.getOrLoad('k', loader.load, options);
    let closed = false;
    const closing = cache.close().then(() => (closed = true));
    await settle();
    expect(closed).to.equal(false);
    loader.finish(0, 'new');
    await closing;
    await rejects(cache.invalidate('k'), { code: 'ERR_CACHEWARP_CLOSED' });
    await rejects(cache.set('k', 1), { code: 'ERR_CACHEWARP_CLOSED' });
    expect(await cache.getOrLoad('k', () => 'uncached')).to.equal('uncached');
  });

  it('close calls off loads that never settle', async () => {
    const { cache, clock } = makeCache();
    const answer = cache.getOrLoad('k', () => new Promise<never>(() => undefined));
    const closing = cache.close({ timeout: 5 });
    await settle();
    clock.advance(5_000);
    await closing;
    await rejects(answer, { code: 'ERR_CACHEWARP_CLOSED' });
  });

  it('goes on when a listener throws', async () => {
    const { cache } = makeCache();
    const warn = sinon.stub(process, 'emitWarning');
    try {
      cache.events.on('miss', () => {
        throw new Error('listener');
      });
      expect(await cache.getOrLoad('k', () => 1)).to.equal(1);
      expect(await cache.getOrLoad('k2', () => 2)).to.equal(2);
      expect(warn.callCount).to.equal(1);
    } finally {
      warn.restore();
    }
  });
});

describe('stats', () => {
  it('counts every call once and names the most requested keys', async () => {
    const { cache } = makeCache();
    for (let call = 0; call < 4; call++) await cache.getOrLoad('a', () => 1);
    await cache.getOrLoad('b', () => 1);
    await cache.invalidate('b');
    await cache.getOrLoad('b', () => 1);
    const { hits, misses, entries, invalidations } = await cache.stats();
    expect({ hits, misses, entries, invalidations }).to.deep.equal({
      hits: 3,
      misses: 3,
      entries: 2,
      invalidations: 1,
    });
    expect(cache.mostRequested()).to.deep.equal([
      ['a', 4],
      ['b', 2],
    ]);
  });

  it('says why a call missed', async () => {
    const { cache, clock } = makeCache();
    const recorder = new EventRecorder(cache.events);
    await cache.getOrLoad('k', () => 1, { ttl: 1, staleIfError: 100 });
    clock.advance(1_000);
    await cache.getOrLoad('k', () => 1);
    await cache.invalidate('k');
    await cache.getOrLoad('k', () => 1);
    expect(recorder.of('miss').map(({ reason }) => reason)).to.deep.equal(['cold', 'expired', 'invalidated']);
  });
});
