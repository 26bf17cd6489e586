import { expect } from 'chai';
import type { HttpPolicyOptions } from '#src/cache/http-policy-options.js';
import { makeRig, xCache } from './make-http-cache.js';

describe('the lifetime read from the answer', () => {
  const readTtl: HttpPolicyOptions['defaultTtl'] = (_request, { headers }) =>
    headers.has('x-ttl') ? Number(headers.get('x-ttl')) : undefined;

  it('holds for an answer that states none, of whatever status', async () => {
    const { get, clock } = makeRig({
      policy: { defaultTtl: readTtl },
      origin: () => ({ status: 404, headers: { 'X-Ttl': '20' } }),
    });
    await get('/a');
    clock.advance(19_000);
    expect(xCache(await get('/a'))).to.equal('HIT');
    clock.advance(1_000);
    expect(xCache(await get('/a'))).to.equal('MISS');
  });

  it('does not hold against what the answer states', async () => {
    const { get, clock } = makeRig({
      policy: { defaultTtl: readTtl },
      origin: () => ({ headers: { 'X-Ttl': '20', 'Cache-Control': 'max-age=5' } }),
    });
    await get('/a');
    clock.advance(6_000);
    expect(xCache(await get('/a'))).to.equal('MISS');
  });

  it('leaves room for the policy’s own where it is undefined', async () => {
    const { get, clock } = makeRig({ policy: { defaultTtl: readTtl, ttl: 30 }, origin: () => ({}) });
    await get('/a');
    clock.advance(29_000);
    expect(xCache(await get('/a'))).to.equal('HIT');
  });

  for (const [what, defaultTtl] of [
    ['throws', () => expect.fail('no')],
    ['answers nonsense', () => -1],
  ] as const) {
    it(`keeps nothing when it ${what}, and tells`, async () => {
      const { get, cache } = makeRig({ policy: { defaultTtl }, origin: () => ({}) });
      const faults: string[] = [];
      cache.events.on('policyError', ({ key }) => faults.push(key));
      await get('/a');
      expect(xCache(await get('/a'))).to.equal('MISS');
      expect(faults).to.deep.equal(['GET:http://example.com/a', 'GET:http://example.com/a']);
    });
  }
});

describe('an origin', () => {
  it('is told whether anybody waits for its answer', async () => {
    const { get, clock, origin } = makeRig({ policy: { ttl: 10, staleWhileRevalidate: 10 }, origin: () => ({}) });
    await get('/a');
    clock.advance(15_000);
    expect(xCache(await get('/a'))).to.equal('STALE');
    expect(origin.contexts.map(({ isBackground }) => isBackground)).to.deep.equal([false, true]);
  });
});
