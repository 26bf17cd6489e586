import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { createCache } from '@cachewarp/core';
import { FakeClock } from '@cachewarp/core/testing';
import { expect } from 'chai';
import fc from 'fast-check';
import type { ProxyOptions } from '#src/proxy/proxy-options.js';
import type { Proxy } from '#src/proxy/start-proxy.js';
import { httpOrigin, Opened } from '../../support/origins.js';
import { countParsed } from '../../support/parsed.js';
import { makeProxy } from '../../support/proxies.js';
import { talk, type Talk } from '../../support/talk.js';
import { conversation, type Step } from './mutated-requests.js';

const RUNS = 120;

/** Requests that both proxies know, before anything odd is sent. */
const KNOWN = 'GET /plain HTTP/1.1\r\nHost: a.example\r\n\r\n';
const LAST = 'GET /plain HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\n\r\n';

/** Without an answer for so long, nothing more is expected. */
const QUIET_MS = 25;

/**
 * On a busy machine an answer may come later, or be cut elsewhere by an error. What differs is tried again with more patience, between the
 * same proxies and between new ones, which have nothing stored: a difference of either kind is one that shows each time.
 */
const PATIENCE_MS = [150, 600];

describe('the fast lane, beside the ordinary way', () => {
  const opened = new Opened();
  afterEach(() => opened.close());

  function answer({ url = '', method, headers }: IncomingMessage, response: ServerResponse): void {
    const path = url.split('?', 1)[0]!;
    const fields: Record<string, string> = {
      'cache-control': path.startsWith('/private') ? 'no-store' : 'max-age=20, stale-while-revalidate=5',
      'content-type': 'text/plain',
      date: 'Thu, 01 Jan 2026 00:00:00 GMT',
      etag: '"1"',
      ...(path === '/vary' && { vary: 'Accept-Encoding, X-Forwarded-Proto' }),
      ...(path === '/peer' && { vary: 'X-Forwarded-For' }),
    };
    const { cookie = '', 'accept-encoding': coding = '' } = headers;
    const body = path === '/large' ? 'x'.repeat(40_000) : `${method} ${url} ${cookie} ${coding}`;
    response.writeHead(path === '/missing' ? 404 : 200, fields).end(path === '/empty' ? '' : body);
  }

  async function makePair(options: Partial<ProxyOptions>): Promise<{ pair: Proxy[]; clock: FakeClock }> {
    const origin = await httpOrigin(opened, answer);
    const clock = new FakeClock();
    const pair: Proxy[] = [];
    for (const fastLane of [true, false]) {
      const cache = createCache({ clock });
      opened.add(() => cache.close());
      pair.push(await makeProxy(opened, origin.url, { ...options, cache, fastLane }));
    }
    return { pair, clock };
  }

  /** Says everything on one connection, and hears what comes. */
  async function converse(port: number, steps: readonly Step[], patienceMs: number): Promise<string> {
    const client = await talk(opened, port);
    await client.say(KNOWN, '');
    await untilQuiet(client, patienceMs);
    for (const { pieces, isAwaited } of steps) {
      for (const piece of pieces) {
        if (client.isOver()) break;
        client.socket.write(piece, 'latin1');
        await sleep(1);
      }
      if (isAwaited) await untilQuiet(client, patienceMs);
    }
    if (!client.isOver()) client.socket.write(LAST, 'latin1');
    await untilQuiet(client, patienceMs);
    client.socket.destroy();
    return client.heard();
  }

  /** What was heard, and how it was counted. */
  async function observe({ port, counters }: Proxy, steps: readonly Step[], patienceMs: number): Promise<string> {
    const before = countsOf(counters);
    const heard = await converse(port, steps, patienceMs);
    const counted = countsOf(counters).map((count, index) => count - before[index]!);
    return `${comparable(heard)}\ncounted: ${counted.join()}`;
  }

  function observeBoth(pair: readonly Proxy[], steps: readonly Step[], patienceMs: number): Promise<string[]> {
    return Promise.all(pair.map((proxy) => observe(proxy, steps, patienceMs)));
  }

  async function expectAgreement(steps: readonly Step[], pairOf: () => Promise<Proxy[]>): Promise<void> {
    let seen: string[] = [];
    for (const patienceMs of PATIENCE_MS) {
      seen = await observeBoth(await pairOf(), steps, patienceMs);
      if (seen[0] === seen[1]) return;
    }
    expect(seen[0]).to.equal(seen[1]);
  }

  async function untilQuiet(client: Talk, patienceMs: number): Promise<void> {
    const started = client.heard().length;
    for (let waited = 0; waited < patienceMs && !client.isOver(); waited += 2) {
      await sleep(2);
      if (client.heard().length > started) break;
    }
    // The rest of what has begun to come.
    let length = -1;
    while (client.heard().length !== length) {
      length = client.heard().length;
      await sleep(Math.max(2, patienceMs / 12));
    }
  }

  const configurations: readonly (readonly [string, Partial<ProxyOptions>])[] = [
    ['as it comes', {}],
    [
      'with rules, hosts and cookies',
      {
        hosts: ['a.example', 'b.example:81'],
        policy: { defaultTtl: '20s', cookies: { ignore: ['i*'], key: ['k'] }, key: { sortQuery: true } },
        rules: [
          { path: '/peer', cache: false },
          { path: '/empty', request: { set: { 'X-Set': '1' } } },
          { path: '/plain', response: { set: { 'X-Answer': '1' } } },
        ],
        limits: { headerBytes: 4096, headerFields: 8, targetLength: 200 },
        trustedProxies: ['127.0.0.1'],
      },
    ],
  ];

  for (const [title, options] of configurations) {
    it(`answers odd and ordinary requests in the same way, ${title}`, async function () {
      this.timeout(120_000);
      const { pair, clock } = await makePair(options);
      const parsed = pair.map(({ port }) => countParsed(opened, port));
      await fc.assert(
        fc.asyncProperty(conversation, async (steps) => {
          clock.advance(400);
          const [fast, ordinary] = await observeBoth(pair, steps, QUIET_MS);
          if (fast === ordinary) return;
          await expectAgreement(steps, () => Promise.resolve(pair));
          await expectAgreement(steps, async () => (await makePair(options)).pair);
        }),
        { numRuns: RUNS, seed: 20_261_201, endOnFailure: true },
      );
      // There was something to compare.
      expect(parsed[0]!.count).to.be.below(parsed[1]!.count * 0.8);
    });
  }
});

function countsOf({ routes }: Proxy['counters']): number[] {
  return [...routes.values()].flatMap((counts) => Object.values(counts).filter((count) => typeof count === 'number'));
}

/** What must be equal: all but instants and names that are made anew for each request. */
function comparable(heard: string): string {
  return heard
    .replaceAll(/^Date: .*$/gm, 'Date')
    .replaceAll(/^X-Request-Id: [0-9a-f]{12}-\w+\r$/gim, 'X-Request-Id')
    .replaceAll(/"requestId":"[0-9a-f]{12}-\w+"/g, '"requestId"');
}
