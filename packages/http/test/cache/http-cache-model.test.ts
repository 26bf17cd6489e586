import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Target } from '@cachewarp/core';
import { Deferred } from '@cachewarp/core/testing';
import { expect } from 'chai';
import fc from 'fast-check';
import { BodyDouble, makeRig, textOf, xCache, type ResponseInit } from './make-http-cache.js';

/*
 * Random interleavings of requests, purges, time and failures against a few sentences that must hold in all of them. Every call of the
 * origin has a number, and its body says nothing but that number, in several pieces; so an answer tells which call it comes from.
 */

const URLS = ['/a', '/b'] as const;
const TAGS = ['t0', 't1'] as const;
const PIECES = 3;
const LIFETIME_S = 10;
const WINDOW_S = 20;

interface Call {
  readonly id: number;
  readonly url: string;
  readonly foo: string | undefined;
  readonly startedAt: number;
  readonly answer: Deferred<ResponseInit>;
  readonly body: BodyDouble;
  state: 'head' | 'body' | 'ended';
  pieces: number;
}

interface Purge {
  readonly at: number;
  readonly concerns: (url: string) => boolean;
  readonly isByTag: boolean;
}

interface Request {
  readonly url: string;
  readonly foo: string | undefined;
  readonly startedAt: number;
  result: { word: string | undefined; age: number; status: number; text: string | undefined } | 'failed' | undefined;
}

type Command =
  | { do: 'get'; url: number; foo: number; method: 'GET' | 'HEAD' }
  | { do: 'leave' | 'head' | 'notModified' | 'fail' | 'failure' | 'piece' | 'end' | 'break'; which: number }
  | { do: 'purge'; target: number }
  | { do: 'advance'; seconds: number };

const commands = fc.array(
  fc.oneof<fc.WeightedArbitrary<Command>[]>(
    {
      weight: 8,
      arbitrary: fc.record({
        do: fc.constant('get' as const),
        url: fc.nat(1),
        foo: fc.nat(1),
        method: fc.constantFrom('GET' as const, 'GET' as const, 'GET' as const, 'HEAD' as const),
      }),
    },
    {
      weight: 8,
      arbitrary: fc.record({
        do: fc.constantFrom(
          'leave',
          'head',
          'head',
          'head',
          'notModified',
          'fail',
          'failure',
          'piece',
          'end',
          'end',
          'break',
        ),
        which: fc.nat(3),
      }) as fc.Arbitrary<Command>,
    },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('purge' as const), target: fc.nat(7) }) },
    { weight: 3, arbitrary: fc.record({ do: fc.constant('advance' as const), seconds: fc.nat(25) }) },
  ),
  { minLength: 10, maxLength: 100, size: 'max' },
);

const key = (url: string): string => `GET:http://example.com${url}`;
const tagOf = (url: string): string => TAGS[URLS.indexOf(url as '/a')]!;
const targets: { target: Target; concerns: (url: string) => boolean; isByTag: boolean; isWrite?: string }[] = [
  ...URLS.map((url) => ({ target: key(url), concerns: (other: string) => other === url, isByTag: false })),
  ...URLS.map((url) => ({ target: { tag: tagOf(url) }, concerns: (other: string) => other === url, isByTag: true })),
  { target: { prefix: 'GET:http://example.com/' }, concerns: () => true, isByTag: false },
  { target: { prefix: key('/b') }, concerns: (url) => url === '/b', isByTag: false },
  { target: { all: true }, concerns: () => true, isByTag: false },
  { target: key('/a'), concerns: (url) => url === '/a', isByTag: false, isWrite: '/a' },
];

/** Runs one interleaving to its end, and returns what happened. */
async function run(script: readonly Command[], vary: boolean) {
  let now = 0;
  const calls: Call[] = [];
  const purges: Purge[] = [];
  const requests: Request[] = [];
  const clients: AbortController[] = [];
  const overlapping: string[] = [];
  const rig = makeRig({
    policy: { staleWhileRevalidate: WINDOW_S, staleIfError: WINDOW_S, coalesceTimeout: '1h' },
    origin: (request) => {
      if (request.method === 'PUT') return { status: 204, body: null };
      const call: Call = {
        id: calls.length,
        url: request.target,
        foo: request.headers.get('foo'),
        startedAt: ++now,
        answer: new Deferred(),
        body: new BodyDouble(),
        state: 'head',
        pieces: 0,
      };
      if (request.method === 'GET') noteOverlap(call);
      calls.push(call);
      return call.answer.promise;
    },
  });

  /** Two calls of one URI at a time that both could be shared by whoever comes now. */
  const noteOverlap = (call: Call): void => {
    for (const other of calls) {
      const isRunning = other.url === call.url && other.state !== 'ended' && !isHead.has(other.id);
      // Whoever waited for an answer that is not for all asks for himself.
      if (passedFailures.has(call.url)) return;
      const isSameVariant = !vary || other.foo === call.foo;
      // A tag that nobody knows yet may be any tag: then newcomers are turned away whatever the tag.
      const isPurged = purges.some(
        ({ at, concerns, isByTag }) => at > other.startedAt && (concerns(other.url) || isByTag),
      );
      if (isRunning && isSameVariant && !isPurged) overlapping.push(`${other.id} and ${call.id}`);
    }
  };
  const isHead = new Set<number>();
  const passedFailures = new Set<string>();

  // A strong tag is of one variant alone (RFC 9110 §8.8.3).
  const etagOf = (call: Call): string => (vary ? `"${call.url} ${call.foo}"` : `"${call.url}"`);
  const headers = (call: Call): Record<string, string> => ({
    'Cache-Control': `max-age=${LIFETIME_S}`,
    'Surrogate-Key': tagOf(call.url),
    ETag: etagOf(call),
    ...(vary && { Vary: 'Foo' }),
  });
  const nth = (state: Call['state'], which: number): Call | undefined => {
    const candidates = calls.filter((call) => call.state === state);
    return candidates[which % Math.max(1, candidates.length)];
  };
  const piece = (call: Call): void => {
    call.body.send(`${call.id};`);
    call.pieces++;
  };
  const end = (call: Call): void => {
    while (call.pieces < PIECES) piece(call);
    call.body.end();
    call.state = 'ended';
  };
  const get = (url: string, foo: string, method: string): void => {
    const client = new AbortController();
    clients.push(client);
    const request: Request = { url, foo: vary ? foo : undefined, startedAt: ++now, result: undefined };
    requests.push(request);
    const before = calls.length;
    rig.get(url, { method, headers: { Foo: foo }, signal: client.signal }).then(
      async (response) => {
        const word = xCache(response);
        const age = Number(response.headers.get('age') ?? 0);
        const { status } = response;
        // A body that breaks off is an answer, too: an incomplete one.
        const text = await textOf(response).catch(() => undefined);
        request.result = { word, age, status, text: method === 'HEAD' ? undefined : text };
      },
      () => (request.result = 'failed'),
    );
    if (method === 'HEAD' && calls.length > before) isHead.add(before);
  };

  const step = async (command: Command): Promise<void> => {
    if (command.do === 'get') get(URLS[command.url]!, String(command.foo), command.method);
    else if (command.do === 'advance') await rig.clock.advanceAsync(command.seconds * 1_000);
    else if (command.do === 'purge') {
      const { target, isWrite, ...purge } = targets[command.target]!;
      if (isWrite === undefined) await rig.cache.invalidate(target);
      else await rig.get(isWrite, { method: 'PUT' });
      purges.push({ ...purge, at: ++now });
    } else if (command.do === 'leave') clients[command.which % Math.max(1, clients.length)]?.abort();
    else if (command.do === 'piece' || command.do === 'end' || command.do === 'break') {
      const call = nth('body', command.which);
      if (call === undefined) return;
      if (command.do === 'piece' && call.pieces < PIECES) piece(call);
      if (command.do === 'end') end(call);
      if (command.do === 'break') {
        call.body.breakOff();
        call.state = 'ended';
      }
    } else {
      const call = nth('head', command.which);
      if (call === undefined) return;
      finishHead(call, command.do);
    }
  };
  const finishHead = (call: Call, how: 'head' | 'notModified' | 'fail' | 'failure'): void => {
    const asked = rig.origin.requests.filter(({ method }) => method !== 'PUT')[call.id]!;
    const isConditional = asked.headers.get('if-none-match')?.split(', ').includes(etagOf(call)) === true;
    if (how === 'fail') call.answer.reject(new Error('reset'));
    else if (how === 'failure') {
      passedFailures.add(call.url);
      call.answer.resolve({ status: 503, body: `${call.id};`.repeat(PIECES) });
    } else if (how === 'notModified' && isConditional)
      call.answer.resolve({ status: 304, headers: headers(call), body: null });
    else call.answer.resolve({ headers: headers(call), body: asked.method === 'HEAD' ? null : call.body });
    const isStreaming = (how === 'head' || (how === 'notModified' && !isConditional)) && asked.method !== 'HEAD';
    call.state = isStreaming ? 'body' : 'ended';
  };

  for (const command of script) {
    await step(command);
    await nextTurn();
  }
  for (let turn = 0; turn < 20 && calls.some(({ state }) => state !== 'ended'); turn++) {
    for (const call of calls) {
      if (call.state === 'head') finishHead(call, 'head');
      await nextTurn();
      if (call.state === 'body') end(call);
    }
    await nextTurn();
  }
  const stats = await rig.cache.stats();
  return { calls, purges, requests, overlapping, stats, writes: purges.length, rig };
}

for (const vary of [false, true]) {
  describe(`HttpCache under random interleavings${vary ? ' of two variants' : ''}`, function () {
    // Many runs: on a busy machine they take their time.
    this.timeout(60_000);

    it('serves nothing from before a purge to those who come after it, and mixes no bodies', async () => {
      await fc.assert(
        fc.asyncProperty(commands, async (script) => {
          const { calls, purges, requests } = await run(script, vary);
          for (const { url, foo, startedAt, result } of requests) {
            if (result === undefined || result === 'failed' || result.text === undefined) continue;
            const ids = result.text.split(';').slice(0, -1);
            expect(new Set(ids).size, 'one body from one call').to.equal(1);
            expect(ids.length, 'whole').to.equal(PIECES);
            const call = calls[Number(ids[0])]!;
            expect(call.url).to.equal(url);
            if (foo !== undefined && result.status === 200) expect(call.foo).to.equal(foo);
            for (const { at, concerns } of purges) {
              if (at < startedAt && concerns(url))
                expect(call.startedAt, 'began after the purge').to.be.greaterThan(at);
            }
          }
        }),
        { numRuns: 200 },
      );
    });

    it('has at most one call for a URI running that newcomers could share', async () => {
      await fc.assert(
        fc.asyncProperty(commands, async (script) => {
          expect((await run(script, vary)).overlapping).to.deep.equal([]);
        }),
        { numRuns: 200 },
      );
    });

    it('answers everybody, counts each once, and serves nothing beyond its windows', async () => {
      await fc.assert(
        fc.asyncProperty(commands, async (script) => {
          const { requests, stats, rig } = await run(script, vary);
          for (const { result } of requests) {
            expect(result, 'settled').not.to.equal(undefined);
            if (result === undefined || result === 'failed') continue;
            if (result.word === 'HIT') expect(result.age).to.be.at.most(LIFETIME_S);
            if (result.word === 'STALE') expect(result.age).to.be.at.most(LIFETIME_S + WINDOW_S);
          }
          const writes = rig.origin.requests.filter(({ method }) => method === 'PUT').length;
          const { hits, staleHits, misses, bypasses } = stats;
          const left = requests.filter(({ result }) => result === 'failed').length;
          const counted = hits + staleHits + misses + bypasses - writes;
          expect(counted).to.be.at.most(requests.length);
          expect(counted, 'but for clients that left').to.be.at.least(requests.length - left);
        }),
        { numRuns: 200 },
      );
    });
  });
}
