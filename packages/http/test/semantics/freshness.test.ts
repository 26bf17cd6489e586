import { expect } from 'chai';

import type { HeaderFieldsInit } from '#src/message/headers.js';
import type { Freshness } from '#src/semantics/facts.js';
import { computeFreshness } from '#src/semantics/freshness.js';
import { semanticsOptions, type SemanticsOptions } from '#src/semantics/semantics-options.js';
import { dateAt, makeResponse, T0 } from './make-facts.js';

function freshness(headers: HeaderFieldsInit, options: Partial<SemanticsOptions> = {}, status = 200): Freshness {
  return computeFreshness(makeResponse(headers, status), T0, T0, semanticsOptions(options));
}

/** How many seconds after T0 the response goes stale. */
function ttl(headers: HeaderFieldsInit, options: Partial<SemanticsOptions> = {}, status = 200): number {
  return (freshness(headers, options, status).freshUntil - T0) / 1000;
}

describe('computeFreshness', () => {
  describe('the lifetime an origin states', () => {
    it('is s-maxage before max-age before Expires in a shared cache', () => {
      const all = { 'Cache-Control': 'max-age=60, s-maxage=10', Expires: dateAt(900), Date: dateAt(0) };
      expect(ttl(all)).to.equal(10);
      expect(ttl({ ...all, 'Cache-Control': 'max-age=60' })).to.equal(60);
      expect(ttl({ Expires: dateAt(900), Date: dateAt(0) })).to.equal(900);
    });

    it('is not s-maxage in a private cache', () => {
      expect(ttl({ 'Cache-Control': 'max-age=60, s-maxage=10' }, { shared: false })).to.equal(60);
    });

    it('is s-maxage even beside max-age=0 and a past Expires', () => {
      expect(ttl({ 'Cache-Control': 'max-age=0, s-maxage=60', Expires: dateAt(-10) })).to.equal(60);
    });

    it('is max-age even beside a past or invalid Expires, and 0 beside a future one', () => {
      expect(ttl({ 'Cache-Control': 'max-age=60', Expires: dateAt(-7200), Date: dateAt(0) })).to.equal(60);
      expect(ttl({ 'Cache-Control': 'max-age=60', Expires: '0' })).to.equal(60);
      expect(ttl({ 'Cache-Control': 'max-age=0', Expires: dateAt(3600) })).to.equal(0);
    });

    it('is Expires told against the origin’s own clock', () => {
      expect(ttl({ Expires: dateAt(10_060), Date: dateAt(10_000) })).to.equal(60);
      expect(ttl({ Expires: dateAt(-9_940), Date: dateAt(-10_000) })).to.equal(60);
      expect(ttl({ Expires: dateAt(300), Date: dateAt(400) })).to.equal(0);
    });

    it('is Expires against the time of receipt when Date is missing or invalid', () => {
      expect(ttl({ Expires: dateAt(60) })).to.equal(60);
      expect(ttl({ Expires: dateAt(60), Date: 'foo' })).to.equal(60);
    });

    it('is over when Expires is invalid, and no heuristic takes its place', () => {
      for (const Expires of ['0', '-1', '', 'never', 'Thu, 18 Aug 2050 02:01:18 UTC', '2050-08-18T02:01:18Z']) {
        const found = freshness({ Expires, 'Last-Modified': dateAt(-1e6), Date: dateAt(0) });
        expect(found.lifetimeMs, Expires).to.equal(0);
        expect(found.source, Expires).to.equal('expires');
      }
    });

    it('takes the first of two Expires', () => {
      expect(ttl({ Expires: [dateAt(60), dateAt(600)], Date: dateAt(0) })).to.equal(60);
    });

    it('survives numbers beyond 2^31', () => {
      expect(ttl({ 'Cache-Control': 'max-age=99999999999' })).to.equal(2 ** 31);
      expect(freshness({ 'Cache-Control': 'max-age=2147483649' }).freshUntil).to.equal(T0 + 2 ** 31 * 1000);
    });

    it('is the targeted field’s, and Expires does not count beside it', () => {
      expect(ttl({ 'CDN-Cache-Control': 'max-age=60', Expires: dateAt(-10), 'Cache-Control': 'no-store' })).to.equal(
        60,
      );
      expect(ttl({ 'CDN-Cache-Control': 'max-age=0', Expires: dateAt(600) })).to.equal(0);
      expect(freshness({ 'CDN-Cache-Control': 'foo', Expires: dateAt(600) }).source).to.equal('none');
    });
  });

  it('counts a received Age and the time the answer took', () => {
    expect(ttl({ 'Cache-Control': 'max-age=60', Age: '20' })).to.equal(40);
    expect(ttl({ 'Cache-Control': 'max-age=3600', Age: '7200' })).to.be.below(0);
    const slow = computeFreshness(makeResponse({ 'Cache-Control': 'max-age=60' }), T0 - 5000, T0, semanticsOptions());
    expect(slow.freshUntil).to.equal(T0 + 55_000);
  });

  describe('a heuristic lifetime', () => {
    const lastModified = { 'Last-Modified': dateAt(-1000), Date: dateAt(0) };

    it('is a tenth of the time since the last change, by the origin’s clock', () => {
      expect(ttl(lastModified)).to.equal(100);
      expect(ttl({ 'Last-Modified': dateAt(9000), Date: dateAt(10_000) })).to.equal(100);
      expect(freshness(lastModified).source).to.equal('heuristic');
    });

    it('is for the statuses that allow it, or for public', () => {
      for (const status of [200, 203, 204, 206, 300, 301, 308, 404, 405, 410, 414, 501]) {
        expect(ttl(lastModified, {}, status), `${status}`).to.equal(100);
      }
      for (const status of [201, 202, 302, 303, 307, 403, 500, 502, 503, 504, 599]) {
        expect(freshness(lastModified, {}, status).source, `${status}`).to.equal('none');
        expect(ttl({ ...lastModified, 'Cache-Control': 'public' }, {}, status), `public ${status}`).to.equal(100);
      }
    });

    it('never takes the place of a stated one', () => {
      expect(ttl({ ...lastModified, 'Cache-Control': 'max-age=1' })).to.equal(1);
    });

    it('has an upper bound and a switch', () => {
      expect(ttl({ 'Last-Modified': dateAt(-86_400 * 365), Date: dateAt(0) })).to.equal(86_400);
      expect(freshness(lastModified, { heuristics: false }).source).to.equal('none');
    });

    it('needs a Last-Modified in the past that can be read', () => {
      for (const value of ['yesterday', dateAt(10), dateAt(0)]) {
        expect(freshness({ 'Last-Modified': value, Date: dateAt(0) }).source, value).to.equal('none');
      }
    });
  });

  describe('an operator’s lifetime', () => {
    it('stands in where none is stated, before a heuristic, and for successes and lasting redirects only', () => {
      expect(ttl({ 'Last-Modified': dateAt(-1000) }, { defaultTtlMs: 30_000 })).to.equal(30);
      expect(ttl({ 'Cache-Control': 'max-age=5' }, { defaultTtlMs: 30_000 })).to.equal(5);
      expect(ttl({ Expires: '0' }, { defaultTtlMs: 30_000 })).to.equal(0);
      for (const status of [302, 404, 500])
        expect(freshness({}, { defaultTtlMs: 30_000 }, status).source, `${status}`).to.equal('none');
    });

    it('may be given by status', () => {
      expect(ttl({}, { ttlByStatusMs: { 404: 5000 } }, 404)).to.equal(5);
      expect(ttl({}, { ttlByStatusMs: { 404: 5000 }, defaultTtlMs: 30_000 }, 200)).to.equal(30);
    });

    it('counts from the arrival of the answer, not from its birth', () => {
      const slow = computeFreshness(makeResponse(), T0 - 60_000, T0, semanticsOptions({ defaultTtlMs: 30_000 }));
      expect(slow.freshUntil).to.equal(T0 + 30_000);
    });

    it('tightens a stated lifetime, never loosens it', () => {
      const tighten = { ttlMode: 'tighten', ttlMs: 30_000 } as const;
      expect(ttl({ 'Cache-Control': 'max-age=600' }, tighten)).to.equal(30);
      expect(ttl({ 'Cache-Control': 'max-age=6' }, tighten)).to.equal(6);
      expect(freshness({}, tighten).source).to.equal('none');
    });

    it('overrides the stated lifetime, no-cache and the revalidation directives', () => {
      const override = { ttlMode: 'override', ttlMs: 30_000, staleIfErrorMs: 60_000 } as const;
      const found = freshness({ 'Cache-Control': 'no-cache, must-revalidate, max-age=0', Expires: '0' }, override);
      expect(found.freshUntil).to.equal(T0 + 30_000);
      expect(found.noCache || found.mustRevalidate).to.equal(false);
      expect(found.staleIfErrorUntil).to.equal(T0 + 90_000);
      expect(found.source).to.equal('rule');
    });

    it('does nothing in mode respect', () => {
      expect(ttl({ 'Cache-Control': 'max-age=600' }, { ttlMs: 30_000 })).to.equal(600);
    });
  });

  it('is frozen, and holds instants only', () => {
    const found = freshness({ 'Cache-Control': 'max-age=60, stale-while-revalidate=10, stale-if-error=20, immutable' });
    expect(Object.isFrozen(found)).to.equal(true);
    expect(found).to.deep.equal({
      bornAt: T0,
      lifetimeMs: 60_000,
      freshUntil: T0 + 60_000,
      staleWhileRevalidateUntil: T0 + 70_000,
      staleIfErrorUntil: T0 + 80_000,
      mustRevalidate: false,
      noCache: false,
      immutable: true,
      noCacheFields: [],
      source: 'max-age',
      field: 'cache-control',
    });
  });
});
