import { expect } from 'chai';

import type { HeaderFieldsInit } from '#src/message/headers.js';
import { decideReuse, type Reuse } from '#src/semantics/reuse.js';
import { semanticsOptions, type SemanticsOptions } from '#src/semantics/semantics-options.js';
import { dateAt, makeRequest, makeStored, T0 } from './make-facts.js';

/** Judges a request so many seconds after the response was stored. */
function decide(
  stored: HeaderFieldsInit | undefined,
  seconds: number,
  request: HeaderFieldsInit = {},
  options: Partial<SemanticsOptions> = {},
  method = 'GET',
): Reuse {
  const complete = semanticsOptions(options);
  return decideReuse(
    makeRequest(request, method),
    stored && makeStored(stored, options),
    T0 + seconds * 1000,
    complete,
  );
}

const cc = (value: string): HeaderFieldsInit => ({ 'Cache-Control': value });

describe('decideReuse', () => {
  it('answers from store while fresh, and asks once stale', () => {
    expect(decide(cc('max-age=60'), 0)).to.equal('hit');
    expect(decide(cc('max-age=60'), 59.999)).to.equal('hit');
    expect(decide(cc('max-age=60'), 60)).to.equal('revalidate');
    expect(decide(cc('max-age=60'), 5, {}, {}, 'HEAD')).to.equal('hit');
  });

  it('misses when nothing is stored', () => {
    expect(decide(undefined, 0)).to.equal('miss');
    expect(decide(undefined, 0, cc('max-stale'))).to.equal('miss');
  });

  it('has no say over other methods than GET and HEAD', () => {
    for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS', 'get', 'M-SEARCH']) {
      expect(decide(cc('max-age=60'), 0, {}, {}, method), method).to.equal('bypass');
    }
  });

  it('leaves preconditions for the origin to the origin', () => {
    expect(decide(cc('max-age=60'), 0, { 'If-Match': '"a"' })).to.equal('bypass');
    expect(decide(cc('max-age=60'), 0, { 'If-Unmodified-Since': dateAt(0) })).to.equal('bypass');
    expect(decide(cc('max-age=60'), 0, { 'If-None-Match': '"a"' })).to.equal('hit');
  });

  it('never uses no-cache without validation, fresh or in any window', () => {
    expect(decide(cc('max-age=60, no-cache'), 0)).to.equal('revalidate');
    expect(decide(cc('max-age=60, no-cache, stale-while-revalidate=60'), 61)).to.equal('revalidate');
    expect(decide(cc('max-age=60, no-cache'), 0, cc('max-stale'))).to.equal('revalidate');
    expect(decide(cc('max-age=60, no-cache="x"'), 0)).to.equal('hit');
  });

  it('uses must-revalidate while fresh, and asks when stale whatever the client takes', () => {
    expect(decide(cc('max-age=60, must-revalidate'), 59)).to.equal('hit');
    for (const value of ['max-age=60, must-revalidate', 'max-age=60, proxy-revalidate', 's-maxage=60']) {
      expect(decide(cc(value), 61, cc('max-stale')), value).to.equal('revalidate');
      expect(decide(cc(value), 61, {}, { staleWhileRevalidateMs: 60_000 }), value).to.equal('revalidate');
    }
  });

  it('does not mind Pragma or Warning in a response', () => {
    expect(decide({ 'Cache-Control': 'max-age=60', Pragma: 'no-cache' }, 0)).to.equal('hit');
  });

  describe('stale-while-revalidate', () => {
    it('answers stale inside the window only', () => {
      const value = cc('max-age=60, stale-while-revalidate=30');
      expect(decide(value, 60)).to.equal('stale');
      expect(decide(value, 89.9)).to.equal('stale');
      expect(decide(value, 90)).to.equal('revalidate');
      expect(decide(cc('s-maxage=60, stale-while-revalidate=30'), 61)).to.equal('stale');
      expect(decide(cc('max-age=60'), 61, {}, { staleWhileRevalidateMs: 5000 })).to.equal('stale');
    });

    it('yields to a client that wants nothing stale', () => {
      const value = cc('max-age=60, stale-while-revalidate=300');
      expect(decide(value, 61, cc('no-cache'))).to.equal('revalidate');
      expect(decide(value, 61, cc('max-age=0'))).to.equal('revalidate');
      expect(decide(value, 61, cc('max-age=900'))).to.equal('revalidate');
      expect(decide(value, 61, cc('max-age=900, max-stale'))).to.equal('stale');
      expect(decide(value, 61, cc('max-age=61, max-stale'))).to.equal('stale');
      expect(decide(value, 61, cc('max-age=60, max-stale'))).to.equal('revalidate');
      expect(decide(value, 61, cc('min-fresh=1'))).to.equal('revalidate');
    });
  });

  describe('request directives', () => {
    it('max-age: not older than this', () => {
      expect(decide(cc('max-age=3600'), 10, cc('max-age=10'))).to.equal('hit');
      expect(decide(cc('max-age=3600'), 10.001, cc('max-age=10'))).to.equal('revalidate');
      expect(decide(cc('max-age=3600'), 1, cc('max-age=0'))).to.equal('revalidate');
      expect(decide({ 'Cache-Control': 'max-age=3600', Age: '1800' }, 0, cc('max-age=600'))).to.equal('revalidate');
    });

    it('min-fresh: fresh for this long still', () => {
      expect(decide(cc('max-age=60'), 10, cc('min-fresh=50'))).to.equal('hit');
      expect(decide(cc('max-age=60'), 10, cc('min-fresh=51'))).to.equal('revalidate');
      expect(decide({ 'Cache-Control': 'max-age=1500', Age: '1000' }, 0, cc('min-fresh=1000'))).to.equal('revalidate');
    });

    it('max-stale: stale by no more than this, or by any time', () => {
      expect(decide(cc('max-age=60'), 70, cc('max-stale=10'))).to.equal('stale');
      expect(decide(cc('max-age=60'), 70.001, cc('max-stale=10'))).to.equal('revalidate');
      expect(decide(cc('max-age=60'), 9e6, cc('max-stale'))).to.equal('stale');
      expect(decide({ 'Cache-Control': 'max-age=1500', Age: '2000' }, 0, cc('max-stale=1000'))).to.equal('stale');
    });

    it('no-cache, and Pragma in its place: validate', () => {
      expect(decide(cc('max-age=60'), 0, cc('no-cache'))).to.equal('revalidate');
      expect(decide(cc('max-age=60'), 0, { Pragma: 'no-cache' })).to.equal('revalidate');
      expect(decide(cc('max-age=60'), 0, { Pragma: 'no-cache', 'Cache-Control': 'max-age=5' })).to.equal('hit');
      expect(decide(cc('max-age=60'), 0, { Pragma: 'unknown' })).to.equal('hit');
    });

    it('no-store: the store stays out of it', () => {
      expect(decide(cc('max-age=60'), 0, cc('no-store'))).to.equal('bypass');
    });

    it('only-if-cached: what would be forwarded is unavailable', () => {
      expect(decide(undefined, 0, cc('only-if-cached'))).to.equal('unavailable');
      expect(decide(cc('max-age=60'), 0, cc('only-if-cached'))).to.equal('hit');
      expect(decide(cc('max-age=60'), 61, cc('only-if-cached'))).to.equal('unavailable');
      expect(decide(cc('max-age=60'), 61, cc('only-if-cached, max-stale'))).to.equal('stale');
      expect(decide(cc('no-cache'), 0, cc('only-if-cached'))).to.equal('unavailable');
      expect(decide(cc('max-age=60'), 0, cc('only-if-cached, no-cache'))).to.equal('unavailable');
      expect(decide(cc('max-age=60'), 5, cc('only-if-cached, max-age=1'))).to.equal('unavailable');
    });

    it('mean nothing when they are unknown, or not honoured', () => {
      expect(decide(cc('max-age=60'), 0, cc('nothing-to-see-here'))).to.equal('hit');
      const options = { honourRequestDirectives: false };
      for (const value of ['no-cache', 'no-store', 'max-age=0', 'min-fresh=99']) {
        expect(decide(cc('max-age=60'), 5, cc(value), options), value).to.equal('hit');
      }
      expect(decide(cc('max-age=60'), 61, cc('max-stale'), options)).to.equal('revalidate');
      expect(decide(undefined, 0, cc('only-if-cached'), options)).to.equal('miss');
    });
  });

  it('does not revalidate a fresh immutable response for max-age=0, only for no-cache', () => {
    expect(decide(cc('max-age=60, immutable'), 5, cc('max-age=0'))).to.equal('hit');
    expect(decide(cc('max-age=60, immutable'), 5, cc('no-cache'))).to.equal('revalidate');
    expect(decide(cc('max-age=60, immutable'), 61)).to.equal('revalidate');
  });

  it('keeps a request with Cookie away from answers whose lifetime an operator invented', () => {
    expect(decide({}, 0, { Cookie: 'a=b' }, { defaultTtlMs: 60_000 })).to.equal('bypass');
    expect(decide({}, 0, { Cookie: 'a=b' }, { ttlMode: 'override', ttlMs: 60_000 })).to.equal('bypass');
    expect(decide({}, 0, { Cookie: 'a=b' }, { defaultTtlMs: 60_000, cookies: 'ignore' })).to.equal('hit');
    expect(decide({}, 0, {}, { defaultTtlMs: 60_000 })).to.equal('hit');
    expect(decide(cc('max-age=60'), 0, { Cookie: 'a=b' }, { defaultTtlMs: 60_000 })).to.equal('hit');
    const heuristic = { 'Last-Modified': dateAt(-1000), Date: dateAt(0) };
    expect(decide(heuristic, 0, { Cookie: 'a=b' })).to.equal('hit');
  });

  it('keeps a request with Authorization away from them, too, unless they say that they are for everybody', () => {
    const authorized = { Authorization: 'Bearer a' };
    expect(decide({}, 0, authorized, { defaultTtlMs: 60_000 })).to.equal('bypass');
    expect(decide({}, 0, authorized, { ttlMode: 'override', ttlMs: 60_000 })).to.equal('bypass');
    expect(decide(cc('public'), 0, authorized, { defaultTtlMs: 60_000 })).to.equal('hit');
    expect(decide({}, 0, authorized, { defaultTtlMs: 60_000, shared: false })).to.equal('hit');
    expect(decide(cc('max-age=60'), 0, authorized, { defaultTtlMs: 60_000 })).to.equal('hit');
  });

  it('reads no Cookie and no directives where the response needs none of it', () => {
    const asked: string[] = [];
    const request = makeRequest();
    const watched = new Proxy(request.headers, {
      get(target, key) {
        const value: unknown = Reflect.get(target, key, target);
        if (typeof value !== 'function') return value;
        return (...names: unknown[]) => {
          asked.push(String(names[0]));
          return (value as (...all: unknown[]) => unknown).apply(target, names);
        };
      },
    });
    decideReuse({ method: 'GET', headers: watched }, makeStored(cc('max-age=60')), T0, semanticsOptions());
    expect(asked).to.deep.equal(['if-match', 'if-unmodified-since', 'cache-control', 'pragma']);
  });
});
