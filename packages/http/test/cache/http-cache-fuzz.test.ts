import { expect } from 'chai';
import fc from 'fast-check';
import { OriginError } from '#src/cache/origin-error.js';
import type { HttpPolicyOptions } from '#src/cache/http-policy-options.js';
import { makeRig, textOf, xCache, type ResponseInit } from './make-http-cache.js';

/** Values that fields of caching have, well and badly formed. */
const value = fc.oneof(
  fc.constantFrom(
    ...['max-age=60', 's-maxage=60, max-age=0', 'no-store', 'private', 'no-cache', 'public, max-age=1', 'max-age="60"'],
    ...[
      'max-age=-1',
      'max-age=99999999999999999999',
      ',,,',
      '"',
      'private="',
      'must-understand, no-store',
      '*',
      'W/"a"',
    ],
    ...['"a"', '"a", "b"', 'bytes=0-1', 'bytes=-', 'bytes=9-1,', 'Foo', 'Foo, *', '0', 'Thu, 01 Jan 1970 00:00:00 GMT'],
    ...[
      'only-if-cached',
      'max-stale',
      'min-fresh=5',
      'stale-while-revalidate=60',
      'close, foo',
      'a=1; b=2',
      'bytes 0-1/2',
    ],
  ),
  fc.string({ maxLength: 20 }),
);
const REQUEST_FIELDS = [
  ...['Cache-Control', 'Pragma', 'If-None-Match', 'If-Modified-Since', 'If-Range', 'If-Match', 'Range', 'Cookie'],
  ...['Authorization', 'Connection', 'Foo', 'Host', 'Content-Length'],
];
const RESPONSE_FIELDS = [
  ...['Cache-Control', 'CDN-Cache-Control', 'Expires', 'Date', 'Age', 'ETag', 'Last-Modified', 'Vary', 'Set-Cookie'],
  ...['Content-Length', 'Content-Range', 'Connection', 'Cache-Tag', 'Surrogate-Key', 'Cache-Groups', 'No-Vary-Search'],
  ...['Location', 'X-Cache', 'Cache-Status'],
];
const fieldsOf = (names: readonly string[]) =>
  fc.dictionary(fc.constantFrom(...names), fc.oneof(value, fc.array(value, { minLength: 1, maxLength: 3 })), {
    maxKeys: 5,
  });
const exchange = fc.record({
  method: fc.constantFrom('GET', 'GET', 'GET', 'HEAD', 'POST', 'get', 'PURGE', ''),
  target: fc.oneof(fc.constantFrom('/', '/?a=1&b', '/?b&a=1', '*', ''), fc.string({ maxLength: 8 })),
  request: fieldsOf(REQUEST_FIELDS),
  status: fc.constantFrom(200, 200, 200, 203, 204, 206, 299, 301, 304, 400, 404, 412, 416, 500, 503, 999),
  response: fieldsOf(RESPONSE_FIELDS),
  body: fc.constantFrom<ResponseInit['body'][]>('body', '', null),
  seconds: fc.nat(100),
});
const policies = fc.constantFrom<HttpPolicyOptions[]>(
  {},
  { defaultTtl: 60, grace: 60, negativeTtl: { 404: 5 } },
  { ttl: 60, ttlMode: 'override', cookies: { ignore: ['a'], key: ['b'] }, surrogateFields: 'strip' },
  { requestDirectives: 'coalesce', etagFromBody: true, key: { sortQuery: true, ignoreParams: ['a'] }, maxVariants: 1 },
  { shared: false, storeSetCookie: true, context: { foo: (request) => request.headers.get('foo') } },
);

describe('HttpCache and what nobody foresaw', function () {
  // Many runs: on a busy machine they take their time.
  this.timeout(60_000);

  it('answers every exchange or says how the origin failed, and tells its own story on every answer', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(exchange, { minLength: 2, maxLength: 8 }), policies, async (exchanges, policy) => {
        const rig = makeRig({ policy });
        for (const { method, target, request, status, response, body, seconds } of exchanges) {
          rig.origin.handler = () => ({ status, headers: response, body: method === 'HEAD' ? null : body! });
          try {
            const answer = await rig.get(target, { method, headers: request });
            expect(xCache(answer)).to.be.oneOf(['HIT', 'MISS', 'STALE', 'REVALIDATED', 'BYPASS']);
            expect(answer.headers.getAll('x-cache')).to.have.length(1);
            expect(answer.headers.getAll('cache-status').at(-1)).to.match(/^CacheWarp;/);
            const text = await textOf(answer);
            if (method === 'HEAD' || answer.status === 304) expect(text).to.equal('');
            if (answer.status === 206 && xCache(answer) === 'HIT') expect(request['Range']).not.to.equal(undefined);
          } catch (error) {
            if (!(error instanceof OriginError)) throw error;
          }
          rig.clock.advance(seconds * 1_000);
        }
        await rig.cache.parts.background.drain();
        const { hits, staleHits, misses, bypasses } = await rig.cache.stats();
        expect(hits + staleHits + misses + bypasses, 'each is counted once').to.equal(exchanges.length);
      }),
      { numRuns: 1_000 },
    );
  });

  it('gives nobody what was said to be for another', async () => {
    const secret = fc.constantFrom<{ response: Record<string, string>; request: Record<string, string> }>(
      { response: { 'Cache-Control': 'private, max-age=60' }, request: {} },
      { response: { 'Cache-Control': 'max-age=60, no-store' }, request: {} },
      { response: { 'Cache-Control': 'max-age=60', 'Set-Cookie': 's=1' }, request: {} },
      { response: { 'Cache-Control': 'max-age=60', Vary: '*' }, request: {} },
      { response: { 'Cache-Control': 'max-age=60' }, request: { Authorization: 'Bearer x' } },
      { response: { 'CDN-Cache-Control': 'private' }, request: {} },
    );
    await fc.assert(
      fc.asyncProperty(
        secret,
        fieldsOf(REQUEST_FIELDS),
        fieldsOf(REQUEST_FIELDS),
        fc.boolean(),
        async (kind, one, two, atOnce) => {
          let call = 0;
          const rig = makeRig({ origin: () => ({ headers: kind.response, body: `secret ${++call}` }) });
          const first = rig.get('/', { headers: { ...one, ...kind.request } });
          if (!atOnce) await first;
          const second = rig.get('/', { headers: two });
          const [firstText, secondText] = await Promise.all(
            [first, second].map(async (answer) => textOf(await answer)),
          );
          if (secondText !== '') expect(secondText).not.to.equal(firstText);
        },
      ),
      { numRuns: 500 },
    );
  });
});
