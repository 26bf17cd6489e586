import { expect } from 'chai';

import { parseRequestDirectives } from '#src/semantics/cache-control.js';
import type { Freshness } from '#src/semantics/facts.js';
import { computeFreshness } from '#src/semantics/freshness.js';
import { semanticsOptions, type SemanticsOptions } from '#src/semantics/semantics-options.js';
import { isServerFailure, mayServeDisconnected, mayServeOnError } from '#src/semantics/stale.js';
import { makeResponse, T0 } from './make-facts.js';

const grace = { staleWhileRevalidateMs: 1000, staleIfErrorMs: 2000 };

function freshness(cacheControl: string, options: Partial<SemanticsOptions> = {}): Freshness {
  return computeFreshness(makeResponse({ 'Cache-Control': cacheControl }), T0, T0, semanticsOptions(options));
}

/** Seconds of both windows beyond freshness. */
function windows(cacheControl: string, options: Partial<SemanticsOptions> = {}): [swr: number, sie: number] {
  const found = freshness(cacheControl, options);
  return [
    (found.staleWhileRevalidateUntil - found.freshUntil) / 1000,
    (found.staleIfErrorUntil - found.freshUntil) / 1000,
  ];
}

describe('stale windows', () => {
  it('are none by default', () => {
    expect(windows('max-age=60')).to.deep.equal([0, 0]);
  });

  it('are what the response says, before what the operator grants', () => {
    expect(windows('max-age=60, stale-while-revalidate=30, stale-if-error=90', grace)).to.deep.equal([30, 90]);
    expect(windows('max-age=60, stale-while-revalidate=0', grace)).to.deep.equal([0, 2]);
  });

  it('are the operator’s where the response says nothing', () => {
    expect(windows('max-age=60', grace)).to.deep.equal([1, 2]);
  });

  it('are none under no-cache, must-revalidate and proxy-revalidate, whatever else is said', () => {
    for (const directive of ['no-cache', 'must-revalidate', 'proxy-revalidate']) {
      const value = `max-age=60, ${directive}, stale-while-revalidate=30, stale-if-error=90`;
      expect(windows(value, grace), directive).to.deep.equal([0, 0]);
      expect(freshness(value).mustRevalidate, directive).to.equal(true);
    }
  });

  it('are untouched by a lifetime that is tightened or given as a default, and the operator’s under one that overrides', () => {
    for (const ttlMode of ['respect', 'tighten'] as const) {
      expect(windows('max-age=60, must-revalidate', { ...grace, ttlMode, ttlMs: 5000 }), ttlMode).to.deep.equal([0, 0]);
    }
    expect(windows('max-age=60, must-revalidate', { ...grace, ttlMode: 'override' })).to.deep.equal([0, 0]);
    expect(windows('max-age=60, must-revalidate', { ...grace, ttlMode: 'override', ttlMs: 5000 })).to.deep.equal([
      1, 2,
    ]);
  });

  it('under s-maxage are the response’s own, never the operator’s', () => {
    expect(windows('s-maxage=60', grace)).to.deep.equal([0, 0]);
    expect(freshness('s-maxage=60', grace).mustRevalidate).to.equal(true);
    expect(windows('s-maxage=60, stale-while-revalidate=30', grace)).to.deep.equal([30, 0]);
    expect(windows('s-maxage=60, stale-if-error=90', grace)).to.deep.equal([0, 90]);
  });

  it('in a private cache do not mind proxy-revalidate and s-maxage', () => {
    expect(windows('max-age=60, proxy-revalidate, s-maxage=5', { ...grace, shared: false })).to.deep.equal([1, 2]);
  });

  it('take an invalid window for none', () => {
    expect(windows('max-age=60, stale-while-revalidate=x, stale-if-error', grace)).to.deep.equal([0, 0]);
  });
});

describe('mayServeOnError', () => {
  const at = (seconds: number): number => T0 + seconds * 1000;
  const none = undefined;

  it('holds until the window closes', () => {
    const found = freshness('max-age=10, stale-if-error=60');
    expect(mayServeOnError(found, none, at(69))).to.equal(true);
    expect(mayServeOnError(found, none, at(70))).to.equal(false);
  });

  it('never holds under no-cache, of the response or of the client', () => {
    expect(mayServeOnError(freshness('max-age=10, no-cache, stale-if-error=60'), none, at(1))).to.equal(false);
    const found = freshness('max-age=10, stale-if-error=60');
    expect(mayServeOnError(found, parseRequestDirectives('no-cache'), at(1))).to.equal(false);
  });

  it('lets a client grant a window that nothing forbids', () => {
    const client = parseRequestDirectives('stale-if-error=60');
    expect(mayServeOnError(freshness('max-age=10'), client, at(69))).to.equal(true);
    expect(mayServeOnError(freshness('max-age=10'), client, at(70))).to.equal(false);
    expect(mayServeOnError(freshness('max-age=10, must-revalidate'), client, at(11))).to.equal(false);
    expect(mayServeOnError(freshness('s-maxage=10'), client, at(11))).to.equal(false);
  });

  it('counts 500, 502, 503 and 504 as failures', () => {
    expect([499, 500, 501, 502, 503, 504, 505, 599].filter(isServerFailure)).to.deep.equal([500, 502, 503, 504]);
  });
});

describe('an origin that cannot be heard', () => {
  const options = semanticsOptions({ staleIfUnreachableMs: 10_000 });

  function mayServe(cacheControl: string, seconds: number, request = ''): boolean {
    const { headers } = makeResponse({ 'Cache-Control': cacheControl });
    const stored = { headers, freshness: freshness(cacheControl) };
    return mayServeDisconnected(stored, parseRequestDirectives(request), T0 + seconds * 1000, options);
  }

  it('is stood in for as long as the operator says', () => {
    expect(mayServe('max-age=60', 69)).to.equal(true);
    expect(mayServe('max-age=60', 70)).to.equal(false);
  });

  it('is not where the response forbids stale use, or the client insists', () => {
    for (const directive of ['no-cache', 'must-revalidate', 'proxy-revalidate', 's-maxage=60']) {
      expect(mayServe(`max-age=60, ${directive}`, 61), directive).to.equal(false);
    }
    expect(mayServe('max-age=60', 61, 'no-cache')).to.equal(false);
  });

  it('is for as long as the response itself says, where it says so', () => {
    expect(mayServe('max-age=60, stale-if-error=5', 66)).to.equal(false);
    expect(mayServe('max-age=60, stale-if-error=0', 61)).to.equal(false);
  });
});
