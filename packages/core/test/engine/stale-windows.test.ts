import { rejects } from 'node:assert/strict';
import { expect } from 'chai';
import sinon from 'sinon';
import { EventRecorder } from '#src/testing/event-recorder.js';
import { PausedLoader } from '#src/testing/race-kit.js';
import { makeCache, settle } from './make-cache.js';

describe('stale-while-revalidate', () => {
  const options = { ttl: 10, staleWhileRevalidate: 60 } as const;

  it('serves the stale value at once to everybody while one refresh runs', async () => {
    const { cache, clock } = makeCache();
    const loader = new PausedLoader<string>();
    await cache.set('k', 'old', options);
    clock.advance(10_000);
    const answers = await Promise.all(Array.from({ length: 100 }, () => cache.getOrLoad('k', loader.load, options)));
    expect(new Set(answers)).to.deep.equal(new Set(['old']));
    expect(loader.calls).to.have.length(1);
    loader.finish(0, 'new');
    await settle();
    expect(await cache.getOrLoad('k', loader.load, options)).to.equal('new');
    expect(loader.calls).to.have.length(1);
  });

  it('keeps the stale entry when the refresh fails, backs off, and tries again later', async () => {
    const { cache, clock } = makeCache();
    const recorder = new EventRecorder(cache.events);
    const load = sinon.fake.rejects(new Error('down'));
    await cache.set('k', 'old', options);
    clock.advance(10_000);
    expect(await cache.getOrLoad('k', load, options)).to.equal('old');
    await settle();
    expect(await cache.getOrLoad('k', load, options)).to.equal('old');
    await settle();
    expect(load.callCount).to.equal(1);
    expect(recorder.of('stale').at(-1)?.because).to.equal('backing-off');
    clock.advance(500);
    expect(await cache.getOrLoad('k', load, options)).to.equal('old');
    await settle();
    expect(load.callCount).to.equal(2);
    clock.advance(999);
    await cache.getOrLoad('k', load, options);
    expect(load.callCount, 'the second pause is twice as long').to.equal(2);
    expect(recorder.of('loadError').map((event) => event.background)).to.deep.equal([true, true]);
  });

  it('serves no stale value after its window', async () => {
    const { cache, clock } = makeCache();
    await cache.set('k', 'old', options);
    clock.advance(70_000);
    expect(await cache.getOrLoad('k', () => 'new', options)).to.equal('new');
  });
});

describe('stale-if-error', () => {
  const options = { ttl: 10, staleIfError: 60 } as const;

  it('serves the stale value to every waiter when the load fails, inside its window only', async () => {
    const { cache, clock } = makeCache();
    const loader = new PausedLoader<string>();
    await cache.set('k', 'old', options);
    clock.advance(10_000);
    const answers = [1, 2, 3].map(() => cache.getOrLoad('k', loader.load, options));
    loader.fail(0, new Error('down'));
    expect(await Promise.all(answers)).to.deep.equal(['old', 'old', 'old']);
    expect((await cache.stats()).staleHits).to.equal(3);
    clock.advance(60_000);
    const late = cache.getOrLoad('k', loader.load, options);
    loader.fail(1, new Error('still down'));
    await rejects(late, /still down/);
  });

  it('does not serve a stale value that was invalidated while the load ran', async () => {
    const { cache, clock } = makeCache();
    const loader = new PausedLoader<string>();
    await cache.set('k', 'old', options);
    clock.advance(10_000);
    const answer = cache.getOrLoad('k', loader.load, options);
    await cache.invalidate('k');
    loader.fail(0, new Error('down'));
    await rejects(answer, /down/);
  });

  it('does not ask a failing origin again before the back-off is over', async () => {
    const { cache, clock } = makeCache();
    const load = sinon.fake.rejects(new Error('down'));
    await cache.set('k', 'old', options);
    clock.advance(10_000);
    await cache.getOrLoad('k', load, options);
    await cache.getOrLoad('k', load, options);
    expect(load.callCount).to.equal(1);
    clock.advance(500);
    await cache.getOrLoad('k', load, options);
    expect(load.callCount).to.equal(2);
  });
});

describe('expire', () => {
  it('turns entries stale by key, tag, prefix and all, and leaves their windows', async () => {
    for (const target of ['k', { tag: 't' }, { prefix: 'k' }, { all: true }] as const) {
      const { cache, clock } = makeCache();
      const options = { ttl: 100, staleWhileRevalidate: 10, tags: ['t'] } as const;
      await cache.set('k', 'old', options);
      clock.advance(5_000);
      await cache.expire(target);
      expect(cache.peek('k')).to.equal(undefined);
      const loader = new PausedLoader<string>();
      expect(await cache.getOrLoad('k', loader.load, options)).to.equal('old');
      expect(loader.calls).to.have.length(1);
      clock.advance(10_000);
      expect((await cache.inspect('k'))?.freshness).to.equal('expired');
    }
  });
});

describe('refresh-ahead', () => {
  it('refreshes in the background before the ttl is over, once', async () => {
    // random() = 1 - 1/e makes the lead exactly one load time.
    const { cache, clock } = makeCache({ random: () => 1 - 1 / Math.E });
    const loader = new PausedLoader<string>();
    const options = { ttl: 100, refreshAhead: 1 } as const;
    const first = cache.getOrLoad('k', loader.load, options);
    clock.advance(2_000);
    loader.finish(0, 'one');
    await first;
    clock.advance(97_000);
    await cache.getOrLoad('k', loader.load, options);
    expect(loader.calls).to.have.length(1);
    clock.advance(1_500);
    expect(await cache.getOrLoad('k', loader.load, options)).to.equal('one');
    expect(await cache.getOrLoad('k', loader.load, options)).to.equal('one');
    expect(loader.calls).to.have.length(2);
    loader.finish(1, 'two');
    await settle();
    expect(cache.peek('k')).to.equal('two');
  });
});
