import { expect } from 'chai';

import type { HeaderFieldsInit } from '#src/message/headers.js';
import { computeFreshness } from '#src/semantics/freshness.js';
import { semanticsOptions, type SemanticsOptions } from '#src/semantics/semantics-options.js';
import { decideStore } from '#src/semantics/storable.js';
import { dateAt, makeRequest, makeResponse, T0 } from './make-facts.js';

interface Case {
  readonly request?: HeaderFieldsInit;
  readonly method?: string;
  readonly response?: HeaderFieldsInit;
  readonly status?: number;
  readonly options?: Partial<SemanticsOptions>;
}

function decide({ request, method, response, status, options }: Case): string {
  const complete = semanticsOptions(options);
  const answer = makeResponse(response, status);
  return decideStore(makeRequest(request, method), answer, computeFreshness(answer, T0, T0, complete), complete);
}

const fresh = { 'Cache-Control': 'max-age=60' };

describe('decideStore', () => {
  it('stores any final status with explicit freshness, unknown ones too', () => {
    for (const status of [
      200, 201, 203, 204, 299, 301, 302, 303, 307, 308, 400, 403, 404, 410, 499, 500, 502, 503, 504, 599, 999,
    ]) {
      expect(decide({ status, response: fresh }), `${status}`).to.equal('store');
    }
  });

  it('stores answers to GET only', () => {
    for (const method of ['HEAD', 'POST', 'PUT', 'OPTIONS', 'DELETE', 'get', 'M-SEARCH']) {
      expect(decide({ method, response: fresh }), method).to.equal('method');
    }
  });

  it('stores no interim answer and no 304', () => {
    expect(decide({ status: 103, response: fresh })).to.equal('interim');
    expect(decide({ status: 304, response: fresh })).to.equal('not-modified');
  });

  it('stores nothing that answers something of one request only', () => {
    for (const status of [407, 408, 412, 416, 417, 421, 425, 428, 429, 431, 511]) {
      expect(decide({ status, response: fresh }), `${status}`).to.equal('request-specific');
    }
  });

  it('stores a 206 only with one Content-Range that can be read', () => {
    expect(decide({ status: 206, response: { ...fresh, 'Content-Range': 'bytes 0-4/10' } })).to.equal('store');
    for (const value of [undefined, 'bytes 0-4', 'lines 0-4/10', 'bytes */10', 'bytes 4-0/10', 'bytes 0-10/10']) {
      expect(decide({ status: 206, response: { ...fresh, 'Content-Range': value } }), value).to.equal('invalid-range');
    }
  });

  it('heeds no-store of the response in any letter case, and of the request where it is honoured', () => {
    expect(decide({ response: { 'Cache-Control': 'max-age=60, No-StOrE' } })).to.equal('no-store');
    expect(decide({ request: { 'Cache-Control': 'no-store' }, response: fresh })).to.equal('request-no-store');
    const options = { honourRequestDirectives: false };
    expect(decide({ request: { 'Cache-Control': 'no-store' }, response: fresh, options })).to.equal('store');
  });

  it('lets must-understand take the place of no-store for statuses it understands, and forbid the others', () => {
    const response = { 'Cache-Control': 'max-age=60, no-store, must-understand' };
    expect(decide({ response })).to.equal('store');
    expect(decide({ response, status: 599 })).to.equal('not-understood');
    expect(decide({ response: { 'Cache-Control': 'max-age=60, must-understand' }, status: 299 })).to.equal(
      'not-understood',
    );
  });

  it('leaves private answers, of all or of some fields, to private caches', () => {
    for (const value of ['private', 'PRIVATE', 'private="x"']) {
      const response = { 'Cache-Control': `max-age=60, ${value}` };
      expect(decide({ response }), value).to.equal('private');
      expect(decide({ response, options: { shared: false } }), value).to.equal('store');
    }
  });

  it('stores an answer to Authorization only with public, s-maxage or must-revalidate', () => {
    const request = { Authorization: 'Basic x' };
    expect(decide({ request, response: fresh })).to.equal('authorization');
    expect(decide({ request, response: fresh, options: { shared: false } })).to.equal('store');
    for (const directive of ['public', 's-maxage=60', 'must-revalidate']) {
      expect(decide({ request, response: { 'Cache-Control': `max-age=60, ${directive}` } }), directive).to.equal(
        'store',
      );
    }
    expect(decide({ request, response: { 'Cache-Control': 'max-age=60, proxy-revalidate' } })).to.equal(
      'authorization',
    );
  });

  it('refuses Set-Cookie unless told otherwise, or unless no-cache keeps it out of the store', () => {
    const response = { ...fresh, 'Set-Cookie': 'a=b' };
    expect(decide({ response })).to.equal('set-cookie');
    expect(decide({ response, options: { storeSetCookie: true } })).to.equal('store');
    expect(decide({ response: { ...response, 'Cache-Control': 'max-age=60, no-cache="Set-Cookie"' } })).to.equal(
      'store',
    );
    expect(decide({ response, options: { ttlMode: 'override', ttlMs: 1000 } })).to.equal('set-cookie');
  });

  it('refuses a Vary with a star anywhere', () => {
    for (const Vary of ['*', '*, *', ', *', 'Foo, *', '*, Foo', ['', '*'], ['Foo', '*']]) {
      expect(decide({ response: { ...fresh, Vary } }), String(Vary)).to.equal('vary-star');
    }
    expect(decide({ response: { ...fresh, Vary: 'Foo' } })).to.equal('store');
  });

  it('stores nothing without a lifetime or a validator', () => {
    expect(decide({})).to.equal('no-freshness');
    expect(decide({ response: { 'Cache-Control': 'public' } })).to.equal('no-freshness');
    expect(decide({ response: { 'Cache-Control': 'max-age=0' } })).to.equal('no-freshness');
    expect(decide({ response: { 'Cache-Control': 'max-age=0, stale-if-error=60' } })).to.equal('store');
    expect(decide({ response: { 'Cache-Control': 'no-cache, max-age=60' } })).to.equal('no-freshness');
    for (const validator of [{ ETag: '"a"' }, { ETag: 'W/"a"' }, { 'Last-Modified': dateAt(-5) }]) {
      expect(decide({ response: { 'Cache-Control': 'no-cache', ...validator } })).to.equal('store');
    }
  });

  it('stores a validator alone only for a status that may be stored without freshness', () => {
    for (const status of [200, 404])
      expect(decide({ status, response: { ETag: '"a"' } }), `${status}`).to.equal('store');
    for (const status of [201, 302, 403, 502, 599]) {
      expect(decide({ status, response: { 'Last-Modified': dateAt(-1000), ETag: '"a"' } }), `${status}`).to.equal(
        'status',
      );
    }
    expect(decide({ status: 599, response: { 'Last-Modified': dateAt(-1000), 'Cache-Control': 'public' } })).to.equal(
      'store',
    );
    const tagged = { status: 302, options: { shared: false } };
    expect(decide({ ...tagged, response: { ETag: '"a"', 'Cache-Control': 'private' } })).to.equal('store');
    expect(decide({ ...tagged, response: { ETag: '"a"' } })).to.equal('status');
  });

  it('stores under an operator’s lifetime, but not what a request with Cookie got', () => {
    const options = { defaultTtlMs: 30_000 };
    expect(decide({ options })).to.equal('store');
    expect(decide({ options, request: { Cookie: 'a=b' } })).to.equal('cookie');
    expect(decide({ options: { ...options, cookies: 'ignore' }, request: { Cookie: 'a=b' } })).to.equal('store');
    expect(decide({ options, request: { Cookie: 'a=b' }, response: fresh })).to.equal('store');
    expect(
      decide({ options: { ttlMode: 'override', ttlMs: 1000 }, request: { Cookie: 'a=b' }, response: fresh }),
    ).to.equal('cookie');
  });

  it('stands firm against an operator’s override where an answer is personal', () => {
    const options = { ttlMode: 'override', ttlMs: 1000 } as const;
    expect(decide({ options, response: { 'Cache-Control': 'private' } })).to.equal('private');
    expect(decide({ options, response: { 'Cache-Control': 'no-store' } })).to.equal('no-store');
    expect(decide({ options, response: { Vary: '*' } })).to.equal('vary-star');
    expect(decide({ options, request: { Authorization: 'x' } })).to.equal('authorization');
    expect(decide({ options, response: { 'Cache-Control': 'no-cache' } })).to.equal('store');
  });

  it('obeys the targeted field alone', () => {
    expect(decide({ response: { 'CDN-Cache-Control': 'max-age=60', 'Cache-Control': 'no-store, private' } })).to.equal(
      'store',
    );
    expect(decide({ response: { 'CDN-Cache-Control': 'private', 'Cache-Control': 'max-age=60' } })).to.equal('private');
    expect(decide({ response: { 'CDN-Cache-Control': 'no-store', 'Cache-Control': 'max-age=60' } })).to.equal(
      'no-store',
    );
    expect(decide({ response: { 'CDN-Cache-Control': 'max-age="60"', 'Cache-Control': 'max-age=60' } })).to.equal(
      'no-freshness',
    );
  });
});
