import { EventRecorder } from '@cachewarp/core/testing';
import { expect } from 'chai';
import { resolveHttpPolicy, type HttpPolicy } from '#src/cache/http-policy.js';
import { makeRequest, makeRig, xCache } from './make-http-cache.js';

describe('HttpPolicy.forAnswer', () => {
  const day = resolveHttpPolicy({ ttlMode: 'override', ttl: '1d', keep: 0 });

  function policyFor(choose: (status: number, type: string | undefined) => HttpPolicy | false): HttpPolicy {
    const forAnswer: NonNullable<HttpPolicy['forAnswer']> = (_, { status, headers }) =>
      choose(status, headers.get('content-type'));
    return Object.freeze({ ...resolveHttpPolicy(), forAnswer });
  }

  it('keeps an answer by the policy chosen for its head', async () => {
    const { http, origin, clock } = makeRig({ origin: () => ({ headers: { 'Content-Type': 'text/css' } }) });
    const policy = policyFor((status, type) => (status === 200 && type === 'text/css' ? day : false));
    await http.handle(makeRequest('/a.css'), origin.serve, policy);
    clock.advance(3_600_000);
    expect(xCache(await http.handle(makeRequest('/a.css'), origin.serve, policy))).to.equal('HIT');
  });

  it('keeps an answer not at all for which the policy is false', async () => {
    const { http, origin } = makeRig({
      origin: () => ({ headers: { 'Content-Type': 'text/html', 'Cache-Control': 'max-age=60' } }),
    });
    const policy = policyFor((_, type) => (type === 'text/css' ? day : false));
    await http.handle(makeRequest('/a.css'), origin.serve, policy);
    expect(xCache(await http.handle(makeRequest('/a.css'), origin.serve, policy))).to.equal('MISS');
    expect(origin.calls).to.equal(2);
  });

  it('keeps nothing when it throws, says so, and gives the answer to the one who asked', async () => {
    const { http, origin, cache } = makeRig();
    const events = new EventRecorder(cache.events);
    const policy = policyFor(() => {
      throw new Error('a faulty rule');
    });
    for (let time = 0; time < 2; time++) {
      const answer = await http.handle(makeRequest('/a.css'), origin.serve, policy);
      expect([answer.status, xCache(answer)]).to.deep.equal([200, 'MISS']);
    }
    expect(events.of('policyError')).to.have.length(2);
    expect((await cache.stats()).loadErrors).to.equal(0);
  });

  it('is asked with the stored fields when the origin confirms what is stored', async () => {
    const seen: (string | undefined)[] = [];
    const { http, origin, clock } = makeRig({
      origin: (_, __, call) =>
        call === 1
          ? { headers: { 'Content-Type': 'text/css', ETag: '"1"' } }
          : { status: 304, headers: { ETag: '"1"' } },
    });
    const minute = resolveHttpPolicy({ ttl: '1m' });
    const policy = policyFor((_, type) => {
      seen.push(type);
      return minute;
    });
    await http.handle(makeRequest('/a.css'), origin.serve, policy);
    clock.advance(61_000);
    expect(xCache(await http.handle(makeRequest('/a.css'), origin.serve, policy))).to.equal('REVALIDATED');
    expect(xCache(await http.handle(makeRequest('/a.css'), origin.serve, policy))).to.equal('HIT');
    expect(seen).to.deep.equal(['text/css', 'text/css']);
  });
});
