import { rejects } from 'node:assert/strict';
import { expect } from 'chai';
import sinon from 'sinon';
import { InvalidOptionError } from '#src/base/errors.js';
import { EventRecorder } from '#src/testing/event-recorder.js';
import { PausedLoader } from '#src/testing/race-kit.js';
import { makeCache } from './make-cache.js';

describe('getOrLoad', () => {
  it('loads once and answers from memory until the ttl is over', async () => {
    const { cache, clock } = makeCache();
    const load = sinon.fake((): number => load.callCount);
    expect(await cache.getOrLoad('k', load, { ttl: 10 })).to.equal(1);
    clock.advance(9_999);
    expect(await cache.getOrLoad('k', load, { ttl: 10 })).to.equal(1);
    clock.advance(1);
    expect(await cache.getOrLoad('k', load, { ttl: 10 })).to.equal(2);
  });

  it('runs one load for 10,000 concurrent misses of one key', async () => {
    const { cache } = makeCache();
    const loader = new PausedLoader<string>();
    const answers = Array.from({ length: 10_000 }, () => cache.getOrLoad('k', loader.load));
    expect(loader.calls).to.have.length(1);
    loader.finish(0, 'value');
    expect(new Set(await Promise.all(answers))).to.deep.equal(new Set(['value']));
    const { loads, misses, coalesced } = await cache.stats();
    expect({ loads, misses, coalesced }).to.deep.equal({ loads: 1, misses: 10_000, coalesced: 9_999 });
  });

  it('gives 50 waiters of a failing load one rejection each from one call, and loads again on the next', async () => {
    const { cache } = makeCache();
    const loader = new PausedLoader<string>();
    const answers = Array.from({ length: 50 }, () => cache.getOrLoad('k', loader.load));
    loader.fail(0, new Error('origin down'));
    const outcomes = await Promise.allSettled(answers);
    expect(outcomes.filter((outcome) => outcome.status === 'rejected')).to.have.length(50);
    expect(loader.calls).to.have.length(1);
    const next = cache.getOrLoad('k', loader.load);
    loader.finish(1, 'up');
    expect(await next).to.equal('up');
  });

  it('keeps null and undefined as values', async () => {
    const { cache } = makeCache();
    for (const value of [null, undefined]) {
      const load = sinon.fake.returns(value);
      await cache.getOrLoad(`k${String(value)}`, load);
      await cache.getOrLoad(`k${String(value)}`, load);
      expect(load.callCount).to.equal(1);
    }
  });

  it('keeps null and undefined for negativeTtl only', async () => {
    const { cache, clock } = makeCache();
    const load = sinon.fake.returns(null);
    const options = { ttl: 100, negativeTtl: 5 } as const;
    await cache.getOrLoad('k', load, options);
    clock.advance(4_999);
    await cache.getOrLoad('k', load, options);
    expect(load.callCount).to.equal(1);
    clock.advance(1);
    await cache.getOrLoad('k', load, options);
    expect(load.callCount).to.equal(2);
  });

  it('keeps no null at all under negativeTtl 0', async () => {
    const { cache } = makeCache();
    const load = sinon.fake.returns(null);
    await cache.getOrLoad('k', load, { negativeTtl: 0 });
    await cache.getOrLoad('k', load, { negativeTtl: 0 });
    expect(load.callCount).to.equal(2);
  });

  it('reads ttl and tags from the result', async () => {
    const { cache, clock } = makeCache();
    const load = (): { ttl: number; team: string } => ({ ttl: 3, team: '7' });
    const options = {
      ttl: (value: { ttl: number }) => value.ttl,
      tags: (value: { team: string }) => [`team:${value.team}`],
    };
    await cache.getOrLoad('k', load, options);
    expect((await cache.inspect('k'))?.tags).to.deep.equal(['team:7']);
    expect((await cache.inspect('k'))?.ttlLeftMs).to.equal(3_000);
    clock.advance(3_000);
    expect(cache.peek('k')).to.equal(undefined);
  });

  it('returns a result whose ttl function answers nonsense, keeps it not, and says so', async () => {
    const { cache } = makeCache();
    const recorder = new EventRecorder(cache.events);
    expect(await cache.getOrLoad('k', () => 'v', { ttl: () => -1 })).to.equal('v');
    expect(cache.peek('k')).to.equal(undefined);
    const [event] = recorder.of('policyError');
    expect(event?.key).to.equal('k');
    expect(String(event?.error)).to.contain('ttl').and.to.contain('-1');
  });

  it('keeps a result only when `when` says so and `unless` does not', async () => {
    const { cache } = makeCache();
    await cache.getOrLoad('a', () => 1, { when: (value) => value > 1 });
    await cache.getOrLoad('b', () => 1, { unless: (value) => value === 1 });
    await cache.getOrLoad('c', () => 1, { when: (value) => value === 1, unless: (value) => value > 1 });
    expect([cache.peek('a'), cache.peek('b'), cache.peek('c')]).to.deep.equal([undefined, undefined, 1]);
  });

  it('shortens the ttl by jitter, never lengthens it', async () => {
    const { cache, clock } = makeCache({ random: () => 0.5 });
    await cache.getOrLoad('k', () => 1, { ttl: 100, jitter: 0.2 });
    expect((await cache.inspect('k'))?.ttlLeftMs).to.equal(90_000);
    clock.advance(90_000);
    expect(cache.peek('k')).to.equal(undefined);
  });

  it('does not cache errors unless asked', async () => {
    const { cache } = makeCache();
    const load = sinon.fake.rejects(new Error('no'));
    await rejects(cache.getOrLoad('k', load), /no/);
    await rejects(cache.getOrLoad('k', load), /no/);
    expect(load.callCount).to.equal(2);
  });

  it('caches chosen errors for their ttl and throws them again on a hit', async () => {
    const { cache, clock } = makeCache();
    const gone = new Error('gone');
    const load = sinon.fake.rejects(gone);
    const options = { errors: { ttl: 5, match: (error: unknown) => error === gone } } as const;
    await rejects(cache.getOrLoad('k', load, options), gone);
    await rejects(cache.getOrLoad('k', load, options), gone);
    expect(load.callCount).to.equal(1);
    clock.advance(5_000);
    await rejects(cache.getOrLoad('k', load, options), gone);
    expect(load.callCount).to.equal(2);
    const other = sinon.fake.rejects(new Error('other'));
    await rejects(cache.getOrLoad('x', other, options));
    await rejects(cache.getOrLoad('x', other, options));
    expect(other.callCount).to.equal(2);
  });

  it('tells the loader its key, a signal and the stale value', async () => {
    const { cache, clock } = makeCache();
    const options = { ttl: 1, staleIfError: 60 } as const;
    await cache.set('k', 'old', options);
    clock.advance(1_000);
    const load = sinon.fake((context: { key: string; stale: unknown; signal: AbortSignal }) => {
      expect(context.signal.aborted).to.equal(false);
      return `${context.key} after ${String(context.stale)}`;
    });
    expect(await cache.getOrLoad('k', load, options)).to.equal('k after old');
  });

  it('infers the type of the value for the options from a loader that takes its context', async () => {
    const { cache } = makeCache();
    const user = await cache.getOrLoad('k', ({ key }) => Promise.resolve({ id: key, team: '7' }), {
      tags: (value) => [`team:${value.team}`],
      when: (value) => value.id === 'k',
    });
    expect(user.team).to.equal('7');
    expect((await cache.inspect('k'))?.tags).to.deep.equal(['team:7']);
  });

  it('takes options that the loader sets for this result', async () => {
    const { cache } = makeCache();
    await cache.getOrLoad('k', (context) => {
      context.setOptions({ ttl: '2m', tags: ['t'] });
      return 1;
    });
    const report = await cache.inspect('k');
    expect(report?.ttlLeftMs).to.equal(120_000);
    expect(report?.tags).to.deep.equal(['t']);
  });

  it('works for a loader that throws synchronously or rejects with undefined', async () => {
    const { cache } = makeCache();
    await rejects(
      cache.getOrLoad('a', () => {
        throw new Error('sync');
      }),
      /sync/,
    );
    const outcome = await Promise.allSettled([cache.getOrLoad('b', () => Promise.reject(undefined as never))]);
    expect(outcome).to.deep.equal([{ status: 'rejected', reason: undefined }]);
  });

  it('refuses faulty keys and options with the field and the value', async () => {
    const { cache } = makeCache();
    const load = (): number => 1;
    const faults: [Promise<unknown>, RegExp][] = [
      [cache.getOrLoad('', load), /key .* got ""/],
      [cache.getOrLoad(7 as never, load), /key/],
      [cache.getOrLoad('k', load, { ttl: -1 }), /ttl must be a duration above 0.* got -1/],
      [cache.getOrLoad('k', load, { ttl: '5 minutes' as never }), /ttl must be a duration.* got "5 minutes"/],
      [cache.getOrLoad('k', load, { tll: 5 } as never), /tll is not an option/],
      [cache.getOrLoad('k', load, { jitter: 2 }), /jitter must be a number from 0 to 1, got 2/],
      [cache.getOrLoad('k', load, { tags: [''] }), /tags\[0\]/],
      [cache.invalidate({ tga: 'x' } as never), /target must be a key, \{ tag \}.* got \{"tga":"x"\}/],
    ];
    for (const [answer, message] of faults) {
      await rejects(answer, (error: Error) => error instanceof InvalidOptionError && message.test(error.message));
    }
  });
});
