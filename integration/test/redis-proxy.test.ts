import { Agent } from 'node:http';
import { expect } from 'chai';
import { ask, askMany } from '#src/http-client.js';
import { makeHttpOrigin } from '#src/http-origin.js';
import { Opened } from '#src/opened.js';
import { makeProxyProcess, type ProxyProcess } from '#src/proxy-process.js';
import { Database, RedisNode } from '#src/redis-node.js';
import { joined } from '#src/redis-rounds.js';
import { RedisServer } from '#src/redis-server.js';
import { until } from '#src/until.js';

describe('proxies that share a Redis', function () {
  this.timeout(120_000);

  let opened: Opened;
  let server: RedisServer;
  beforeEach(async () => {
    opened = new Opened();
    server = await RedisServer.start(opened);
  });
  afterEach(() => opened.close());

  /** Resolves with proxies that have joined Redis: before, each answers for itself. */
  const startProxies = async (origin: string, count: number): Promise<ProxyProcess[]> => {
    const options = { origin, admin: { port: 0 }, cache: { name: 'app' } };
    const proxies = await Promise.all(
      Array.from({ length: count }, () => makeProxyProcess(opened, options, 0, server.url)),
    );
    for (const { adminUrl } of proxies) {
      await until(async () => {
        const { store } = JSON.parse((await ask(`${adminUrl}/stats`)).text) as { store?: { entries?: number } };
        return store?.entries !== undefined;
      });
    }
    return proxies;
  };

  it('drop what an application in another process invalidates by its tag', async () => {
    const origin = await makeHttpOrigin(opened, (_, response, count) => {
      response.writeHead(200, { 'Cache-Control': 'max-age=600', 'Cache-Tag': 'team:7' }).end(`answer ${count}`);
    });
    const [proxy] = await startProxies(origin.url, 1);
    const app = await RedisNode.start(opened, new Database(), { redis: { url: server.url } });
    await joined(app);
    const agent = opened.add(new Agent({ keepAlive: true, maxSockets: 1 }), (it) => it.destroy());
    const url = `${proxy!.url}/teams/7`;

    const delays: number[] = [];
    for (let round = 0; round < 100; round++) {
      await until(async () => (await ask(url, { agent })).cache === 'HIT');
      const before = (await ask(url, { agent })).text;
      const beganAt = performance.now();
      const invalidated = app.call('invalidate', { tag: 'team:7' });
      await until(async () => (await ask(url, { agent })).text !== before);
      delays.push(performance.now() - beganAt);
      await invalidated;
    }

    const sorted = delays.toSorted((a, b) => a - b);
    console.log(`      tag to proxy: median ${sorted[50]!.toFixed(1)} ms, p99 ${sorted[98]!.toFixed(1)} ms`);
    expect(origin.requests.length).to.equal(101);
  });

  it('make one request to the origin when the clients of eight of them want the same cold URL', async () => {
    const origin = await makeHttpOrigin(opened, (_, response, count) => {
      setTimeout(() => {
        response.writeHead(200, { 'Cache-Control': 'max-age=600' }).end(`answer ${count}`);
      }, 300);
    });
    // The URL that clients know is part of the key: it has to be one for all.
    const headers = { Host: 'shop.example' };
    const proxies = await startProxies(origin.url, 8);

    const answers = await Promise.all(proxies.map(({ url }) => askMany(10, `${url}/cold`, { headers })));

    expect(answers.flat()).to.have.length(80);
    expect(new Set(answers.flat().map(({ status, text }) => `${status} ${text}`))).to.deep.equal(
      new Set(['200 answer 1']),
    );
    expect(origin.requests).to.have.length(1);
  });

  it('do not make the clients of others queue for what is never stored', async () => {
    let isHeld = false;
    const waiting: (() => void)[] = [];
    const origin = await makeHttpOrigin(opened, async (_, response, count) => {
      if (isHeld) await new Promise<void>((resolve) => void waiting.push(resolve));
      response.writeHead(200, { 'Cache-Control': 'no-store' }).end(`answer ${count}`);
    });
    const headers = { Host: 'shop.example' };
    const proxies = await startProxies(origin.url, 4);
    // From the first answer all of them learn that this is never stored.
    await ask(`${proxies[0]!.url}/basket`, { headers });
    isHeld = true;

    const asking = proxies.map(({ url }) => askMany(5, `${url}/basket`, { headers }));
    // All of them are at the origin at one time, while it answers nobody.
    await until(() => origin.running() === 20);
    for (const answer of waiting) answer();
    const answers = (await Promise.all(asking)).flat();

    expect(new Set(answers.map(({ text }) => text)).size).to.equal(20);
  });
});
