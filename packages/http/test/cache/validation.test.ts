import { setImmediate as nextTurn } from 'node:timers/promises';
import { Deferred, EventRecorder } from '@cachewarp/core/testing';
import { expect } from 'chai';
import { formatHttpDate } from '#src/message/http-date.js';
import { makeRig, textOf, xCache, type ResponseInit } from './make-http-cache.js';

const STALE_SOON = { 'Cache-Control': 'max-age=10', ETag: '"a"', 'X-Old': 'old' };

/** A rig whose stored answer has become stale; its origin answers 304 from then on. */
async function makeValidatingRig(stored: ResponseInit = { headers: STALE_SOON }, then: ResponseInit = {}) {
  const rig = makeRig({ origin: () => stored });
  await rig.get();
  rig.clock.advance(20_000);
  rig.origin.handler = () => ({
    status: 304,
    body: null,
    ...then,
    headers: { 'Cache-Control': 'max-age=100', ...then.headers },
  });
  return rig;
}

describe('Validation', () => {
  it('asks with the stored validators, and answers from store when they hold', async () => {
    const lastModified = formatHttpDate(Date.UTC(2025, 0, 1));
    const { get, origin, cache } = await makeValidatingRig({
      headers: { ...STALE_SOON, 'Last-Modified': lastModified },
    });
    const answer = await get();
    expect([answer.status, xCache(answer), await textOf(answer)]).to.deep.equal([200, 'REVALIDATED', 'body']);
    expect(answer.headers.get('cache-status')).to.equal(
      'CacheWarp;fwd=stale;fwd-status=304;ttl=100;stored;detail=expired',
    );
    expect(origin.lastHeaders.get('if-none-match')).to.equal('"a"');
    expect(origin.lastHeaders.get('if-modified-since')).to.equal(lastModified);
    expect(xCache(await get())).to.equal('HIT');
    expect((await cache.stats()).misses).to.equal(2);
  });

  it('takes over the fields of a 304, and begins Age anew', async () => {
    const { get, clock } = await makeValidatingRig(undefined, { headers: { 'X-Old': 'new', 'Content-Length': '999' } });
    await get();
    clock.advance(5_000);
    const { headers } = await get();
    expect(headers.get('x-old')).to.equal('new');
    expect(headers.get('etag')).to.equal('"a"');
    expect(headers.get('content-length')).to.equal('4');
    expect(headers.get('age')).to.equal('5');
  });

  it('takes a whole answer in place of the stored one', async () => {
    const { get, origin } = await makeValidatingRig();
    origin.handler = () => ({ headers: { 'Cache-Control': 'max-age=100', ETag: '"b"' }, body: 'new' });
    const answer = await get();
    expect([xCache(answer), await textOf(answer)]).to.deep.equal(['MISS', 'new']);
    expect(await textOf(await get())).to.equal('new');
  });

  it('asks again without conditions when the 304 speaks of something else', async () => {
    const { get, origin } = await makeValidatingRig();
    origin.handler = ({ headers }) =>
      headers.has('if-none-match')
        ? { status: 304, headers: { ETag: '"other"' }, body: null }
        : { headers: { 'Cache-Control': 'max-age=100', ETag: '"other"' }, body: 'whole' };
    expect(await textOf(await get())).to.equal('whole');
    expect(origin.calls).to.equal(3);
  });

  it('is one request for all who wait, and all are answered from it', async () => {
    const { get, origin } = await makeValidatingRig();
    const waiting = new Deferred<ResponseInit>();
    origin.handler = () => waiting.promise;
    const requests = [
      get(),
      get(),
      get('/', { headers: { 'If-None-Match': '"a"' } }),
      get('/', { headers: { Range: 'bytes=1-2' } }),
    ];
    await nextTurn();
    expect(origin.calls).to.equal(2);
    waiting.resolve({ status: 304, headers: { 'Cache-Control': 'max-age=100' }, body: null });
    const answers = await Promise.all(requests);
    expect(answers.map(({ status }) => status)).to.deep.equal([200, 200, 304, 206]);
    expect(answers.map(xCache)).to.deep.equal(['REVALIDATED', 'REVALIDATED', 'REVALIDATED', 'REVALIDATED']);
  });

  it('validates no-cache answers at every use, and keeps them for that', async () => {
    const { get, origin } = makeRig({ origin: () => ({ headers: { 'Cache-Control': 'no-cache', ETag: '"a"' } }) });
    await get();
    origin.handler = () => ({ status: 304, body: null });
    for (let time = 0; time < 2; time++) expect(xCache(await get())).to.equal('REVALIDATED');
    expect(origin.calls).to.equal(3);
  });

  it('keeps what can be validated beyond its windows, as long as told', async () => {
    const rig = makeRig({ origin: () => ({ headers: STALE_SOON }), policy: { keep: '1m' } });
    await rig.get();
    rig.clock.advance(69_000);
    await rig.get();
    expect(rig.origin.lastHeaders.get('if-none-match')).to.equal('"a"');
    rig.clock.advance(71_000);
    await rig.get('/other');
    await rig.get('/another');
    await rig.get();
    expect(rig.origin.lastHeaders.has('if-none-match')).to.equal(false);
  });

  describe('conditions of the client', () => {
    it('are answered from a fresh hit', async () => {
      const lastModified = formatHttpDate(Date.UTC(2025, 0, 1));
      const { get, origin } = makeRig({
        origin: () => ({
          headers: {
            'Cache-Control': 'max-age=60',
            ETag: 'W/"a"',
            'Last-Modified': lastModified,
            'Content-Type': 'text/plain',
          },
        }),
      });
      await get();
      const statusFor = async (headers: Record<string, string>) => (await get('/', { headers })).status;
      expect(await statusFor({ 'If-None-Match': '"x", "a"' })).to.equal(304);
      expect(await statusFor({ 'If-None-Match': '"x"' })).to.equal(200);
      expect(await statusFor({ 'If-Modified-Since': lastModified })).to.equal(304);
      expect(await statusFor({ 'If-Modified-Since': formatHttpDate(Date.UTC(2024, 0, 1)) })).to.equal(200);
      expect(await statusFor({ 'If-None-Match': '"x"', 'If-Modified-Since': lastModified })).to.equal(200);
      const { headers, body } = await get('/', { headers: { 'If-None-Match': '"a"' } });
      expect([headers.get('etag'), headers.get('x-cache'), headers.has('content-type'), body]).to.deep.equal([
        'W/"a"',
        'HIT',
        false,
        null,
      ]);
      expect(origin.calls).to.equal(1);
    });

    it('are kept from the origin where the whole can be stored, and answered from it: one request', async () => {
      const { get, origin } = makeRig({ origin: () => ({ headers: { 'Cache-Control': 'max-age=60', ETag: '"a"' } }) });
      const answer = await get('/', { headers: { 'If-None-Match': '"a"' } });
      expect([answer.status, xCache(answer)]).to.deep.equal([304, 'MISS']);
      expect(origin.lastHeaders.has('if-none-match')).to.equal(false);
      expect(xCache(await get())).to.equal('HIT');
    });

    it('go to the origin where the URI is known to be uncacheable', async () => {
      const { get, origin } = makeRig({ origin: () => ({ headers: { 'Cache-Control': 'no-store', ETag: '"a"' } }) });
      await get();
      origin.handler = () => ({ status: 304, headers: { ETag: '"a"' }, body: null });
      const answer = await get('/', { headers: { 'If-None-Match': '"a"' } });
      expect([answer.status, xCache(answer)]).to.deep.equal([304, 'MISS']);
      expect(origin.lastHeaders.get('if-none-match')).to.equal('"a"');
    });

    it('are answered after a validation: the client’s tag differs from ours', async () => {
      const { get, origin } = await makeValidatingRig();
      const answer = await get('/', { headers: { 'If-None-Match': '"old"' } });
      expect([answer.status, await textOf(answer)]).to.deep.equal([200, 'body']);
      expect(origin.lastHeaders.get('if-none-match')).to.equal('"a"');
    });
  });

  describe('a 304 that takes permission back', () => {
    for (const [name, headers] of [
      ['private', { 'Cache-Control': 'private, max-age=100' }],
      ['no-store', { 'Cache-Control': 'no-store' }],
      ['Set-Cookie', { 'Cache-Control': 'max-age=100', 'Set-Cookie': 'session=1' }],
    ] as const) {
      it(`ends reuse, and answers the one who asked alone: ${name}`, async () => {
        const { get, origin } = await makeValidatingRig();
        const waiting = new Deferred<ResponseInit>();
        origin.handler = (_request, _context, call) =>
          call === 2 ? waiting.promise : { headers: { 'Cache-Control': 'no-store' }, body: 'own' };
        const first = get();
        const second = get();
        await nextTurn();
        waiting.resolve({ status: 304, headers, body: null });
        expect(await textOf(await first)).to.equal('body');
        expect(await textOf(await second)).to.equal('own');
        expect((await second).headers.has('set-cookie')).to.equal(false);
        expect(origin.lastHeaders.has('if-none-match'), 'nothing is left to be validated').to.equal(false);
        expect(xCache(await get())).to.equal('MISS');
      });
    }

    it('leaves what is stored alone where the request was one whose answers are not stored', async () => {
      const { get } = await makeValidatingRig({
        headers: { ...STALE_SOON, 'Cache-Control': 'max-age=10, stale-if-error=100' },
      });
      await get('/', { headers: { Authorization: 'Bearer x' } });
      expect(xCache(await get())).to.equal('REVALIDATED');
    });
  });

  describe('HEAD', () => {
    it('goes to the origin as HEAD, and its 200 renews what GET stored', async () => {
      const { get, origin } = await makeValidatingRig();
      origin.handler = () => ({ headers: { 'Cache-Control': 'max-age=100', ETag: '"a"', 'X-Old': 'new' }, body: null });
      const head = await get('/', { method: 'HEAD' });
      expect([xCache(head), origin.requests.at(-1)!.method]).to.deep.equal(['MISS', 'HEAD']);
      const answer = await get();
      expect([xCache(answer), answer.headers.get('x-old'), await textOf(answer)]).to.deep.equal(['HIT', 'new', 'body']);
    });

    it('changes nothing for others where it was sent with Authorization', async () => {
      const { get, origin } = await makeValidatingRig();
      origin.handler = () => ({
        headers: { 'Cache-Control': 'max-age=100', ETag: '"a"', 'X-Old': 'personal' },
        body: null,
      });
      await get('/', { method: 'HEAD', headers: { Authorization: 'x' } });
      origin.handler = () => ({ status: 304, body: null });
      const answer = await get();
      expect([xCache(answer), answer.headers.get('x-old')]).to.deep.equal(['REVALIDATED', 'old']);
    });

    it('drops what GET stored when its validators or length are other ones', async () => {
      for (const headers of [{ ETag: '"b"' }, { 'Content-Length': '5' }]) {
        const { get, origin } = await makeValidatingRig();
        origin.handler = () => ({ headers, body: null });
        await get('/', { method: 'HEAD' });
        await get();
        expect(origin.lastHeaders.has('if-none-match')).to.equal(false);
      }
    });
  });

  describe('what was stored', () => {
    it('stays while it is fresh, though a client forced an answer that is not to be stored', async () => {
      const { get, origin } = makeRig();
      await get();
      origin.handler = () => ({ headers: { 'Cache-Control': 'no-store' } });
      expect(xCache(await get('/', { headers: { 'Cache-Control': 'no-cache' } }))).to.equal('MISS');
      expect(xCache(await get())).to.equal('HIT');
    });

    it('stays when the origin answered somebody’s own question: with Authorization, or about his own copy', async () => {
      for (const [status, headers] of [
        [200, { Authorization: 'x' }],
        [304, { Authorization: 'x', 'If-None-Match': '"own"' }],
      ] as const) {
        const { get, origin, clock } = makeRig({
          origin: () => ({ headers: { 'Cache-Control': 'max-age=10, stale-if-error=100' } }),
        });
        await get();
        clock.advance(20_000);
        origin.handler = () => ({ status, headers: { 'Cache-Control': 'max-age=60' }, body: null });
        expect((await get('/', { headers })).status).to.equal(status);
        origin.handler = () => Promise.reject(new Error('down'));
        expect(xCache(await get()), String(status)).to.equal('STALE');
      }
    });

    it('is let go when its tags cannot be worked out any more', async () => {
      let isFaulty = false;
      const rig = makeRig({
        origin: () => ({ headers: STALE_SOON }),
        policy: {
          tags: () => {
            if (isFaulty) throw new Error('no tags');
            return ['a'];
          },
        },
      });
      await rig.get();
      rig.clock.advance(20_000);
      isFaulty = true;
      rig.origin.handler = () => ({ status: 304, headers: { 'Cache-Control': 'max-age=100' }, body: null });
      expect(xCache(await rig.get())).to.equal('REVALIDATED');
      isFaulty = false;
      rig.origin.handler = () => ({ headers: STALE_SOON });
      expect(xCache(await rig.get())).to.equal('MISS');
    });

    it('is not confirmed by a tag of the origin’s, where it has only one of ours', async () => {
      const lastModified = formatHttpDate(Date.UTC(2025, 0, 1));
      const headers = { 'Cache-Control': 'max-age=10', 'Last-Modified': lastModified };
      const { get, origin, clock } = makeRig({ origin: () => ({ headers }), policy: { etagFromBody: true } });
      await get();
      clock.advance(20_000);
      origin.handler = (request) =>
        request.headers.has('if-modified-since')
          ? { status: 304, headers: { ...headers, ETag: '"origin"' }, body: null }
          : { headers: { ...headers, ETag: '"origin"' }, body: 'whole' };
      expect(await textOf(await get())).to.equal('whole');
      clock.advance(20_000);
      await get().catch(() => undefined);
      expect(origin.lastHeaders.get('if-none-match')).to.equal('"origin"');
    });
  });

  it('counts a validation that fails once, and tells', async () => {
    const { get, origin, cache } = await makeValidatingRig();
    const events = new EventRecorder(cache.events);
    origin.handler = () => Promise.reject(new Error('down'));
    await get().catch(() => undefined);
    expect(events.of('loadError')).to.have.length(1);
    expect((await cache.stats()).loadErrors).to.equal(1);
  });
});
