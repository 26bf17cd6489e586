import { expect } from 'chai';
import { resolveHttpPolicy } from '#src/cache/http-policy.js';
import type { HttpPolicyOptions } from '#src/cache/http-policy-options.js';
import { makeRequest, makeRig, xCache, type RequestInit, type ResponseInit } from './make-http-cache.js';

/** A cache under an adaptive policy; the origin's body is the version that the test sets. */
function makeAdaptive(options: HttpPolicyOptions = {}, answer: (version: number) => ResponseInit = () => ({})) {
  let version = 1;
  const rig = makeRig({
    origin: (request) => {
      const given = answer(version);
      const etag = (given.headers as Record<string, string> | undefined)?.['ETag'];
      if (etag !== undefined && request.headers.get('if-none-match') === etag)
        return { status: 304, headers: { ETag: etag } };
      return { body: `version ${version}`, ...given };
    },
    cache: { random: () => 0 },
  });
  const policy = resolveHttpPolicy({ ttl: 'adaptive', ...options });
  const get = async (init: RequestInit = {}) => rig.http.handle(makeRequest('/a', init), rig.origin.serve, policy);
  const explain = async () => (await rig.http.explain(makeRequest('/a'), policy))!;
  return {
    ...rig,
    get,
    explain,
    change: () => void version++,
    freshFor: async () => (await explain()).stored?.freshFor,
  };
}

describe('ttl: adaptive of responses', () => {
  it('gives an answer that states no freshness the lifetime that is best', async () => {
    const { get, freshFor, clock } = makeAdaptive();
    expect(xCache(await get())).to.equal('MISS');
    expect(await freshFor()).to.equal(240);
    clock.advance(239_000);
    expect(xCache(await get())).to.equal('HIT');
    clock.advance(1000);
    expect(xCache(await get())).to.equal('MISS');
  });

  it('leaves alone what states its freshness', async () => {
    const { get, freshFor, explain } = makeAdaptive({}, () => ({ headers: { 'Cache-Control': 'max-age=7' } }));
    await get();
    expect(await freshFor()).to.equal(7);
    expect((await explain()).adaptive).to.equal(undefined);
  });

  it('tightens what states more, and not what states less', async () => {
    for (const [stated, kept] of [
      [86_400, 240],
      [7, 7],
    ]) {
      const { get, freshFor } = makeAdaptive({ ttlMode: 'tighten' }, () => ({
        headers: { 'Cache-Control': `max-age=${stated}` },
      }));
      await get();
      expect(await freshFor()).to.equal(kept);
    }
  });

  it('overrides what is stated', async () => {
    const { get, freshFor } = makeAdaptive({ ttlMode: 'override' }, () => ({
      headers: { 'Cache-Control': 'max-age=7' },
    }));
    await get();
    expect(await freshFor()).to.equal(240);
  });

  it('says the same by ttlMode adaptive', async () => {
    const { http, origin } = makeAdaptive();
    const policy = resolveHttpPolicy({ ttlMode: 'adaptive' });
    await http.handle(makeRequest('/b'), origin.serve, policy);
    expect((await http.explain(makeRequest('/b'), policy))!.stored!.freshFor).to.equal(240);
  });

  describe('invents nothing, whatever the rule says, for', () => {
    const cases: readonly (readonly [what: string, answer: ResponseInit, request?: RequestInit])[] = [
      ['private', { headers: { 'Cache-Control': 'private' } }],
      ['no-store', { headers: { 'Cache-Control': 'no-store' } }],
      ['no-store that must-understand makes void', { headers: { 'Cache-Control': 'no-store, must-understand' } }],
      ['Set-Cookie', { headers: { 'Set-Cookie': 'a=1' } }],
      ['Authorization', { headers: { 'Cache-Control': 'public' } }, { headers: { Authorization: 'Basic x' } }],
      ['a failure', { status: 500 }],
    ];
    for (const [what, answer, request] of cases) {
      for (const ttlMode of ['respect', 'tighten', 'override'] as const) {
        it(`${what}, with ttlMode ${ttlMode}`, async () => {
          const { get, origin } = makeAdaptive({ ttlMode, storeSetCookie: true, shared: true }, () => answer);
          await get(request);
          await get(request);
          expect(origin.calls).to.equal(2);
        });
      }
    }
  });

  it('takes a body that differs for a change, and one that does not for none', async () => {
    const { get, explain, change, clock } = makeAdaptive();
    await get();
    clock.advance(300_000);
    await get();
    expect((await explain()).adaptive).to.include({ changes: 0, watchedSeconds: 300 });
    clock.advance(1_000_000);
    change();
    await get();
    expect((await explain()).adaptive!.changes).to.be.above(1);
  });

  it('takes a 304 for no change, and gives a new lifetime with it', async () => {
    const { get, explain, freshFor, clock } = makeAdaptive({}, () => ({ headers: { ETag: '"1"' } }));
    await get();
    clock.advance(300_000);
    expect(xCache(await get())).to.equal('REVALIDATED');
    expect((await explain()).adaptive).to.include({ changes: 0, watchedSeconds: 300 });
    expect(await freshFor()).to.be.above(240);
    expect(await freshFor()).to.be.below(600);
  });

  it('takes the ETag for what tells contents apart, unless they are normalised', async () => {
    const changing = (version: number): ResponseInit => ({
      headers: { ETag: `"${version}"`, 'Content-Type': 'text/html' },
      body: `<p nonce="${version}">same</p>`,
    });
    for (const [normalise, changes] of [
      [false, 1],
      [true, 0],
    ] as const) {
      const { get, explain, change, clock } = makeAdaptive({ adaptive: { normalise } }, changing);
      await get();
      clock.advance(300_000);
      change();
      await get();
      expect(Math.round((await explain()).adaptive!.changes)).to.equal(changes);
    }
  });

  it('normalises by a function of the operator', async () => {
    const normalise = (text: string) => text.replace(/\d+/g, '');
    const { get, explain, change, clock } = makeAdaptive({ adaptive: { normalise } }, (version) => ({
      headers: { 'Content-Type': 'text/plain' },
      body: `visitor ${version}`,
    }));
    await get();
    clock.advance(300_000);
    change();
    await get();
    expect((await explain()).adaptive!.changes).to.equal(0);
  });

  it('reads how long it was quiet from Last-Modified, against the clock of the origin', async () => {
    const { get, explain } = makeAdaptive({}, () => ({
      headers: { Date: 'Tue, 01 Dec 2020 10:00:00 GMT', 'Last-Modified': 'Tue, 01 Dec 2020 09:00:00 GMT' },
    }));
    await get();
    expect((await explain()).adaptive).to.include({ changes: 1, watchedSeconds: 3600 });
  });

  it('keeps the bounds of the content type, and those of the rule before them', async () => {
    const css = () => ({ headers: { 'Content-Type': 'text/css' } });
    const own = makeAdaptive({}, css);
    await own.get();
    expect((await own.explain()).adaptive).to.include({ contentType: 'text/css', minSeconds: 60, maxSeconds: 604_800 });
    const given = makeAdaptive({ adaptive: { max: '90s' } }, css);
    await given.get();
    expect(await given.freshFor()).to.equal(90);
  });

  it('moves the windows with the end of freshness', async () => {
    const { get, explain } = makeAdaptive({ staleWhileRevalidate: '10s', staleIfError: '60s' });
    await get();
    const { stored } = await explain();
    expect([stored!.freshFor, stored!.staleWhileRevalidateFor, stored!.staleIfErrorFor]).to.deep.equal([240, 250, 300]);
  });

  it('counts an invalidation as a change', async () => {
    const { get, explain, cache, clock } = makeAdaptive();
    await get();
    clock.advance(10_000);
    await cache.invalidate((await explain()).key);
    await get();
    expect((await explain()).adaptive!.changes).to.be.closeTo(1, 0.01);
  });

  it('does not keep what changes at every look, and its requests do not wait for each other', async () => {
    const { get, change, clock, explain, origin } = makeAdaptive({ adaptive: { min: '1s', max: '1s' }, keep: 0 });
    for (let time = 0; time < 40 && (await explain()).adaptive?.passesUntil === undefined; time++) {
      change();
      await get();
      clock.advance(1000);
    }
    const explained = await explain();
    expect(explained.stored).to.equal(undefined);
    expect(explained.steps.at(-1)).to.include({
      rule: 'adaptive ttl',
      concluded: 'changes at every look: not kept for now',
    });
    const before = origin.calls;
    await Promise.all([get(), get()]);
    expect(origin.calls).to.equal(before + 2);
  });

  it('explains the choice in a step', async () => {
    const { get, explain } = makeAdaptive();
    await get();
    expect((await explain()).steps.at(-1)).to.deep.equal({
      rule: 'adaptive ttl',
      section: 'CacheWarp',
      saw: 'X 0 changes in E 0 s: λ 0.000278/s, r 0.0167/s, price μ 5',
      concluded: 'ttl 240 s, from 1 to 3600 s',
    });
  });

  it('only advises in shadow mode', async () => {
    const { get, explain, freshFor } = makeAdaptive({ ttl: '30s', adaptive: { shadow: true } });
    await get();
    expect(await freshFor()).to.equal(30);
    const { adaptive, steps } = await explain();
    expect(adaptive).to.include({ ttlSeconds: 240, isShadow: true });
    expect(steps.at(-1)!.concluded).to.equal('ttl 240 s, from 1 to 3600 s, as advice only');
  });

  it('gives way to negativeTtl and to a lifetime that a function reads from the answer', async () => {
    const byFunction = makeAdaptive({ defaultTtl: () => '9s' });
    await byFunction.get();
    expect(await byFunction.freshFor()).to.equal(9);
    const byStatus = makeAdaptive({ negativeTtl: { 404: '5s' } }, () => ({ status: 404 }));
    await byStatus.get();
    expect(await byStatus.freshFor()).to.equal(5);
  });

  it('answers no request with cookies from what it invented', async () => {
    const { get, origin } = makeAdaptive();
    await get();
    await get({ headers: { Cookie: 'session=1' } });
    expect(origin.calls).to.equal(2);
  });

  const faults: readonly (readonly [HttpPolicyOptions, string])[] = [
    [{ ttlMode: 'adaptive', ttl: '5m' }, 'ttl must be left out with ttlMode adaptive, got "5m"'],
    [
      { ttl: 'adaptive', adaptive: { shadow: true } },
      "adaptive.shadow needs a ttl of its own beside it, not 'adaptive', got true",
    ],
    [{ adaptive: { staleBudget: 0 } }, 'adaptive.staleBudget must be above 0'],
    [{ adaptive: { normalise: 'all' as never } }, 'adaptive.normalise must be true, false or a function, got "all"'],
    [{ adaptive: { normalize: true } as never }, 'adaptive.normalize is not an option'],
  ];
  for (const [options, message] of faults) {
    it(`says: ${message}`, () => {
      expect(() => resolveHttpPolicy(options, 'policy')).to.throw(`policy.${message}`);
    });
  }
});
