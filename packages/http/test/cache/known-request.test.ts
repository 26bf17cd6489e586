import { expect } from 'chai';
import type { HttpPolicyOptions } from '#src/cache/http-policy-options.js';
import { resolveHttpPolicy } from '#src/cache/http-policy.js';
import type { HeaderFieldsInit } from '#src/message/headers.js';
import { makeRequest, makeRig, type ResponseInit } from './make-http-cache.js';

const NONE: ReadonlySet<string> = new Set();
const FRESH: ResponseInit = { headers: { 'Cache-Control': 'max-age=60' } };

describe('HttpCache.know and freshKnown', () => {
  /** What `fresh` and `freshKnown` say of a target, when another one with the same fields was asked for before. */
  async function compare(given: {
    options?: HttpPolicyOptions;
    headers?: HeaderFieldsInit;
    stored?: string;
    target?: string;
    answer?: ResponseInit;
    laterMs?: number;
    varying?: ReadonlySet<string>;
  }): Promise<{ fresh: boolean; known: boolean; hits: number }> {
    const {
      options,
      headers = {},
      stored = '/a',
      target = stored,
      answer = FRESH,
      laterMs = 0,
      varying = NONE,
    } = given;
    const rig = makeRig({ origin: () => answer });
    const policy = resolveHttpPolicy(options);
    await rig.http.handle(makeRequest(stored, { headers }), rig.origin.serve, policy);
    rig.clock.advance(laterMs);
    const before = rig.cache.parts.counters.hits;
    const known = rig.http.know(makeRequest('/other?z=1', { headers }), policy, varying);
    const byKnown = known && rig.http.freshKnown(known, target);
    const hits = rig.cache.parts.counters.hits - before;
    const byRequest = rig.http.fresh(makeRequest(target, { headers }), policy);
    if (byKnown !== undefined) expect(byKnown).to.deep.equal(byRequest);
    return { fresh: byRequest !== undefined, known: byKnown !== undefined, hits };
  }

  for (const [title, given] of [
    ['a plain request', {}],
    ['a key without the host', { options: { key: { scope: 'path' } } }],
    ['a query that is sorted', { options: { key: { sortQuery: true } }, stored: '/a?b=1&a=2', target: '/a?a=2&b=1' }],
    ['ignored parameters', { options: { key: { ignoreParams: ['u*'] } }, target: '/a?utm=1' }],
    [
      'cookies that are keyed or ignored',
      { options: { cookies: { key: ['k'], ignore: ['i'] } }, headers: { Cookie: 'k=1; i=2' } },
    ],
    ['a cookie, and an answer that is fresh by its own word', { headers: { Cookie: 'a=1' } }],
    [
      'an answer that varies',
      {
        headers: { 'Accept-Encoding': 'br' },
        answer: { headers: { 'Cache-Control': 'max-age=60', Vary: 'Accept-Encoding' } },
      },
    ],
  ] as const) {
    it(`agree about ${title}`, async () => {
      expect(await compare(given)).to.deep.equal({ fresh: true, known: true, hits: 1 });
    });
  }

  for (const [title, given] of [
    ['nothing that is kept', { target: '/b' }],
    ['an answer in its last moment', { laterMs: 59_800 }],
    ['an answer that was fresh', { laterMs: 61_000 }],
    [
      'a lifetime of the operator’s, with a cookie',
      { options: { defaultTtl: 60 }, headers: { Cookie: 'i=2' }, answer: {} },
    ],
    ['a request with a condition', { headers: { 'If-None-Match': '"1"' } }],
  ] as const) {
    it(`agree that there is no hit for ${title}`, async () => {
      expect(await compare(given)).to.deep.equal({ fresh: false, known: false, hits: 0 });
    });
  }

  for (const [title, given] of [
    ['whether the cache is passed by', { options: { bypass: () => false } }],
    ['a part of the key', { options: { context: { a: () => 'b' } } }],
    [
      'the variant',
      {
        varying: new Set(['x-a']),
        headers: { 'X-A': '1' },
        answer: { headers: { 'Cache-Control': 'max-age=60', Vary: 'X-A' } },
      },
    ],
  ] as const) {
    it(`leave it to fresh where the request itself decides ${title}`, async () => {
      expect(await compare(given)).to.deep.equal({ fresh: true, known: false, hits: 0 });
    });
  }

  it('do not know a HEAD', () => {
    const { http } = makeRig({});
    expect(http.know(makeRequest('/', { method: 'HEAD' }), resolveHttpPolicy(), NONE)).to.equal(undefined);
  });
});
