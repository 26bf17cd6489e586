import { rejects } from 'node:assert/strict';
import { EventRecorder } from '@cachewarp/core/testing';
import { expect } from 'chai';
import { HttpCache } from '#src/cache/http-cache.js';
import { OriginError } from '#src/cache/origin-error.js';
import { resolveHttpPolicy } from '#src/cache/http-policy.js';
import { HeaderFields } from '#src/message/headers.js';
import { makeRequest, makeResponse, makeRig, textOf, xCache, type ResponseInit } from './make-http-cache.js';

const FRESH = { 'Cache-Control': 'max-age=60' };

describe('HttpCache', () => {
  it('answers MISS from the origin, then HIT from store with Age', async () => {
    const { get, clock, origin } = makeRig();
    const first = await get('/a');
    expect(xCache(first)).to.equal('MISS');
    expect(first.headers.has('age')).to.equal(false);
    clock.advance(5_000);
    const second = await get('/a');
    expect(xCache(second)).to.equal('HIT');
    expect(second.headers.get('age')).to.equal('5');
    expect(await textOf(second)).to.equal('body');
    expect(origin.calls).to.equal(1);
  });

  it('tells in Cache-Status whether it hit or forwarded, why, and for how long the answer is fresh', async () => {
    const { get, clock } = makeRig();
    expect((await get()).headers.get('cache-status')).to.equal(
      'CacheWarp;fwd=uri-miss;fwd-status=200;ttl=60;stored;detail=cold',
    );
    clock.advance(10_000);
    expect((await get()).headers.get('cache-status')).to.equal('CacheWarp;hit;ttl=50');
    clock.advance(51_000);
    expect((await get()).headers.get('cache-status')).to.equal(
      'CacheWarp;fwd=stale;fwd-status=200;ttl=60;stored;detail=expired',
    );
  });

  it('appends its Cache-Status to what caches nearer to the origin said, and replaces their X-Cache', async () => {
    const { get } = makeRig({
      origin: () => ({ headers: { ...FRESH, 'Cache-Status': 'Inner;hit', 'X-Cache': 'HIT from inner' } }),
    });
    await get();
    const { headers } = await get();
    expect(headers.getAll('cache-status')).to.deep.equal(['Inner;hit', 'CacheWarp;hit;ttl=60']);
    expect(headers.getAll('x-cache')).to.deep.equal(['HIT']);
  });

  it('shows the key and another name when told to', async () => {
    const { get } = makeRig({ http: { name: 'edge 1', showKey: true } });
    expect((await get('/a')).headers.get('cache-status')).to.match(
      /^"edge 1";.*;key="GET:http:\/\/example\.com\/a";detail=cold$/,
    );
  });

  it('replays every field as it came, but not those of the connection', async () => {
    const { get } = makeRig({
      origin: () => ({
        status: 299,
        reason: 'Odd',
        headers: { ...FRESH, 'X-Thing': ['a', 'b'], Connection: 'X-Hop', 'X-Hop': '1', 'Keep-Alive': '5' },
      }),
    });
    await get();
    const { status, reason, headers } = await get();
    expect([status, reason]).to.deep.equal([299, 'Odd']);
    expect(headers.getAll('x-thing')).to.deep.equal(['a', 'b']);
    for (const name of ['connection', 'x-hop', 'keep-alive']) expect(headers.has(name), name).to.equal(false);
  });

  it('leaves content as it came, byte for byte', async () => {
    const bytes = Uint8Array.from({ length: 256 }, (_, index) => index);
    const { get } = makeRig({
      origin: () => ({
        headers: { 'Cache-Control': 'max-age=60, no-transform', 'Content-Encoding': 'gzip' },
        body: bytes,
      }),
    });
    for (const word of ['MISS', 'HIT']) {
      const answer = await get();
      expect(xCache(answer)).to.equal(word);
      expect(answer.headers.get('content-encoding')).to.equal('gzip');
      expect(await textOf(answer)).to.equal(Buffer.from(bytes).toString('latin1'));
    }
  });

  it('puts no trailer field among the stored fields', async () => {
    const { http, clock } = makeRig();
    const policy = resolveHttpPolicy();
    const origin = async () => ({
      ...makeResponse({ headers: { ...FRESH, Trailer: 'X-Trailer' } }),
      trailers: Promise.resolve(HeaderFields.fromObject({ 'X-Trailer': '1' })),
    });
    await http.handle(makeRequest(), origin, policy);
    clock.advance(1_000);
    const { headers, trailers } = await http.handle(makeRequest(), origin, policy);
    expect([headers.get('x-cache'), headers.has('x-trailer'), headers.has('trailer'), trailers]).to.deep.equal([
      'HIT',
      false,
      false,
      undefined,
    ]);
  });

  it('gives a stored answer its Content-Length', async () => {
    const { get } = makeRig();
    await get();
    expect((await get()).headers.get('content-length')).to.equal('4');
  });

  it('does not store what states no freshness, unless a default is given', async () => {
    const plain = makeRig({ origin: () => ({}) });
    await plain.get();
    expect(xCache(await plain.get())).to.equal('MISS');
    const withDefault = makeRig({ origin: () => ({}), policy: { defaultTtl: '30s' } });
    await withDefault.get();
    expect(xCache(await withDefault.get())).to.equal('HIT');
    withDefault.clock.advance(30_000);
    expect(xCache(await withDefault.get())).to.equal('MISS');
  });

  it('keeps failures for the time given by status', async () => {
    const { get, clock } = makeRig({ origin: () => ({ status: 404 }), policy: { negativeTtl: { 404: '10s' } } });
    await get();
    expect(xCache(await get())).to.equal('HIT');
    clock.advance(10_000);
    expect(xCache(await get())).to.equal('MISS');
  });

  it('stores only the statuses it is told to', async () => {
    const { get } = makeRig({ origin: () => ({ status: 301, headers: FRESH }), policy: { statuses: [200] } });
    await get();
    const second = await get();
    expect(xCache(second)).to.equal('MISS');
    expect(second.headers.get('cache-status')).to.contain('detail=status');
  });

  it('answers with no content where the status has none', async () => {
    const { get } = makeRig({ origin: () => ({ status: 204, body: null, headers: FRESH }) });
    await get();
    const { status, body, headers } = await get();
    expect([status, body, headers.has('content-length')]).to.deep.equal([204, null, false]);
  });

  describe('HEAD', () => {
    it('is answered from what GET stored, without the body', async () => {
      const { get, origin } = makeRig();
      await get('/a');
      const { status, body, headers } = await get('/a', { method: 'HEAD' });
      expect([status, body, headers.get('content-length')]).to.deep.equal([200, null, '4']);
      expect(origin.calls).to.equal(1);
    });

    it('goes to the origin as HEAD where nothing is stored, and stores nothing', async () => {
      const { get, origin } = makeRig({ origin: () => ({ headers: FRESH, body: null }) });
      expect(xCache(await get('/a', { method: 'HEAD' }))).to.equal('MISS');
      expect(origin.requests[0]!.method).to.equal('HEAD');
      expect(xCache(await get('/a'))).to.equal('MISS');
    });
  });

  describe('what is personal', () => {
    const cases: [string, ResponseInit, Record<string, string>][] = [
      ['private', { headers: { 'Cache-Control': 'PRIVATE, max-age=60' } }, {}],
      ['private="field"', { headers: { 'Cache-Control': 'private="x", max-age=60' } }, {}],
      ['no-store', { headers: { 'Cache-Control': 'No-Store, max-age=60' } }, {}],
      ['Set-Cookie', { headers: { ...FRESH, 'Set-Cookie': 'a=1' } }, {}],
      ['Vary: *', { headers: { ...FRESH, Vary: 'Accept, *' } }, {}],
      ['Authorization', { headers: FRESH }, { Authorization: 'Bearer x' }],
    ];
    for (const [name, response, headers] of cases) {
      it(`is not stored: ${name}`, async () => {
        const { get, origin } = makeRig({ origin: () => response });
        await get('/', { headers });
        expect(xCache(await get('/', { headers }))).to.equal('MISS');
        expect(origin.calls).to.equal(2);
      });
    }

    it('stores Set-Cookie where the operator says so', async () => {
      const { get } = makeRig({
        origin: () => ({ headers: { ...FRESH, 'Set-Cookie': 'a=1' } }),
        policy: { storeSetCookie: true },
      });
      await get();
      expect((await get()).headers.get('set-cookie')).to.equal('a=1');
    });

    it('goes to the one who asked alone, where no-cache names the field', async () => {
      const { get } = makeRig({
        origin: () => ({ headers: { 'Cache-Control': 'max-age=60, no-cache="set-cookie"', 'Set-Cookie': 'a=1' } }),
      });
      expect((await get()).headers.get('set-cookie')).to.equal('a=1');
      const second = await get();
      expect([xCache(second), second.headers.has('set-cookie')]).to.deep.equal(['HIT', false]);
    });

    it('reuses what is explicitly for all also for a request with Authorization', async () => {
      const { get } = makeRig({ origin: () => ({ headers: { 'Cache-Control': 'public, max-age=60' } }) });
      await get('/', { headers: { Authorization: 'Bearer x' } });
      expect(xCache(await get())).to.equal('HIT');
    });

    it('keeps requests with cookies away from lifetimes that the operator invented', async () => {
      const { get, origin } = makeRig({ origin: () => ({}), policy: { defaultTtl: 60 } });
      const withCookie = { headers: { Cookie: 'session=1' } };
      await get('/', withCookie);
      expect(xCache(await get('/', withCookie))).to.equal('MISS');
      await get();
      expect(xCache(await get())).to.equal('HIT');
      expect(xCache(await get('/', withCookie))).to.equal('BYPASS');
      expect(origin.calls).to.equal(4);
    });

    it('reuses an explicit lifetime for requests with cookies', async () => {
      const { get } = makeRig();
      await get('/', { headers: { Cookie: 'a=1' } });
      expect(xCache(await get('/', { headers: { Cookie: 'a=2' } }))).to.equal('HIT');
    });

    it('stores by user where the key tells users apart', async () => {
      const { get, cache } = makeRig({
        origin: (request) => ({
          headers: { 'Cache-Control': 'private, max-age=60' },
          body: request.headers.get('x-user')!,
        }),
        policy: { shared: false, context: { user: (request) => request.headers.get('x-user') } },
      });
      await get('/me', { headers: { 'X-User': '1' } });
      await get('/me', { headers: { 'X-User': '2' } });
      const one = await get('/me', { headers: { 'X-User': '1' } });
      expect([xCache(one), await textOf(one)]).to.deep.equal(['HIT', '1']);
      await cache.invalidate('GET:http://example.com/me');
      expect(xCache(await get('/me', { headers: { 'X-User': '1' } }))).to.equal('MISS');
      expect(xCache(await get('/me', { headers: { 'X-User': '2' } }))).to.equal('MISS');
    });
  });

  describe('request directives', () => {
    it('obeys no-cache, and refreshes what is stored', async () => {
      const { get, origin } = makeRig();
      await get();
      const forced = await get('/', { headers: { 'Cache-Control': 'no-cache' } });
      expect(xCache(forced)).to.equal('MISS');
      expect(forced.headers.get('cache-status')).to.contain('fwd=request');
      expect(origin.calls).to.equal(2);
    });

    it('takes Pragma for no-cache', async () => {
      const { get } = makeRig();
      await get();
      expect(xCache(await get('/', { headers: { Pragma: 'no-cache' } }))).to.equal('MISS');
    });

    it('neither reads nor keeps under no-store', async () => {
      const { get } = makeRig();
      expect(xCache(await get('/', { headers: { 'Cache-Control': 'no-store' } }))).to.equal('BYPASS');
      expect(xCache(await get())).to.equal('MISS');
    });

    it('answers only-if-cached with 504 where nothing is stored, and from store where something is', async () => {
      const { get, origin } = makeRig();
      const headers = { 'Cache-Control': 'only-if-cached' };
      const none = await get('/', { headers });
      expect([none.status, xCache(none), origin.calls]).to.deep.equal([504, 'MISS', 0]);
      await get();
      expect(xCache(await get('/', { headers }))).to.equal('HIT');
    });

    it('passes over them where the policy ignores them', async () => {
      const { get } = makeRig({ policy: { requestDirectives: 'ignore' } });
      await get();
      for (const value of ['no-cache', 'no-store', 'max-age=0']) {
        expect(xCache(await get('/', { headers: { 'Cache-Control': value } })), value).to.equal('HIT');
      }
    });

    it('forces at most one validation a second of one key, where the policy coalesces them', async () => {
      const { get, origin, clock } = makeRig({ policy: { requestDirectives: 'coalesce' } });
      await get();
      const headers = { 'Cache-Control': 'no-cache' };
      const words = [];
      for (let time = 0; time < 3; time++) words.push(xCache(await get('/', { headers })));
      expect(words).to.deep.equal(['MISS', 'HIT', 'HIT']);
      clock.advance(1_000);
      expect(xCache(await get('/', { headers }))).to.equal('MISS');
      expect(origin.calls).to.equal(3);
    });
  });

  describe('bypass', () => {
    it('goes past the store in both directions where the policy says so', async () => {
      const policy = {
        bypass: (request: { target: string }) => request.target.includes('nocache=true'),
        key: { ignoreParams: ['nocache'] },
      };
      const { get, origin } = makeRig({ policy });
      expect(xCache(await get('/a?nocache=true'))).to.equal('BYPASS');
      expect(xCache(await get('/a'))).to.equal('MISS');
      expect(xCache(await get('/a?nocache=true'))).to.equal('BYPASS');
      expect(origin.requests.map(({ target }) => target)).to.deep.equal(['/a', '/a', '/a']);
    });

    it('leaves preconditions that only the origin can judge to the origin', async () => {
      const { get, origin } = makeRig();
      await get();
      const answer = await get('/', { headers: { 'If-Match': '"a"' } });
      expect(xCache(answer)).to.equal('BYPASS');
      expect(origin.lastHeaders.get('if-match')).to.equal('"a"');
    });
  });

  describe('unsafe methods', () => {
    const words = async (method: string, response: ResponseInit = {}) => {
      const rig = makeRig({ origin: (request) => (request.method === 'GET' ? { headers: FRESH } : response) });
      await rig.get('/a?x=1');
      const answer = await rig.get('/a?x=1', { method });
      return { rig, answer, after: xCache(await rig.get('/a?x=1')) };
    };

    for (const method of ['POST', 'PUT', 'DELETE', 'PATCH', 'M-SEARCH', 'get']) {
      it(`invalidates its URI after a successful ${method}, and never answers it from store`, async () => {
        const { answer, after } = await words(method);
        expect([xCache(answer), after]).to.deep.equal(['BYPASS', 'MISS']);
        expect(answer.headers.get('cache-status')).to.equal('CacheWarp;fwd=method;fwd-status=200');
      });
    }

    it('leaves what is stored after a failed one, and after a safe one', async () => {
      expect((await words('POST', { status: 500 })).after).to.equal('HIT');
      expect((await words('POST', { status: 404 })).after).to.equal('HIT');
      expect((await words('OPTIONS')).after).to.equal('HIT');
    });

    it('invalidates Location and Content-Location of the same origin only, with every variant', async () => {
      const { get } = makeRig({
        origin: ({ method }) =>
          method === 'GET'
            ? { headers: { ...FRESH, Vary: 'Accept' } }
            : { status: 201, headers: { Location: '/b', 'Content-Location': 'http://other.example/c' } },
      });
      await get('/b', { headers: { Accept: 'x' } });
      await get('/b', { headers: { Accept: 'y' } });
      await get('/c', { authority: 'other.example' });
      await get('/a', { method: 'POST' });
      expect(xCache(await get('/b', { headers: { Accept: 'x' } }))).to.equal('MISS');
      expect(xCache(await get('/b', { headers: { Accept: 'y' } }))).to.equal('MISS');
      expect(xCache(await get('/c', { authority: 'other.example' }))).to.equal('HIT');
    });

    it('invalidates the groups that the answer names (RFC 9875)', async () => {
      const { get } = makeRig({
        origin: ({ method }) =>
          method === 'GET'
            ? { headers: { ...FRESH, 'Cache-Groups': '"scripts"' } }
            : { headers: { 'Cache-Group-Invalidation': '"scripts"' } },
      });
      await get('/lib.js');
      await get('/deploy', { method: 'POST' });
      expect(xCache(await get('/lib.js'))).to.equal('MISS');
    });

    it('says in the audit who invalidated, without the query', async () => {
      const { get, cache } = makeRig();
      await get('/a?token=secret', { method: 'DELETE' });
      expect(cache.history()[0]).to.include({ by: 'DELETE /a' });
    });

    it('tells the client what the origin has done though the cache was closed, and the fault to those who listen', async () => {
      const { get, cache } = makeRig();
      const events = new EventRecorder(cache.events);
      await cache.close();
      expect((await get('/a', { method: 'POST' })).status).to.equal(200);
      expect(events.of('policyError')).to.have.length(1);
    });

    it('end with their client', async () => {
      const { get, origin } = makeRig({ origin: () => new Promise(() => undefined) });
      const client = new AbortController();
      void get('/a', { method: 'POST', signal: client.signal });
      client.abort();
      expect(origin.contexts[0]!.signal.aborted).to.equal(true);
    });

    it('sends the request on as it came, content and all', async () => {
      const { get, origin } = makeRig();
      const body = (async function* () {
        yield Buffer.from('x');
      })();
      await get('/a', { method: 'POST', body });
      expect(origin.requests[0]!.body).to.equal(body);
    });
  });

  describe('tags', () => {
    it('takes those the answer gives itself and those of the policy', async () => {
      for (const target of [{ tag: 'one' }, { tag: 'two' }, { tag: 'three' }, { tag: 'posts:/a' }]) {
        const { get, cache } = makeRig({
          origin: () => ({ headers: { ...FRESH, 'Surrogate-Key': 'one two', 'Cache-Tag': 'three' } }),
          policy: { tags: (request) => [`posts:${request.target}`] },
        });
        await get('/a');
        expect(xCache(await get('/a'))).to.equal('HIT');
        await cache.invalidate(target);
        expect(xCache(await get('/a')), JSON.stringify(target)).to.equal('MISS');
      }
    });

    it('does not store an answer whose tags it cannot work out, and says so', async () => {
      const { get, cache } = makeRig({
        policy: {
          tags: () => {
            throw new Error('no tags');
          },
        },
      });
      const faults = new EventRecorder(cache.events);
      expect(xCache(await get())).to.equal('MISS');
      expect(xCache(await get())).to.equal('MISS');
      expect(faults.of('policyError')).to.have.length(2);
    });

    it('shows surrogate fields to clients, or keeps them to itself', async () => {
      const headers = { 'CDN-Cache-Control': 'max-age=60', 'Surrogate-Key': 'a' };
      const open = makeRig({ origin: () => ({ headers }) });
      const closed = makeRig({ origin: () => ({ headers }), policy: { surrogateFields: 'strip' } });
      for (const [rig, expected] of [
        [open, true],
        [closed, false],
      ] as const) {
        for (const word of ['MISS', 'HIT']) {
          const answer = await rig.get();
          expect(xCache(answer)).to.equal(word);
          expect(answer.headers.has('surrogate-key')).to.equal(expected);
          expect(answer.headers.has('cdn-cache-control')).to.equal(expected);
        }
      }
    });
  });

  it('makes a strong ETag for answers that have none, when told to', async () => {
    const { get, origin, clock } = makeRig({ policy: { etagFromBody: true } });
    await get();
    const etag = (await get()).headers.get('etag')!;
    expect(etag).to.match(/^"[\w-]{27}"$/);
    const conditional = await get('/', { headers: { 'If-None-Match': etag } });
    expect([conditional.status, xCache(conditional)]).to.deep.equal([304, 'HIT']);
    clock.advance(61_000);
    await get();
    expect(origin.lastHeaders.has('if-none-match'), 'the origin does not know our tag').to.equal(false);
  });

  it('makes no ETag for anything but 200', async () => {
    const { get } = makeRig({
      origin: () => ({ status: 404 }),
      policy: { etagFromBody: true, negativeTtl: { 404: 10 } },
    });
    await get();
    const { headers } = await get();
    expect([headers.get('x-cache'), headers.has('etag')]).to.deep.equal(['HIT', false]);
  });

  describe('an origin that fails', () => {
    it('becomes an OriginError with the cause, and with what the answer has to tell', async () => {
      const fault = new Error('ECONNREFUSED');
      const { get } = makeRig({ origin: () => Promise.reject(fault) });
      await rejects(get('/a'), (error: OriginError) => {
        expect(error).to.be.instanceOf(OriginError);
        expect(error.code).to.equal('ERR_CACHEWARP_ORIGIN');
        expect(error.cause).to.equal(fault);
        expect(error.failure).to.equal('unreachable');
        expect(error.fields?.get('x-cache')).to.equal('MISS');
        expect(error.fields?.get('cache-status')).to.equal('CacheWarp;fwd=uri-miss;detail=unreachable');
        return true;
      });
    });

    it('keeps the failure that the origin named', async () => {
      const { get } = makeRig({ origin: () => Promise.reject(new OriginError('overloaded', 'queue is full')) });
      await rejects(get(), (error: OriginError) => error.failure === 'overloaded');
      await rejects(get('/', { method: 'POST' }), (error: OriginError) => error.failure === 'overloaded');
    });

    it('passes its error answers on and does not store them', async () => {
      const { get } = makeRig({ origin: () => ({ status: 503 }) });
      expect((await get()).status).to.equal(503);
      expect(xCache(await get())).to.equal('MISS');
    });

    it('does not believe a 304 or 206 that nothing asked for', async () => {
      for (const status of [304, 206]) {
        const { get } = makeRig({ origin: () => ({ status, headers: FRESH }) });
        await rejects(get(), (error: OriginError) => error.failure === 'incomplete');
      }
    });
  });

  describe('counting', () => {
    it('counts each request once, and each that looked for a key for that key', async () => {
      const { get, cache, clock, origin } = makeRig({
        origin: ({ target }) => ({
          headers: { 'Cache-Control': target === '/s' ? 'max-age=1, stale-while-revalidate=60' : 'max-age=60' },
        }),
      });
      await get('/a'); // miss
      await get('/a'); // hit
      await get('/a'); // hit
      await get('/s'); // miss
      clock.advance(2_000);
      await get('/s'); // stale
      await get('/a', { headers: { 'Cache-Control': 'no-store' } }); // bypass
      await get('/a', { method: 'POST' }); // bypass
      origin.handler = () => Promise.reject(new Error('down'));
      await get('/b').catch(() => undefined); // miss
      const { hits, staleHits, misses, bypasses } = await cache.stats();
      expect({ hits, staleHits, misses, bypasses }).to.deep.equal({ hits: 2, staleHits: 1, misses: 3, bypasses: 2 });
      expect(cache.mostRequested()).to.deep.equal([
        ['GET:http://example.com/a', 3],
        ['GET:http://example.com/s', 2],
        ['GET:http://example.com/b', 1],
      ]);
    });

    it('tells the story of a request in events, by the primary key', async () => {
      const { get, cache } = makeRig({ origin: () => ({ headers: { ...FRESH, Vary: 'Accept' } }) });
      const events = new EventRecorder(cache.events);
      await get('/a', { headers: { Accept: 'x' } });
      await get('/a', { headers: { Accept: 'x' } });
      const key = 'GET:http://example.com/a';
      expect(events.of('miss')).to.deep.equal([{ key, reason: 'cold' }]);
      const { id } = events.of('load')[0]!;
      expect(events.of('load')).to.deep.equal([{ id, key, background: false }]);
      expect(events.of('loaded')).to.deep.equal([{ id, key, durationMs: 0, background: false }]);
      expect(events.of('hit')).to.deep.equal([{ key, tier: 'memory' }]);
    });
  });

  describe('fresh', () => {
    const makeFresh = async (init: ResponseInit = { headers: FRESH }, policyOptions = {}) => {
      const rig = makeRig({ origin: () => init, policy: policyOptions });
      const policy = resolveHttpPolicy(policyOptions);
      await rig.get('/a');
      return { ...rig, fresh: (request = makeRequest('/a')) => rig.http.fresh(request, policy) };
    };

    it('answers a plain request at once, counts the hit, and keeps what the adapter attaches', async () => {
      const { fresh, clock, cache } = await makeFresh();
      clock.advance(3_000);
      const hit = fresh()!;
      expect([hit.stored.status, hit.ageSeconds]).to.deep.equal([200, 3]);
      expect(Buffer.from(hit.stored.body).toString()).to.equal('body');
      hit.record.attachment = 'head';
      expect(fresh()!.record.attachment).to.equal('head');
      expect((await cache.stats()).hits).to.equal(2);
    });

    it('finds the variant', async () => {
      const { http, get } = makeRig({ origin: () => ({ headers: { ...FRESH, Vary: 'Accept' } }) });
      await get('/a', { headers: { Accept: 'x' } });
      const policy = resolveHttpPolicy();
      expect(http.fresh(makeRequest('/a', { headers: { accept: 'x' } }), policy)).not.to.equal(undefined);
      expect(http.fresh(makeRequest('/a', { headers: { accept: 'y' } }), policy)).to.equal(undefined);
    });

    it('answers nothing that is stale, purged, or needs a second thought', async () => {
      const { fresh, clock, cache } = await makeFresh();
      const asking = (headers: Record<string, string>) => fresh(makeRequest('/a', { headers }));
      for (const name of [
        'Cache-Control',
        'PRAGMA',
        'Range',
        'If-None-Match',
        'If-Modified-Since',
        'If-Range',
        'Authorization',
        'If-Match',
        'If-Unmodified-Since',
      ]) {
        expect(asking({ [name]: 'x' }), name).to.equal(undefined);
      }
      expect(fresh(makeRequest('/a', { method: 'POST' }))).to.equal(undefined);
      expect(fresh(makeRequest('/b'))).to.equal(undefined);
      expect(fresh(makeRequest('/a', { method: 'HEAD' }))).not.to.equal(undefined);
      clock.advance(60_000);
      expect(fresh()).to.equal(undefined);
      const other = await makeFresh();
      await other.cache.invalidate({ prefix: 'GET:http://example.com/' });
      expect(other.fresh()).to.equal(undefined);
      expect((await cache.stats()).hits).to.equal(1);
    });

    it('answers no-cache responses never', async () => {
      const { fresh } = await makeFresh({ headers: { 'Cache-Control': 'no-cache, max-age=60', ETag: '"a"' } });
      expect(fresh()).to.equal(undefined);
    });

    it('leaves requests with cookies to the longer way, under a lifetime of the operator’s', async () => {
      const withCookie = makeRequest('/a', { headers: { Cookie: 'a=1' } });
      expect((await makeFresh({}, { defaultTtl: 60 })).fresh(withCookie)).to.equal(undefined);
      expect((await makeFresh()).fresh(withCookie)).not.to.equal(undefined);
      const ignored = await makeFresh({}, { defaultTtl: 60, cookies: { ignore: ['a'] } });
      expect(ignored.fresh(withCookie), 'a cookie that does not count').not.to.equal(undefined);
    });
  });

  it('explains a decision, what is stored, and changes nothing', async () => {
    const { http, get, cache, clock } = makeRig({
      origin: () => ({ headers: { ...FRESH, ETag: '"a"', 'Surrogate-Key': 't' } }),
    });
    const policy = resolveHttpPolicy();
    const before = await http.explain(makeRequest('/a'), policy);
    expect([before!.decision, before!.stored]).to.deep.equal(['miss', undefined]);
    await get('/a');
    clock.advance(70_000);
    const stats = await cache.stats();
    const after = await http.explain(makeRequest('/a'), policy);
    expect(after!.decision).to.equal('revalidate');
    expect(after!.key).to.equal('GET:http://example.com/a');
    expect(after!.steps.map(({ section }) => section)).to.include('RFC 9111 §4.2');
    expect(after!.stored).to.include({ status: 200, ageSeconds: 70, freshFor: -10, lifetimeFrom: 'max-age' });
    expect(after!.stored!.tags).to.deep.equal(['t']);
    expect(await cache.stats()).to.deep.equal(stats);
    expect(await http.explain(makeRequest('*'), policy)).to.equal(undefined);
  });

  it('refuses options it does not know', () => {
    const { cache } = makeRig();
    expect(() => new HttpCache(cache, { nam: 'x' } as never)).to.throw(/nam is not an option/);
    expect(() => new HttpCache(cache, { window: -1 })).to.throw(/window must be a number of bytes/);
  });
});
