import { rejects } from 'node:assert/strict';
import { expect } from 'chai';
import sinon from 'sinon';
import { LoadTimeoutError } from '#src/base/errors.js';
import { PausedLoader } from '#src/testing/race-kit.js';
import { makeCache, settle } from './make-cache.js';

describe('timeouts and cancellation', () => {
  it('serves stale at the soft timeout while the load goes on', async () => {
    const { cache, clock } = makeCache();
    const loader = new PausedLoader<string>();
    const options = { ttl: 10, staleIfError: 60, softTimeout: '100ms' } as const;
    await cache.set('k', 'old', options);
    clock.advance(10_000);
    const answer = cache.getOrLoad('k', loader.load, options);
    clock.advance(100);
    expect(await answer).to.equal('old');
    expect(await cache.getOrLoad('k', loader.load, options)).to.equal('old');
    expect(loader.calls).to.have.length(1);
    loader.finish(0, 'new');
    await settle();
    expect(cache.peek('k')).to.equal('new');
  });

  it('rejects at the hard timeout, aborts the loader, and stores nothing that comes later', async () => {
    const { cache, clock } = makeCache();
    const loader = new PausedLoader<string>();
    const answer = cache.getOrLoad('k', loader.load, { hardTimeout: 5 });
    const { signal } = loader.calls[0]!.context;
    clock.advance(5_000);
    await rejects(answer, (error: Error) => error instanceof LoadTimeoutError && /"k".*5000 ms/.test(error.message));
    expect(signal.aborted).to.equal(true);
    loader.finish(0, 'late');
    await settle();
    expect(cache.peek('k')).to.equal(undefined);
  });

  it('serves stale-if-error at the hard timeout', async () => {
    const { cache, clock } = makeCache();
    const loader = new PausedLoader<string>();
    const options = { ttl: 1, staleIfError: 60, hardTimeout: 5 } as const;
    await cache.set('k', 'old', options);
    clock.advance(1_000);
    const answer = cache.getOrLoad('k', loader.load, options);
    clock.advance(5_000);
    expect(await answer).to.equal('old');
  });

  it('lets each waiter leave by its own signal and aborts the load when the last has left', async () => {
    const { cache } = makeCache();
    const loader = new PausedLoader<string>();
    const [one, two] = [new AbortController(), new AbortController()];
    const first = cache.getOrLoad('k', loader.load, { signal: one.signal });
    const second = cache.getOrLoad('k', loader.load, { signal: two.signal });
    const { signal } = loader.calls[0]!.context;
    one.abort(new Error('first left'));
    await rejects(first, /first left/);
    expect(signal.aborted).to.equal(false);
    two.abort(new Error('second left'));
    await rejects(second, /second left/);
    expect(signal.aborted).to.equal(true);
    const next = cache.getOrLoad('k', loader.load);
    expect(loader.calls).to.have.length(2);
    loader.finish(1, 'value');
    expect(await next).to.equal('value');
  });

  it('runs the load to its end for a waiter without a signal', async () => {
    const { cache } = makeCache();
    const loader = new PausedLoader<string>();
    const controller = new AbortController();
    const leaving = cache.getOrLoad('k', loader.load, { signal: controller.signal });
    const staying = cache.getOrLoad('k', loader.load);
    controller.abort(new Error('left'));
    await rejects(leaving, /left/);
    expect(loader.calls[0]!.context.signal.aborted).to.equal(false);
    loader.finish(0, 'value');
    expect(await staying).to.equal('value');
  });

  it('refuses a signal that is aborted already and loads nothing', async () => {
    const { cache } = makeCache();
    const load = sinon.fake.returns(1);
    await rejects(cache.getOrLoad('k', load, { signal: AbortSignal.abort(new Error('gone')) }), /gone/);
    expect(load.callCount).to.equal(0);
  });
});
