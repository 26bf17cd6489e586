import { rejects } from 'node:assert/strict';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { EventRecorder } from '@cachewarp/core/testing';
import { expect } from 'chai';
import type { HttpResponse } from '#src/message/http-message.js';
import type { OriginError } from '#src/cache/origin-error.js';
import { BodyDouble, makeRig, textOf, xCache, type RigOptions } from './make-http-cache.js';

const FRESH = { 'Cache-Control': 'max-age=60' };

/** An origin that streams: `bodies[n]` is the body of its answer number n. */
function makeStreamingRig(headers: Record<string, string> = FRESH, options: RigOptions = {}) {
  const bodies: BodyDouble[] = [];
  const rig = makeRig({
    ...options,
    origin: () => {
      const body = new BodyDouble();
      bodies.push(body);
      return { headers, body };
    },
  });
  return { ...rig, bodies };
}

const reader = ({ body }: HttpResponse): AsyncIterator<Uint8Array> =>
  (body as AsyncIterable<Uint8Array>)[Symbol.asyncIterator]();
const isIncomplete = (error: OriginError): boolean => error.failure === 'incomplete';

describe('Streaming fill', () => {
  it('gives the first byte as it arrives, and stores the whole when it is there', async () => {
    const { get, bodies } = makeStreamingRig();
    const answer = await get();
    expect(xCache(answer)).to.equal('MISS');
    const stream = reader(answer);
    bodies[0]!.send('ab');
    expect(Buffer.from((await stream.next()).value as Uint8Array).toString()).to.equal('ab');
    bodies[0]!.send('c').end();
    expect(Buffer.from((await stream.next()).value as Uint8Array).toString()).to.equal('c');
    expect((await stream.next()).done).to.equal(true);
    const hit = await get();
    expect([xCache(hit), await textOf(hit)]).to.deep.equal(['HIT', 'abc']);
  });

  it('goes on when the client who asked leaves, before the head and after it', async () => {
    for (const when of ['before', 'after']) {
      const { get, bodies } = makeStreamingRig();
      const client = new AbortController();
      const request = get('/', { signal: client.signal });
      if (when === 'before') client.abort();
      const answer = await request;
      client.abort();
      bodies[0]!.send('abc').end();
      await rejects(textOf(answer), isIncomplete);
      await nextTurn();
      expect(xCache(await get()), when).to.equal('HIT');
    }
  });

  it('does not hold up others for a client that reads nothing', async () => {
    const { get, bodies } = makeStreamingRig();
    const [, fast] = [await get(), await get()];
    bodies[0]!.send('x'.repeat(100_000), 'x'.repeat(100_000)).end();
    expect((await textOf(fast)).length).to.equal(200_000);
  });

  describe('an answer that is not whole', () => {
    it('ends as incomplete for everybody, and is not stored', async () => {
      const { get, bodies, cache } = makeStreamingRig();
      const errors = new EventRecorder(cache.events);
      const answers = [await get(), await get()];
      bodies[0]!.send('half').breakOff();
      for (const answer of answers) await rejects(textOf(answer), isIncomplete);
      expect(errors.of('loadError')).to.have.length(1);
      expect(xCache(await get())).to.equal('MISS');
    });

    it('is found by its Content-Length', async () => {
      for (const sent of ['abc', 'abcdefg']) {
        const { get, bodies } = makeStreamingRig({ ...FRESH, 'Content-Length': '5' });
        const answer = await get();
        bodies[0]!.send(sent).end();
        await rejects(textOf(answer), isIncomplete);
        expect(xCache(await get())).to.equal('MISS');
      }
    });

    it('is found by its Content-Length also where it comes in one piece', async () => {
      const { get } = makeRig({ origin: () => ({ headers: { ...FRESH, 'Content-Length': 5 }, body: 'abc' }) });
      await rejects(get(), isIncomplete);
    });

    it('is not stored where its lengths contradict each other', async () => {
      for (const length of [['4', '5'], ['+4'], ['4, 4'], ['0x4']]) {
        const { get } = makeRig({ origin: () => ({ headers: { ...FRESH, 'Content-Length': length } }) });
        await get();
        expect(xCache(await get()), length.join()).to.equal('MISS');
      }
    });
  });

  describe('an answer that is too large', () => {
    const policy = { maxBodyBytes: 1_000 };

    it('passes through without being kept, where it says so beforehand', async () => {
      const { get, bodies, origin } = makeStreamingRig({ ...FRESH, 'Content-Length': '5000' }, { policy });
      const answer = await get();
      expect(answer.headers.get('cache-status')).to.contain('detail=size');
      expect(answer.body).to.equal(bodies[0]);
      void get().catch(() => undefined);
      void get().catch(() => undefined);
      await nextTurn();
      expect(origin.calls, 'nobody waits for another').to.equal(3);
    });

    it('is found out when it comes in one piece, and nobody waits for another from then on', async () => {
      const { get, origin } = makeRig({ origin: () => ({ headers: FRESH, body: 'x'.repeat(2_000) }), policy });
      expect(await textOf(await get())).to.have.length(2_000);
      origin.handler = () => new Promise(() => undefined);
      void Promise.allSettled([get(), get(), get()]);
      await nextTurn();
      expect(origin.calls).to.equal(4);
    });

    it('makes nobody wait for another, once it was found out while it was read', async () => {
      const { get, bodies, origin } = makeStreamingRig(FRESH, { policy });
      const text = textOf(await get());
      bodies[0]!.send('x'.repeat(2_000)).end();
      await text;
      await nextTurn();
      void Promise.allSettled([get(), get(), get()]);
      await nextTurn();
      expect(origin.calls).to.equal(4);
    });

    it('is not sent to a client who has it already, nor waited for by the origin', async () => {
      const { get, bodies } = makeStreamingRig({ ...FRESH, ETag: '"a"' }, { policy, http: { window: 500 } });
      const answer = await get('/', { headers: { 'If-None-Match': '"a"' } });
      expect(answer.status).to.equal(304);
      bodies[0]!.send('x'.repeat(2_000), 'x', 'x');
      await nextTurn();
      expect(bodies[0]!.isCalledOff).to.equal(true);
    });

    it('is found out while it is read; who reads gets all of it, who comes later asks himself', async () => {
      const { get, bodies, origin } = makeStreamingRig(FRESH, { policy, http: { window: 500 } });
      const early = await get();
      const text = textOf(early);
      for (let piece = 0; piece < 20; piece++) bodies[0]!.send('x'.repeat(100));
      await nextTurn();
      expect(xCache(await get())).to.equal('MISS');
      expect(origin.calls).to.equal(2);
      bodies[0]!.end();
      expect((await text).length).to.equal(2_000);
      expect(xCache(await get())).to.equal('MISS');
    });

    it('does not fill the memory while its client reads slowly', async () => {
      const { get, bodies } = makeStreamingRig(FRESH, { policy, http: { window: 500 } });
      const answer = await get();
      for (let piece = 0; piece < 1_000; piece++) bodies[0]!.send('x'.repeat(100));
      await nextTurn();
      expect(bodies[0]!.taken).to.be.lessThan(15);
      const stream = reader(answer);
      for (let piece = 0; piece < 10; piece++) await stream.next();
      await nextTurn();
      expect(bodies[0]!.taken).to.be.lessThan(25);
    });

    it('calls the origin off when its last client leaves', async () => {
      const { get, bodies, origin, cache } = makeStreamingRig(FRESH, { policy });
      const answer = await get();
      bodies[0]!.send('x'.repeat(2_000));
      await nextTurn();
      await reader(answer).return!();
      bodies[0]!.send('x');
      await nextTurn();
      expect(bodies[0]!.isCalledOff).to.equal(true);
      expect(origin.contexts[0]!.signal.aborted).to.equal(true);
      expect((await cache.stats()).loadErrors).to.equal(0);
    });
  });

  it('passes on what there is no room for while much is coming in, and stores it when there is', async () => {
    const { get, bodies } = makeStreamingRig(FRESH, { http: { maxPending: 1_000 } });
    const first = await get('/first');
    bodies[0]!.send('x'.repeat(900));
    await nextTurn();
    const second = await get('/second');
    bodies[1]!.send('y'.repeat(200)).end();
    expect(await textOf(second)).to.have.length(200);
    const again = await get('/second');
    expect(xCache(again)).to.equal('MISS');
    bodies[0]!.end();
    await textOf(first);
    bodies[2]!.send('y'.repeat(200)).end();
    await textOf(again);
    expect(xCache(await get('/second'))).to.equal('HIT');
  });

  describe('an answer for one client', () => {
    it('ends with him', async () => {
      const { get, origin } = makeStreamingRig({ 'Cache-Control': 'no-store' });
      const client = new AbortController();
      await get('/', { signal: client.signal });
      expect(origin.contexts[0]!.signal.aborted).to.equal(false);
      client.abort();
      expect(origin.contexts[0]!.signal.aborted).to.equal(true);
    });

    it('is not waited for when he has left before the head', async () => {
      const { get, bodies, cache } = makeStreamingRig({ 'Cache-Control': 'no-store' });
      const client = new AbortController();
      const request = get('/', { signal: client.signal });
      client.abort();
      await rejects(request);
      await nextTurn();
      bodies[0]!.send('x');
      await nextTurn();
      expect(bodies[0]!.isCalledOff).to.equal(true);
      expect((await cache.stats()).loadErrors).to.equal(0);
    });

    it('is called off when he leaves before the head, which is no fault of the origin', async () => {
      const { get, origin, cache } = makeRig({
        origin: (_request, { signal }) =>
          new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error))),
      });
      const client = new AbortController();
      const request = get('/', { headers: { Authorization: 'x' }, signal: client.signal });
      await nextTurn();
      client.abort();
      await rejects(request);
      expect(origin.contexts[0]!.signal.aborted).to.equal(true);
      expect((await cache.stats()).loadErrors).to.equal(0);
    });

    it('goes through untouched, trailers and all', async () => {
      const body = new BodyDouble();
      const { get } = makeRig({ origin: () => ({ headers: { 'Content-Type': 'text/event-stream' }, body }) });
      const answer = await get();
      expect(answer.body).to.equal(body);
    });
  });

  it('calls everything off when the cache closes', async () => {
    const { get, http, origin } = makeStreamingRig();
    await get();
    http.close();
    expect(origin.contexts[0]!.signal.aborted).to.equal(true);
  });

  it('answers HEAD from a stored answer whose body came in pieces', async () => {
    const { get, bodies } = makeStreamingRig();
    const answer = await get();
    bodies[0]!.send('abc', 'def').end();
    await textOf(answer);
    const head = await get('/', { method: 'HEAD' });
    expect([xCache(head), head.headers.get('content-length')]).to.deep.equal(['HIT', '6']);
  });
});
