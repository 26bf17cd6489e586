import { rejects } from 'node:assert/strict';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Deferred, EventRecorder } from '@cachewarp/core/testing';
import { expect } from 'chai';
import { BodyDouble, makeRig, textOf, xCache, type ResponseInit, type RigOptions } from './make-http-cache.js';

/** An origin whose answers are numbered, until the test has it do something else. */
function makeStaleRig(cacheControl: string, options: RigOptions = {}) {
  return makeRig({
    origin: (_request, _context, call) => ({ headers: { 'Cache-Control': cacheControl }, body: `${call}` }),
    ...options,
  });
}

const down = (): Promise<ResponseInit> => Promise.reject(new Error('ECONNRESET'));

describe('Stale answers', () => {
  describe('stale-while-revalidate', () => {
    it('answers 100 requests stale at once, and asks the origin once behind them', async () => {
      const { get, clock, origin, cache } = makeStaleRig('max-age=10, stale-while-revalidate=60');
      await get();
      clock.advance(20_000);
      const waiting = new Deferred<ResponseInit>();
      origin.handler = () => waiting.promise;
      const answers = await Promise.all(Array.from({ length: 100 }, () => get()));
      for (const answer of answers) {
        expect([xCache(answer), await textOf(answer), answer.headers.get('age')]).to.deep.equal(['STALE', '1', '20']);
        expect(answer.headers.has('warning'), 'obsoleted by RFC 9111').to.equal(false);
      }
      expect(answers[0]!.headers.get('cache-status')).to.equal('CacheWarp;hit;ttl=-10;detail=while-revalidating');
      expect(origin.calls).to.equal(2);
      waiting.resolve({ headers: { 'Cache-Control': 'max-age=10' }, body: 'new' });
      await cache.parts.background.drain();
      const after = await get();
      expect([xCache(after), await textOf(after)]).to.deep.equal(['HIT', 'new']);
      const { staleHits, refreshes } = await cache.stats();
      expect({ staleHits, refreshes }).to.deep.equal({ staleHits: 100, refreshes: 1 });
    });

    it('refreshes with the validator', async () => {
      const { get, clock, origin, cache } = makeRig({
        origin: () => ({ headers: { 'Cache-Control': 'max-age=10, stale-while-revalidate=60', ETag: '"a"' } }),
      });
      await get();
      clock.advance(20_000);
      origin.handler = () => ({ status: 304, headers: { 'Cache-Control': 'max-age=100', ETag: '"a"' }, body: null });
      await get();
      await cache.parts.background.drain();
      expect(origin.lastHeaders.get('if-none-match')).to.equal('"a"');
      const after = await get();
      expect([xCache(after), await textOf(after), after.headers.get('age')]).to.deep.equal(['HIT', 'body', '0']);
    });

    it('asks with GET behind a HEAD', async () => {
      const { get, clock, origin, cache } = makeStaleRig('max-age=10, stale-while-revalidate=60');
      await get();
      clock.advance(20_000);
      expect(xCache(await get('/', { method: 'HEAD' }))).to.equal('STALE');
      await cache.parts.background.drain();
      expect(origin.requests.at(-1)!.method).to.equal('GET');
      expect(await textOf(await get())).to.equal('2');
    });

    it('does not depend on the client who caused the refresh', async () => {
      const { get, clock, origin, cache } = makeStaleRig('max-age=10, stale-while-revalidate=60');
      await get();
      clock.advance(20_000);
      const client = new AbortController();
      await get('/', { signal: client.signal });
      client.abort();
      await cache.parts.background.drain();
      expect(origin.contexts[1]!.signal.aborted).to.equal(false);
      expect(origin.requests[1]!.signal).to.equal(undefined);
      expect(xCache(await get())).to.equal('HIT');
    });

    it('backs off after a failed refresh, keeps the stale answer inside its window, and says so', async () => {
      const { get, clock, origin, cache } = makeStaleRig('max-age=10, stale-while-revalidate=60');
      await get();
      origin.handler = down;
      clock.advance(20_000);
      await get();
      await cache.parts.background.drain();
      expect(origin.calls).to.equal(2);
      const backing = await get();
      expect([xCache(backing), backing.headers.get('cache-status')]).to.deep.equal([
        'STALE',
        'CacheWarp;hit;ttl=-10;detail=backing-off',
      ]);
      expect(origin.calls, 'not again at once').to.equal(2);
      clock.advance(1_000);
      await get();
      await cache.parts.background.drain();
      expect(origin.calls).to.equal(3);
      clock.advance(60_000);
      await rejects(get());
    });

    it('takes a server’s failure in the background for a failure', async () => {
      const { get, clock, origin, cache } = makeStaleRig('max-age=10, stale-while-revalidate=60, stale-if-error=60');
      await get();
      origin.handler = () => ({ status: 503 });
      clock.advance(20_000);
      await get();
      await cache.parts.background.drain();
      const after = await get();
      expect([xCache(after), await textOf(after)]).to.deep.equal(['STALE', '1']);
    });

    it('lets go of what is stale when the origin answers with something that is not to be stored', async () => {
      const { get, clock, origin, cache } = makeStaleRig('max-age=10, stale-while-revalidate=60');
      await get();
      origin.handler = () => ({ status: 404 });
      clock.advance(20_000);
      expect(xCache(await get())).to.equal('STALE');
      await cache.parts.background.drain();
      expect((await get()).status).to.equal(404);
    });
  });

  describe('stale-if-error', () => {
    for (const status of [500, 502, 503, 504]) {
      it(`stands in for ${status}`, async () => {
        const { get, clock, origin, cache } = makeStaleRig('max-age=10, stale-if-error=60');
        const events = new EventRecorder(cache.events);
        await get();
        clock.advance(20_000);
        origin.handler = () => ({ status, body: 'failure' });
        const answer = await get();
        expect([answer.status, xCache(answer), await textOf(answer)]).to.deep.equal([200, 'STALE', '1']);
        expect(answer.headers.get('cache-status')).to.equal('CacheWarp;fwd=stale;ttl=-10;detail=on-error');
        expect(events.of('stale')).to.deep.equal([{ key: 'GET:http://example.com/', because: 'on-error' }]);
      });
    }

    it('does not read the content of the failure', async () => {
      const { get, clock, origin, cache } = makeStaleRig('max-age=10, stale-if-error=60');
      await get();
      clock.advance(20_000);
      const body = new BodyDouble().send('a long story');
      origin.handler = () => ({ status: 503, body });
      expect(xCache(await get())).to.equal('STALE');
      await nextTurn();
      expect([body.isCalledOff, origin.contexts.at(-1)!.signal.aborted]).to.deep.equal([true, true]);
      expect((await cache.stats()).loadErrors).to.equal(1);
      await get();
      expect(origin.calls, 'left alone for a while').to.equal(2);
    });

    it('stands in for a broken connection, for everybody who waits', async () => {
      const { get, clock, origin } = makeStaleRig('max-age=10, stale-if-error=60');
      await get();
      clock.advance(20_000);
      const waiting = new Deferred<ResponseInit>();
      origin.handler = () => waiting.promise;
      const requests = Array.from({ length: 10 }, () => get());
      await nextTurn();
      waiting.reject(new Error('ECONNRESET'));
      for (const answer of await Promise.all(requests)) expect(xCache(answer)).to.equal('STALE');
      expect(origin.calls).to.equal(2);
    });

    it('stands in for an answer that takes too long, for those who wait for another', async () => {
      const { get, clock, origin } = makeStaleRig('max-age=10, stale-if-error=60', {
        policy: { coalesceTimeout: '2s' },
      });
      await get();
      clock.advance(20_000);
      origin.handler = () => new Promise(() => undefined);
      void get();
      const second = get();
      await clock.advanceAsync(2_000);
      expect(xCache(await second)).to.equal('STALE');
    });

    it('leaves the origin alone for a while after a failure', async () => {
      const { get, clock, origin } = makeStaleRig('max-age=10, stale-if-error=60');
      await get();
      clock.advance(20_000);
      origin.handler = down;
      await get();
      await get();
      expect(origin.calls).to.equal(2);
      clock.advance(1_000);
      await get();
      expect(origin.calls).to.equal(3);
    });

    it('passes other answers on: 404 is no failure', async () => {
      const { get, clock, origin } = makeStaleRig('max-age=10, stale-if-error=60');
      await get();
      clock.advance(20_000);
      origin.handler = () => ({ status: 404 });
      expect((await get()).status).to.equal(404);
    });

    it('ends with its window', async () => {
      const { get, clock, origin } = makeStaleRig('max-age=10, stale-if-error=60');
      await get();
      origin.handler = down;
      clock.advance(70_000);
      await rejects(get());
    });

    it('may be asked for by the client', async () => {
      const { get, clock, origin } = makeStaleRig('max-age=10', { policy: {} });
      await get();
      origin.handler = down;
      clock.advance(20_000);
      // Nothing that can be validated is kept beyond its windows without `keep`; the record is still there.
      const answer = await get('/', { headers: { 'Cache-Control': 'stale-if-error=60' } });
      expect(xCache(answer)).to.equal('STALE');
    });

    it('is not for a client that said no-cache', async () => {
      const { get, origin } = makeStaleRig('max-age=10, stale-if-error=60');
      await get();
      origin.handler = () => ({ status: 503 });
      expect((await get('/', { headers: { 'Cache-Control': 'no-cache' } })).status).to.equal(503);
    });
  });

  describe('of the operator', () => {
    it('grace serves stale, in the background and in place of failures', async () => {
      const { get, clock, origin } = makeStaleRig('max-age=10', { policy: { grace: '1m' } });
      await get();
      origin.handler = down;
      clock.advance(20_000);
      expect(xCache(await get())).to.equal('STALE');
    });

    for (const directive of ['must-revalidate', 'proxy-revalidate', 's-maxage=10', 'no-cache']) {
      it(`grace yields to ${directive}`, async () => {
        const { get, clock, origin } = makeStaleRig(`max-age=10, ${directive}`, { policy: { grace: '1m' } });
        await get();
        origin.handler = down;
        clock.advance(20_000);
        await rejects(get());
      });
    }

    it('an explicit window of the answer stands beside s-maxage', async () => {
      const { get, clock } = makeStaleRig('s-maxage=10, stale-while-revalidate=60');
      await get();
      clock.advance(20_000);
      expect(xCache(await get())).to.equal('STALE');
    });

    it('a soft expiry turns fresh into stale, within its window', async () => {
      const { get, cache, clock } = makeStaleRig('max-age=100, stale-while-revalidate=60');
      await get();
      clock.advance(10_000);
      await cache.expire('GET:http://example.com/');
      const answer = await get();
      expect([xCache(answer), await textOf(answer)]).to.deep.equal(['STALE', '1']);
      await cache.parts.background.drain();
      expect(await textOf(await get())).to.equal('2');
    });
  });

  it('is what max-stale of the client allows', async () => {
    const { get, clock } = makeRig({ origin: () => ({ headers: { 'Cache-Control': 'max-age=10', ETag: '"a"' } }) });
    await get();
    clock.advance(20_000);
    expect(xCache(await get('/', { headers: { 'Cache-Control': 'max-stale=60' } }))).to.equal('STALE');
  });

  it('is never served after it was purged, also where the origin fails', async () => {
    const { get, clock, origin, cache } = makeStaleRig('max-age=10, stale-if-error=60');
    await get();
    clock.advance(20_000);
    const waiting = new Deferred<ResponseInit>();
    origin.handler = () => waiting.promise;
    const before = get();
    await nextTurn();
    await cache.invalidate({ all: true });
    waiting.reject(new Error('reset'));
    await rejects(before);
    await rejects(get());
  });
});
