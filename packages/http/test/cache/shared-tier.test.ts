import { setImmediate as nextTurn } from 'node:timers/promises';
import { Deferred, FakeClock, SharedMedium } from '@cachewarp/core/testing';
import { expect } from 'chai';
import type { HttpPolicyOptions } from '#src/cache/http-policy-options.js';
import {
  BodyDouble,
  makeRig,
  textOf,
  xCache,
  type RequestInit,
  type ResponseInit,
  type Rig,
} from './make-http-cache.js';

const FRESH = { 'Cache-Control': 'max-age=60' };

/** HTTP caches of several processes on one medium, in front of one origin whose every answer waits until the test gives it. */
function makeProcesses(count: number, policy: HttpPolicyOptions = {}) {
  const clock = new FakeClock();
  const medium = new SharedMedium(clock);
  const answers: Deferred<ResponseInit>[] = [];
  const targets: string[] = [];
  const rigs: Rig[] = Array.from({ length: count }, () =>
    makeRig({
      policy,
      cache: { name: 'proxy', store: medium.node(), clock },
      origin: ({ target }) => {
        const answer = new Deferred<ResponseInit>();
        answers.push(answer);
        targets.push(target);
        return answer.promise;
      },
    }),
  );
  const get = (process: number, target = '/a', init: RequestInit = {}) => rigs[process]!.get(target, init);
  return { rigs, get, answers, targets, clock };
}

/** Lets every promise that can settle do so. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await nextTurn();
}

describe('HTTP caches on a tier that several processes share', () => {
  it('ask the origin once for a cold URL, whoever wants it', async () => {
    const { get, answers } = makeProcesses(4);
    const requests = Array.from({ length: 40 }, (_, i) => get(i % 4));
    await settle();
    expect(answers).to.have.length(1);
    answers[0]!.resolve({ headers: FRESH, body: 'once' });
    for (const answer of await Promise.all(requests)) expect(await textOf(answer)).to.equal('once');
    await settle();
    for (let process = 0; process < 4; process++) expect(xCache(await get(process))).to.equal('HIT');
    expect(answers).to.have.length(1);
  });

  it('ask once where the answer varies, and once more for each variant', async () => {
    const { get, answers } = makeProcesses(2);
    const [english, french] = [{ 'Accept-Language': 'en' }, { 'Accept-Language': 'fr' }];
    const first = get(0, '/a', { headers: english });
    await settle();
    const second = get(1, '/a', { headers: english });
    await settle();
    expect(answers).to.have.length(1);
    answers[0]!.resolve({ headers: { ...FRESH, Vary: 'Accept-Language' }, body: 'hello' });
    expect(await textOf(await first)).to.equal('hello');
    expect(await textOf(await second)).to.equal('hello');
    const third = get(1, '/a', { headers: french });
    await settle();
    expect(answers).to.have.length(2);
    answers[1]!.resolve({ headers: { ...FRESH, Vary: 'Accept-Language' }, body: 'bonjour' });
    expect(await textOf(await third)).to.equal('bonjour');
    await settle();
    expect(xCache(await get(0, '/a', { headers: french }))).to.equal('HIT');
    expect(answers).to.have.length(2);
  });

  it('do not wait for each other where nothing may be kept, from the first answer on', async () => {
    const { get, answers } = makeProcesses(8);
    const requests = Array.from({ length: 8 }, (_, process) => get(process));
    await settle();
    expect(answers).to.have.length(1);
    answers[0]!.resolve({ headers: { 'Cache-Control': 'no-store' }, body: '0' });
    await settle();
    expect(answers, 'all others at once').to.have.length(8);
    answers.forEach((answer, i) => answer.resolve({ headers: { 'Cache-Control': 'no-store' }, body: `${i}` }));
    const bodies = await Promise.all(requests.map(async (request) => textOf(await request)));
    expect(new Set(bodies).size).to.equal(8);
  });

  it('let the next process ask when the first one fails', async () => {
    const { get, answers } = makeProcesses(2);
    const first = get(0).catch((error: unknown) => (error as Error).message);
    await settle();
    const second = get(1);
    await settle();
    answers[0]!.reject(new Error('connection reset'));
    expect(await first).to.match(/connection reset/);
    await settle();
    expect(answers).to.have.length(2);
    answers[1]!.resolve({ headers: FRESH, body: 'well' });
    expect(await textOf(await second)).to.equal('well');
  });

  it('validate once behind stale answers', async () => {
    const { get, answers, clock } = makeProcesses(3);
    const headers = { 'Cache-Control': 'max-age=10, stale-while-revalidate=60', ETag: '"1"' };
    const first = get(0);
    await settle();
    answers[0]!.resolve({ headers, body: 'old' });
    await first;
    await settle();
    for (const process of [1, 2]) expect(xCache(await get(process))).to.equal('HIT');
    clock.advance(11_000);
    for (let round = 0; round < 2; round++) {
      for (const process of [0, 1, 2]) expect(xCache(await get(process))).to.equal('STALE');
      await settle();
    }
    expect(answers).to.have.length(2);
    answers[1]!.resolve({ status: 304, headers });
    await settle();
    for (const process of [0, 1, 2]) {
      await get(process);
      await settle();
      expect(xCache(await get(process))).to.equal('HIT');
    }
    expect(answers).to.have.length(2);
  });

  it('take up an answer that is still coming in when it is complete', async () => {
    const { get, answers } = makeProcesses(2);
    const body = new BodyDouble();
    const first = get(0);
    await settle();
    answers[0]!.resolve({ headers: FRESH, body: body.send('ab') });
    const answer = await first;
    const second = get(1);
    await settle();
    expect(answers).to.have.length(1);
    body.send('cd').end();
    expect(await textOf(answer)).to.equal('abcd');
    expect(await textOf(await second)).to.equal('abcd');
    expect(answers).to.have.length(1);
  });

  it('do not serve anywhere what was purged while it was coming in', async () => {
    const { get, answers, rigs } = makeProcesses(2);
    const key = 'GET:http://example.com/a';
    for (const target of [{ tag: 'news' }, { prefix: 'GET:http://example.com/' }, key] as const) {
      const begun = answers.length;
      const first = get(0);
      await settle();
      await rigs[1]!.cache.invalidate(target);
      const after = get(1);
      await settle();
      expect(answers, JSON.stringify(target)).to.have.length(begun + 2);
      answers[begun]!.resolve({ headers: { ...FRESH, 'Cache-Tag': 'news' }, body: 'old' });
      answers[begun + 1]!.resolve({ headers: { ...FRESH, 'Cache-Tag': 'news' }, body: 'new' });
      expect(await textOf(await first)).to.equal('old');
      expect(await textOf(await after)).to.equal('new');
      await settle();
      for (const process of [0, 1]) expect(await textOf(await get(process))).to.equal('new');
      await rigs[0]!.cache.invalidate({ all: true });
    }
  });

  it('go to the origin alone for a client that wants to hear from it', async () => {
    const { get, answers } = makeProcesses(2, { requestDirectives: 'honour' });
    const first = get(0);
    await settle();
    const forced = get(1, '/a', { headers: { 'Cache-Control': 'no-cache' } });
    await settle();
    expect(answers.length).to.be.at.least(1);
    for (const answer of answers) answer.resolve({ headers: FRESH, body: 'both' });
    await settle();
    for (const answer of answers) answer.resolve({ headers: FRESH, body: 'both' });
    expect(await textOf(await first)).to.equal('both');
    expect(await textOf(await forced)).to.equal('both');
  });
});
