import { rejects } from 'node:assert/strict';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Deferred } from '@cachewarp/core/testing';
import { expect } from 'chai';
import type { HttpPolicyOptions } from '#src/cache/http-policy-options.js';
import type { OriginError } from '#src/cache/origin-error.js';
import { resolveHttpPolicy } from '#src/cache/http-policy.js';
import {
  BodyDouble,
  makeRequest,
  makeRig,
  textOf,
  xCache,
  type RequestInit,
  type ResponseInit,
} from './make-http-cache.js';

const FRESH = { 'Cache-Control': 'max-age=60' };

/** An origin whose every answer waits until the test gives it. */
function makePausedRig(options: Parameters<typeof makeRig>[0] = {}) {
  const answers: Deferred<ResponseInit>[] = [];
  const rig = makeRig({
    ...options,
    origin: () => {
      const answer = new Deferred<ResponseInit>();
      answers.push(answer);
      return answer.promise;
    },
  });
  const get = (target = '/a', init: RequestInit = {}) => rig.get(target, init);
  const getMany = (count: number, target = '/a', init: RequestInit = {}) =>
    Array.from({ length: count }, () => get(target, init));
  return { ...rig, get, answers, getMany };
}

describe('Coalescing', () => {
  it('asks the origin once for 100 cold requests, and answers them all', async () => {
    const { getMany, answers, cache } = makePausedRig();
    const requests = getMany(100);
    await nextTurn();
    expect(answers).to.have.length(1);
    answers[0]!.resolve({ headers: FRESH, body: 'once' });
    for (const answer of await Promise.all(requests)) expect(await textOf(answer)).to.equal('once');
    expect(answers).to.have.length(1);
    const { misses, coalesced, loads } = await cache.stats();
    expect({ misses, coalesced, loads }).to.deep.equal({ misses: 100, coalesced: 99, loads: 1 });
  });

  it('says in Cache-Status who joined another', async () => {
    const { getMany, answers } = makePausedRig();
    const requests = getMany(2);
    await nextTurn();
    answers[0]!.resolve({ headers: FRESH });
    const [first, second] = await Promise.all(requests);
    expect(first!.headers.get('cache-status')).not.to.contain('collapsed');
    expect(second!.headers.get('cache-status')).to.contain(';collapsed');
  });

  it('does not make requests of other URIs wait', async () => {
    const { get, answers } = makePausedRig();
    void get('/slow').catch(() => undefined);
    const other = get('/other');
    await nextTurn();
    answers[1]!.resolve({ headers: FRESH });
    expect((await other).status).to.equal(200);
  });

  it('shares what is coming in with those who come while it does', async () => {
    const { get, answers } = makePausedRig();
    const body = new BodyDouble();
    const first = get();
    await nextTurn();
    answers[0]!.resolve({ headers: FRESH, body: body.send('ab') });
    const early = await first;
    const late = await get();
    body.send('cd').end();
    expect(await Promise.all([textOf(early), textOf(late)])).to.deep.equal(['abcd', 'abcd']);
    expect(xCache(await get())).to.equal('HIT');
    expect(answers).to.have.length(1);
  });

  describe('an answer that is not for all', () => {
    it('lets those who waited ask in parallel', async () => {
      const { getMany, answers } = makePausedRig();
      const requests = getMany(20);
      await nextTurn();
      expect(answers).to.have.length(1);
      answers[0]!.resolve({ headers: { 'Cache-Control': 'no-store' }, body: '0' });
      await nextTurn();
      expect(answers, 'all at once').to.have.length(20);
      answers
        .slice(1)
        .forEach((answer, index) => answer.resolve({ headers: { 'Cache-Control': 'no-store' }, body: `${index + 1}` }));
      const texts = await Promise.all((await Promise.all(requests)).map(textOf));
      expect(new Set(texts).size, 'everybody has his own').to.equal(20);
    });

    it('is remembered, so that from the second round on nobody waits for another', async () => {
      const { getMany, answers, clock } = makePausedRig({ policy: { hitForMissSeconds: 20 } });
      const noStore = { headers: { 'Cache-Control': 'no-store' } };
      const first = getMany(1);
      await nextTurn();
      answers[0]!.resolve(noStore);
      await Promise.all(first);
      const second = getMany(20);
      await nextTurn();
      expect(answers).to.have.length(21);
      for (const answer of answers) answer.resolve(noStore);
      await Promise.all(second);
      clock.advance(20_000);
      void Promise.allSettled(getMany(20));
      await nextTurn();
      expect(answers, 'forgotten').to.have.length(22);
    });

    it('is forgotten as soon as the URI can be stored', async () => {
      const { get, getMany, answers, clock } = makePausedRig();
      for (const [index, headers] of [{ 'Cache-Control': 'no-store' }, { 'Cache-Control': 'max-age=1' }].entries()) {
        const request = get();
        await nextTurn();
        answers[index]!.resolve({ headers });
        await request;
      }
      clock.advance(2_000);
      void Promise.allSettled(getMany(10));
      await nextTurn();
      expect(answers).to.have.length(3);
    });

    it('is not remembered when it was the fault of one request', async () => {
      for (const status of [400, 431, 503]) {
        const { get, getMany, answers } = makePausedRig();
        const request = get();
        await nextTurn();
        answers[0]!.resolve({ status });
        await request;
        void Promise.allSettled(getMany(10));
        await nextTurn();
        expect(answers, String(status)).to.have.length(2);
      }
    });

    it('of a failing origin is not given to others, who have one more try between them, and then hear that it failed', async () => {
      const { getMany, answers } = makePausedRig();
      const requests = getMany(20);
      await nextTurn();
      answers[0]!.resolve({ status: 503, body: 'yours' });
      expect(await textOf(await requests[0]!)).to.equal('yours');
      await nextTurn();
      expect(answers).to.have.length(2);
      answers[1]!.resolve({ status: 500, body: 'yours, too' });
      const settled = await Promise.allSettled(requests);
      expect(answers).to.have.length(2);
      const told = settled.filter(({ status }) => status === 'fulfilled');
      expect(told).to.have.length(2);
      for (const one of settled) {
        if (one.status === 'rejected') expect((one.reason as OriginError).status).to.equal(500);
      }
    });

    it('of a failing origin does not keep others from an answer that comes with the next try', async () => {
      const { getMany, answers } = makePausedRig();
      const requests = getMany(20);
      await nextTurn();
      answers[0]!.resolve({ status: 502 });
      await nextTurn();
      answers[1]!.resolve({ headers: FRESH, body: 'here' });
      const texts = await Promise.all(requests.slice(1).map(async (request) => textOf(await request)));
      expect(new Set(texts)).to.deep.equal(new Set(['here']));
      expect(answers).to.have.length(2);
    });

    it('keeps Set-Cookie with the one who asked', async () => {
      const { getMany, answers } = makePausedRig();
      const requests = getMany(2);
      await nextTurn();
      answers[0]!.resolve({ headers: { ...FRESH, 'Set-Cookie': 'a=1' } });
      await nextTurn();
      answers[1]!.resolve({ headers: { ...FRESH, 'Set-Cookie': 'a=2' } });
      const cookies = (await Promise.all(requests)).map(({ headers }) => headers.get('set-cookie'));
      expect(cookies).to.deep.equal(['a=1', 'a=2']);
    });
  });

  describe('who goes alone', () => {
    const inits: [string, RequestInit][] = [
      ['Authorization', { headers: { Authorization: 'Bearer x' } }],
      ['HEAD', { method: 'HEAD' }],
      ['Range', { headers: { Range: 'bytes=0-1' } }],
      ['POST', { method: 'POST' }],
    ];
    for (const [name, init] of inits) {
      it(`${name} neither joins nor is joined`, async () => {
        const { get, answers } = makePausedRig();
        const all = [get('/a'), get('/a', init), get('/a', init), get('/a')];
        await nextTurn();
        expect(answers).to.have.length(3);
        for (const answer of answers) answer.resolve({ headers: FRESH, body: init.method === 'HEAD' ? null : 'x' });
        await Promise.all(all);
      });
    }

    it('a request with cookies, where the operator invents lifetimes', async () => {
      const policies: HttpPolicyOptions[] = [
        { defaultTtl: 60 },
        { defaultTtl: () => 60 },
        { negativeTtl: { 404: 10 } },
        { ttl: 60, ttlMode: 'override' },
      ];
      for (const policy of policies) {
        const { get, answers } = makePausedRig({ policy });
        void Promise.allSettled([get('/a'), get('/a', { headers: { Cookie: 'a=1' } }), get('/a')]);
        await nextTurn();
        expect(answers).to.have.length(2);
      }
    });
  });

  describe('where a lifetime may be invented for some answers', () => {
    const policy = Object.freeze({ ...resolveHttpPolicy(), forAnswer: () => resolveHttpPolicy({ defaultTtl: 60 }) });
    const withCookie = { headers: { Cookie: 'a=1' } };
    function makeRuledRig() {
      const rig = makePausedRig();
      const ask = (init: RequestInit = {}) => rig.http.handle(makeRequest('/a', init), rig.origin.serve, policy);
      return { ...rig, ask };
    }

    it('a request with cookies shares what states its own', async () => {
      const { ask, answers } = makeRuledRig();
      const all = [ask(withCookie), ask(), ask(withCookie)];
      await nextTurn();
      expect(answers).to.have.length(1);
      answers[0]!.resolve({ headers: FRESH });
      await Promise.all(all);
      expect(answers).to.have.length(1);
    });

    it('a request with cookies asks alone for what does not', async () => {
      const { ask, answers } = makeRuledRig();
      void Promise.allSettled([ask(), ask(withCookie), ask()]);
      await nextTurn();
      answers[0]!.resolve({});
      await nextTurn();
      expect(answers).to.have.length(2);
    });

    it('those without cookies share another, when the cookies of the first kept his from them', async () => {
      const { ask, answers } = makeRuledRig();
      void Promise.allSettled([ask(withCookie), ask(), ask(), ask(), ask(withCookie), ask(withCookie)]);
      await nextTurn();
      answers[0]!.resolve({});
      await nextTurn();
      expect(answers, 'one for all without, and one for each with').to.have.length(4);
    });
  });

  describe('Vary', () => {
    const vary = (language: string): ResponseInit => ({
      headers: { ...FRESH, Vary: 'Accept-Language' },
      body: language,
    });

    it('shares only with those who match, and lets the others share among themselves', async () => {
      const { getMany, answers, origin } = makePausedRig();
      const german = getMany(5, '/a', { headers: { 'Accept-Language': 'de' } });
      const french = getMany(5, '/a', { headers: { 'Accept-Language': 'fr' } });
      await nextTurn();
      expect(answers, 'nobody knows yet').to.have.length(1);
      answers[0]!.resolve(vary('de'));
      await nextTurn();
      expect(answers).to.have.length(2);
      expect(origin.lastHeaders.get('accept-language')).to.equal('fr');
      answers[1]!.resolve(vary('fr'));
      for (const answer of await Promise.all(german)) expect(await textOf(answer)).to.equal('de');
      for (const answer of await Promise.all(french)) expect(await textOf(answer)).to.equal('fr');
      expect(answers).to.have.length(2);
    });

    it('knows from what is stored who can share', async () => {
      const { get, getMany, answers } = makePausedRig();
      const first = get('/a', { headers: { 'Accept-Language': 'en' } });
      await nextTurn();
      answers[0]!.resolve(vary('en'));
      await first;
      void Promise.allSettled([
        ...getMany(5, '/a', { headers: { 'Accept-Language': 'de' } }),
        ...getMany(5, '/a', { headers: { 'Accept-Language': 'fr' } }),
      ]);
      await nextTurn();
      expect(answers).to.have.length(3);
    });

    it('lets those of another variant share among themselves while the first is still coming in', async () => {
      const { get, getMany, answers } = makePausedRig();
      const german = get('/a', { headers: { 'Accept-Language': 'de' } });
      await nextTurn();
      answers[0]!.resolve({ headers: { ...FRESH, Vary: 'Accept-Language' }, body: new BodyDouble().send('d') });
      await german;
      void Promise.allSettled(getMany(5, '/a', { headers: { 'Accept-Language': 'fr' } }));
      await nextTurn();
      expect(answers).to.have.length(2);
    });

    it('does not let a request of another variant join mid-body', async () => {
      const { get, answers } = makePausedRig();
      const body = new BodyDouble();
      const german = get('/a', { headers: { 'Accept-Language': 'de' } });
      await nextTurn();
      answers[0]!.resolve({ headers: { ...FRESH, Vary: 'Accept-Language' }, body: body.send('d') });
      await german;
      void get('/a', { headers: { 'Accept-Language': 'fr' } }).catch(() => undefined);
      const second = get('/a', { headers: { 'Accept-Language': 'de' } });
      await nextTurn();
      expect(answers).to.have.length(2);
      body.send('e').end();
      expect(await textOf(await second)).to.equal('de');
    });
  });

  it('keeps what no-cache names with the one who asked', async () => {
    const { getMany, answers } = makePausedRig();
    const requests = getMany(2);
    await nextTurn();
    answers[0]!.resolve({ headers: { 'Cache-Control': 'max-age=60, no-cache="set-cookie"', 'Set-Cookie': 'a=1' } });
    const [first, second] = await Promise.all(requests);
    expect([first!.headers.get('set-cookie'), second!.headers.has('set-cookie')]).to.deep.equal(['a=1', false]);
    expect(answers).to.have.length(1);
  });

  it('does not give a client that wants to hear from the origin what the origin said before', async () => {
    const { get, answers } = makePausedRig();
    const first = get();
    await nextTurn();
    answers[0]!.resolve({ headers: FRESH });
    await first;
    const forced = { headers: { 'Cache-Control': 'no-cache' } };
    const second = get('/a', forced);
    const third = get('/a', forced);
    await nextTurn();
    expect(answers, 'before the head, they share').to.have.length(2);
    answers[1]!.resolve({ headers: FRESH, body: new BodyDouble().send('x') });
    await Promise.all([second, third]);
    void get('/a', forced).catch(() => undefined);
    await nextTurn();
    expect(answers, 'after the head, they do not').to.have.length(3);
  });

  it('follows an origin that varies by something else each time only so far', async () => {
    const { get, answers } = makePausedRig();
    const names = Array.from({ length: 12 }, (_, index) => `X-${index}`);
    // Each differs from all others in one field: the one by which his answer varies.
    for (const own of names) {
      const headers = Object.fromEntries(names.map((name) => [name, name === own ? '1' : '2']));
      void get('/a', { headers }).catch(() => undefined);
    }
    for (let round = 0; round < 8; round++) {
      await nextTurn();
      answers.at(-1)!.resolve({ headers: { ...FRESH, Vary: names[round]! } });
    }
    await nextTurn();
    expect(answers).to.have.length(12);
  });

  describe('when the first one fails', () => {
    it('gives those who waited one more try between them, and then the failure', async () => {
      const { getMany, answers } = makePausedRig();
      const requests = getMany(50);
      const outcomes = Promise.allSettled(requests);
      await nextTurn();
      answers[0]!.reject(new Error('reset'));
      await nextTurn();
      expect(answers).to.have.length(2);
      answers[1]!.reject(new Error('reset again'));
      for (const { status } of await outcomes) expect(status).to.equal('rejected');
      expect(answers).to.have.length(2);
    });

    it('answers those who waited from the second try', async () => {
      const { getMany, answers } = makePausedRig();
      const requests = getMany(10);
      const outcomes = Promise.allSettled(requests);
      await nextTurn();
      answers[0]!.reject(new Error('reset'));
      await nextTurn();
      answers[1]!.resolve({ headers: FRESH, body: 'there' });
      const results = await outcomes;
      expect(results.filter(({ status }) => status === 'fulfilled')).to.have.length(9);
    });
  });

  describe('waiting', () => {
    it('ends after coalesceTimeout: one of those who waited asks anew, and the late answer is still kept', async () => {
      const { getMany, get, answers, clock } = makePausedRig({ policy: { coalesceTimeout: '5s' } });
      const requests = getMany(60);
      await clock.advanceAsync(5_000);
      expect(answers).to.have.length(2);
      answers[1]!.resolve({ headers: FRESH, body: 'second' });
      for (const answer of await Promise.all(requests.slice(1))) expect(await textOf(answer)).to.equal('second');
      answers[0]!.resolve({ headers: FRESH, body: 'first, and older' });
      expect(await textOf(await requests[0]!)).to.equal('first, and older');
      expect(await textOf(await get('/a')), 'the younger stays').to.equal('second');
    });

    it('fails as a timeout after the second time', async () => {
      const { getMany, clock } = makePausedRig({ policy: { coalesceTimeout: '5s' } });
      const [, ...followers] = getMany(3);
      const outcomes = Promise.allSettled(followers);
      await clock.advanceAsync(5_000);
      await clock.advanceAsync(5_000);
      // The one who asked anew waits for his own origin; the other has waited twice.
      const second = followers[1]!;
      await rejects(second, (error: OriginError) => error.failure === 'timeout');
      void outcomes;
    });

    it('is for so many; one more goes to the origin itself', async () => {
      const { getMany, answers } = makePausedRig({ policy: { maxWaiters: 3 } });
      void Promise.allSettled(getMany(5));
      await nextTurn();
      expect(answers).to.have.length(3);
    });

    it('ends with the client', async () => {
      const { get, answers, clock } = makePausedRig();
      const client = new AbortController();
      const first = get('/a');
      const second = get('/a', { signal: client.signal });
      await nextTurn();
      client.abort();
      await rejects(second, { name: 'AbortError' });
      answers[0]!.resolve({ headers: FRESH });
      expect((await first).status).to.equal(200);
      expect(clock.pendingTimers).to.equal(0);
    });
  });
});
