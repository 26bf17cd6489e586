import { rejects } from 'node:assert/strict';
import { expect } from 'chai';
import sinon from 'sinon';
import { InvalidOptionError, LoadTimeoutError } from '#src/base/errors.js';
import { EventRecorder } from '#src/testing/event-recorder.js';
import { PausedLoader } from '#src/testing/race-kit.js';
import { makeCache, settle } from './make-cache.js';

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

describe('values', () => {
  it('clone: a mutation does not change what others get, waiters of one load included', async () => {
    const { cache } = makeCache({ values: 'clone' });
    const load = (): { list: number[] } => ({ list: [1] });
    const [one, two] = await Promise.all([cache.getOrLoad('k', load), cache.getOrLoad('k', load)]);
    one.list.push(2);
    expect(two).to.deep.equal({ list: [1] });
    expect(await cache.getOrLoad('k', load)).to.deep.equal({ list: [1] });
    cache.peek<{ list: number[] }>('k')?.list.push(3);
    expect(cache.peek('k')).to.deep.equal({ list: [1] });
  });

  it('freeze: a mutation throws, for the first caller, concurrent waiters and later ones', async () => {
    const { cache } = makeCache({ values: 'freeze' });
    const load = (): { list: number[] } => ({ list: [1] });
    const values = [...(await Promise.all([cache.getOrLoad('k', load), cache.getOrLoad('k', load)]))];
    values.push(await cache.getOrLoad('k', load));
    for (const value of values) expect(() => value.list.push(2)).to.throw(TypeError);
  });

  it('share: everybody gets the kept object itself', async () => {
    const { cache } = makeCache();
    const value = {};
    expect(await cache.getOrLoad('k', () => value)).to.equal(value);
    expect(await cache.getOrLoad('k', () => ({}))).to.equal(value);
  });
});

describe('getOrLoadMany', () => {
  it('loads only what is missing, in one call, and answers in the order of the keys', async () => {
    const { cache } = makeCache();
    await cache.set('b', 'B');
    const loadMissing = sinon.fake((keys: string[]) => keys.map((key) => key.toUpperCase()));
    expect(await cache.getOrLoadMany(['a', 'b', 'c', 'a'], loadMissing)).to.deep.equal(['A', 'B', 'C', 'A']);
    expect(loadMissing.args.map(([keys]) => keys)).to.deep.equal([['a', 'c']]);
    expect(cache.peek('c')).to.equal('C');
  });

  it('accepts a Map; what it leaves out is undefined', async () => {
    const { cache } = makeCache();
    expect(await cache.getOrLoadMany(['a', 'b'], () => new Map([['a', 1]]))).to.deep.equal([1, undefined]);
  });

  it('joins loads that are running, and is joined', async () => {
    const { cache } = makeCache();
    const loader = new PausedLoader<string>();
    const single = cache.getOrLoad('a', loader.load);
    const loadMissing = sinon.fake((keys: string[]) => keys.map((key) => `many ${key}`));
    const many = cache.getOrLoadMany(['a', 'b'], loadMissing);
    const joined = cache.getOrLoad('b', loader.load);
    loader.finish(0, 'single a');
    expect(await many).to.deep.equal(['single a', 'many b']);
    expect(await single).to.equal('single a');
    expect(await joined).to.equal('many b');
    expect(loadMissing.args.map(([keys]) => keys)).to.deep.equal([['b']]);
  });

  it('refuses a list of the wrong length', async () => {
    const { cache } = makeCache();
    await rejects(
      cache.getOrLoadMany(['a', 'b'], () => [1]),
      /loadMissing must return a Map or a list of 2 values.*got \[1\]/,
    );
  });
});

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
    expect(recorder.of('miss').map(({ reason }) => reason)).to.deep.equal(['absent', 'expired', 'invalidated']);
  });
});
