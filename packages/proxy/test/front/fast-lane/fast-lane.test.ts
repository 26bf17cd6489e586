import { setTimeout as sleep } from 'node:timers/promises';
import { createCache, type AnsweredRequest } from '@cachewarp/core';
import { FakeClock } from '@cachewarp/core/testing';
import { expect } from 'chai';
import type { ProxyOptions } from '#src/proxy/proxy-options.js';
import type { Proxy } from '#src/proxy/start-proxy.js';
import { until } from '../../support/clients.js';
import { httpOrigin, Opened } from '../../support/origins.js';
import { countParsed } from '../../support/parsed.js';
import { makeProxy } from '../../support/proxies.js';
import { talk, type Talk } from '../../support/talk.js';

const get = (target: string, ...fields: string[]): string =>
  `${[`GET ${target} HTTP/1.1`, 'Host: a', ...fields].join('\r\n')}\r\n\r\n`;

describe('the fast lane', () => {
  const opened = new Opened();
  afterEach(() => opened.close());

  /** A proxy whose origin answers with the path and `.`, as far as it is not told to answer more. */
  async function makeLane(options: Partial<ProxyOptions> = {}): Promise<{
    proxy: Proxy;
    port: number;
    parsed: { count: number };
    asked: () => number;
    origin: string;
  }> {
    const origin = await httpOrigin(opened, ({ url = '' }, response) => {
      const body = `${url === '/large' ? 'x'.repeat(200_000) : url}.`;
      const cacheControl = 'max-age=60, stale-while-revalidate=60';
      const fields = { 'cache-control': cacheControl, 'cache-tag': 'pages', 'content-length': body.length };
      const vary = { '/vary': 'Accept-Language', '/mine': 'X-Forwarded-For' }[url];
      response.writeHead(200, vary === undefined ? fields : { ...fields, vary });
      if (url === '/slow') setTimeout(() => response.end(body), 30);
      else response.end(body);
    });
    origin.server.on('upgrade', (_, socket) => {
      socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
      socket.on('error', () => undefined).pipe(socket);
    });
    const proxy = await makeProxy(opened, origin.url, options);
    const { port } = proxy;
    const parsed = countParsed(opened, port);
    return { proxy, port, parsed, asked: () => origin.requests.length, origin: origin.url };
  }

  /** A connection that has had its first request, when the proxy knows its fields and has this target. */
  async function warm(port: number, ...targets: string[]): Promise<Talk> {
    const client = await talk(opened, port);
    for (const target of ['/', '/', ...targets]) await client.say(get(target), '.');
    return client;
  }

  it('answers what is known and fresh before Node has parsed it, with the same bytes', async () => {
    const clock = new FakeClock();
    const cache = createCache({ clock });
    opened.add(() => cache.close());
    const { port, parsed } = await makeLane({ cache });
    const client = await warm(port);
    clock.advance(3_000);
    const before = parsed.count;
    const fast = await client.say(get('/'), '.');
    expect(parsed.count).to.equal(before);
    const other = await talk(opened, port);
    const ordinary = await other.say(get('/'), '.');
    expect(parsed.count).to.equal(before + 1);
    expect(fast)
      .to.match(/^HTTP\/1\.1 200 OK\r\n/)
      .and.to.include('\r\nAge: 3\r\nX-Cache: HIT\r\n');
    expect(fast).to.equal(ordinary);
  });

  it('answers other targets than the one with which the fields were learnt', async () => {
    const { port, parsed, asked } = await makeLane();
    const client = await warm(port, '/a?b=1', '/c');
    const before = parsed.count;
    for (const target of ['/a?b=1', '/c', '/'])
      expect(await client.say(get(target), '.')).to.match(/HIT[^]*\r\n\r\n\/[ac]?/);
    expect([parsed.count, asked()]).to.deep.equal([before, 3]);
    expect(await client.say(get('/d'), '.')).to.include('X-Cache: MISS');
    expect(await client.say(get('/d'), '.')).to.include('X-Cache: HIT');
    expect(parsed.count).to.equal(before + 1);
  });

  it('gives the parser the first request of each connection, and fields that came only once', async () => {
    const { port, parsed } = await makeLane();
    await warm(port);
    const client = await talk(opened, port);
    const before = parsed.count;
    await client.say(get('/'), '.');
    for (const id of [1, 2, 2, 2, 2]) await client.say(get('/', `X-Id: ${id}`), '.');
    expect(parsed.count - before).to.equal(1 + 3);
  });

  it('tells variants apart', async () => {
    const { port, parsed, asked } = await makeLane();
    const client = await talk(opened, port);
    const ask = (language: string): Promise<string> => client.say(get('/vary', `Accept-Language: ${language}`), '.');
    for (const language of ['de', 'de', 'en', 'en']) await ask(language);
    const before = parsed.count;
    for (const language of ['de', 'en', 'de']) expect(await ask(language)).to.include('X-Cache: HIT');
    expect(parsed.count).to.equal(before);
    expect(await ask('fr')).to.include('X-Cache: MISS');
    expect(asked()).to.equal(3);
  });

  it('answers a request that comes in two pieces, wherever it is cut', async () => {
    const { port } = await makeLane();
    const whole = await (await warm(port)).say(get('/'), '.');
    const text = get('/');
    await Promise.all(
      Array.from(text, async (_, at) => {
        const client = await talk(opened, port);
        await client.say(text, '.');
        client.socket.write(text.slice(0, at));
        await sleep(2);
        expect(await client.say(text.slice(at), '.')).to.equal(whole.replace(/Age: \d/, 'Age: 0'));
        expect(await client.say(text, '.')).to.equal(whole.replace(/Age: \d/, 'Age: 0'));
      }),
    );
  });

  it('tells clients apart where an answer varies by their address', async () => {
    const { port } = await makeLane();
    for (const from of ['127.0.0.1', '127.0.0.2']) {
      const client = await talk(opened, port, from);
      expect(await client.say(get('/mine'), '.')).to.include('X-Cache: MISS');
      for (let at = 0; at < 3; at++) expect(await client.say(get('/mine'), '.')).to.include('X-Cache: HIT');
    }
  });

  it('believes a proxy of ours, and nobody else who says the same', async () => {
    const { port, parsed } = await makeLane({ trustedProxies: ['127.0.0.2'] });
    const stranger = await talk(opened, port);
    const friend = await talk(opened, port, '127.0.0.2');
    const asking = get('/', 'X-Forwarded-Host: b');
    for (let at = 0; at < 3; at++) await stranger.say(asking, '.');
    const before = parsed.count;
    expect(await friend.say(asking, '.')).to.include('X-Cache: MISS');
    for (let at = 0; at < 3; at++) expect(await friend.say(asking, '.')).to.include('X-Cache: HIT');
    expect(await stranger.say(asking, '.')).to.include('X-Cache: HIT');
    expect(parsed.count - before).to.equal(4);
  });

  it('refuses what has become too long, and what is too long together with fields that were taken', async () => {
    const { proxy, port, origin } = await makeLane({ limits: { headerBytes: 2_000 } });
    const target = `/${'x'.repeat(999)}`;
    const asking = get('/', `X-A: ${'x'.repeat(1_200)}`);
    const client = await warm(port, target);
    for (let at = 0; at < 3; at++) expect(await client.say(asking, '.')).to.include('HIT');
    expect(await client.say(asking.replace('/', target), '}')).to.include('HTTP/1.1 431 ');
    const other = await warm(port, target);
    expect(await other.say(get(target), '.')).to.include('HIT');
    proxy.reload({ origin, port: 0, host: '127.0.0.1', limits: { headerBytes: 2_000, targetLength: 500 } });
    for (let at = 0; at < 3; at++) await other.say(get('/'), '.');
    expect(await other.say(get(target), '}')).to.include('HTTP/1.1 414 ');
  });

  it('answers requests that stand behind each other, in their order', async () => {
    const { port } = await makeLane();
    const client = await warm(port, '/a', '/b');
    const received = await client.say(get('/a') + get('/b') + get('/new') + get('/a') + get('/last'), '/last.');
    expect(received.match(/\r\n\r\n(\/\w+)\./g)).to.deep.equal(
      ['/a', '/b', '/new', '/a', '/last'].map((path) => `\r\n\r\n${path}.`),
    );
    expect(await client.say(get('/a'), '.')).to.include('HIT');
  });

  it('waits for an answer that is still to come', async () => {
    const { port } = await makeLane();
    const client = await warm(port, '/a');
    client.socket.write(get('/slow'));
    await sleep(5);
    client.socket.write(get('/a'));
    await until(() => client.heard().endsWith('/a.') && client.heard().includes('/slow.'));
    expect(client.heard().indexOf('/slow.')).to.be.below(client.heard().lastIndexOf('/a.'));
  });

  it('counts every request once, and its duration', async () => {
    const { proxy, port, parsed } = await makeLane({ admin: { port: 0 } });
    const client = await warm(port);
    for (let at = 0; at < 50; at++) await client.say(get('/'), '.');
    expect(parsed.count).to.be.below(5);
    const metrics = await (await fetch(`${proxy.adminUrl}/metrics`)).text();
    const sum = (name: string): number =>
      [...metrics.matchAll(new RegExp(`^${name}\\{[^}]*\\} (\\d+)`, 'gm'))].reduce(
        (total, [, value]) => total + Number(value),
        0,
      );
    expect(sum('cachewarp_requests_total')).to.equal(52);
    expect(sum('cachewarp_request_duration_seconds_count')).to.equal(52);
    const report = (await (await fetch(`${proxy.adminUrl}/metrics/cache`)).json()) as {
      hits: number;
      top_keys: unknown;
    };
    expect(report.hits).to.equal(51);
    expect(report.top_keys).to.deep.equal([['GET:http://a/', 52]]);
  });

  it('asks anew after an invalidation, and answers stale after an expiry', async () => {
    const { proxy, port, asked } = await makeLane();
    const client = await warm(port);
    await proxy.cache.invalidate({ tag: 'pages' });
    expect(await client.say(get('/'), '.')).to.include('X-Cache: MISS');
    expect(await client.say(get('/'), '.')).to.include('X-Cache: HIT');
    await proxy.cache.expire({ tag: 'pages' });
    expect(await client.say(get('/'), '.')).to.include('X-Cache: STALE');
    await until(() => asked() === 3);
  });

  it('leaves every hit to the ordinary way while somebody is told of it', async () => {
    const told: AnsweredRequest[] = [];
    const { port, parsed } = await makeLane({ onAnswered: (request) => told.push(request) });
    const client = await warm(port, '/', '/');
    expect([parsed.count, told.length]).to.deep.equal([4, 4]);
    client.socket.destroy();
  });

  it('obeys another configuration at once', async () => {
    const { proxy, port, parsed, origin } = await makeLane();
    const client = await warm(port);
    const options = { origin, port: 0, host: '127.0.0.1' };
    proxy.reload({ ...options, rules: [{ path: '/', cache: false }] });
    for (let at = 0; at < 4; at++) expect(await client.say(get('/'), '.')).to.include('X-Cache: BYPASS');
    proxy.reload({ ...options, hosts: ['b'] });
    expect(await client.say(get('/'), '}')).to.include('HTTP/1.1 421 ');
    proxy.reload({ ...options, fastLane: false });
    const before = parsed.count;
    const other = await warm(port, '/', '/');
    expect(parsed.count - before).to.equal(4);
    other.socket.destroy();
  });

  it('makes each answer the last one while the proxy drains', async () => {
    const { proxy, port } = await makeLane();
    const client = await warm(port);
    const drained = proxy.drain();
    expect(await client.say(get('/'), '.'))
      .to.include('Connection: close')
      .and.to.include('X-Cache: HIT');
    await drained;
    expect(client.isOver()).to.equal(true);
  });

  it('keeps a connection in use, closes an idle one, and gives a head as long as the limit says', async () => {
    const limits = { headersTimeout: '300ms', keepAliveTimeout: '300ms' } as const;
    const { port } = await makeLane({ limits });
    const client = await warm(port);
    for (let at = 0; at < 20; at++) {
      await sleep(50);
      expect(await client.say(get('/'), '.')).to.include('HIT');
    }
    const slow = await warm(port);
    await slow.say(get('/'), '.');
    expect(await slow.say('GET / HTTP/1.1\r\nHost:', '}')).to.include('HTTP/1.1 408 ');
    await until(() => client.isOver() && slow.isOver());
  });

  it('answers a client that does not read only as fast as it takes the answers', async () => {
    const { proxy, port } = await makeLane();
    const client = await warm(port, '/large');
    client.socket.pause();
    const hits = (): number => proxy.counters.routes.get('default')!.hit;
    const before = hits();
    for (let at = 0; at < 300; at++) {
      client.socket.write(get('/large'));
      await sleep(0);
    }
    await sleep(50);
    // 300 of these answers are 60 MB.
    expect(hits() - before).to.be.below(150);
    client.socket.resume();
    await until(() => hits() - before === 300);
  });

  it('lets a connection become a WebSocket after hits', async () => {
    const { port } = await makeLane();
    const client = await warm(port, '/');
    const key = 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==';
    const asking = get('/', 'Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13', key);
    expect(await client.say(asking, '\r\n\r\n')).to.include('HTTP/1.1 101 ');
    for (const text of [get('/'), 'more']) expect(await client.say(text, text)).to.equal(text);
  });
});
