import { createServer } from 'node:http';
import { createCache, type Cache } from '@cachewarp/core';
import { cacheAdmin, httpCache } from '@cachewarp/koa';
import { redisStore } from '@cachewarp/redis';
import { expect } from 'chai';
import Koa from 'koa';
import { ask } from '#src/http-client.js';
import { makeHttpOrigin } from '#src/http-origin.js';
import { listen } from '#src/listen.js';
import { Opened } from '#src/opened.js';
import { makeProxyProcess, type ProxyProcess } from '#src/proxy-process.js';
import { RedisServer } from '#src/redis-server.js';
import { until } from '#src/until.js';

interface Nodes {
  readonly answered: readonly string[];
  readonly missing: readonly string[];
  readonly store: string;
}

interface View {
  readonly nodes: Nodes;
  readonly hits: number;
  readonly misses: number;
  readonly entries: number;
  readonly total: number;
  readonly keys: readonly { readonly key: string }[];
  readonly requests: readonly { readonly key: string; readonly requests: number }[];
  readonly invalidations: readonly { readonly reason: string | null; readonly entries: number | null }[];
}

/** A node of the cache `app`: where it serves, and where its admin API has its parts. */
interface Node {
  readonly url: string;
  readonly look: (part: string) => Promise<View>;
}

describe('the admin API of nodes that share a Redis', function () {
  this.timeout(60_000);

  let opened: Opened;
  let server: RedisServer;
  let originUrl: string;
  beforeEach(async () => {
    opened = new Opened();
    server = await RedisServer.start(opened);
    const origin = await makeHttpOrigin(opened, ({ url }, response) => {
      response.writeHead(200, { 'Cache-Control': 'max-age=600', 'Cache-Tag': 'things' }).end(`body of ${url}`);
    });
    originUrl = origin.url;
  });
  afterEach(() => opened.close());

  const look = async (url: string): Promise<View> => JSON.parse((await ask(url)).text) as View;

  const startProxy = async (workers = 0): Promise<ProxyProcess & Node> => {
    const options = { origin: originUrl, admin: { port: 0 }, cache: { name: 'app' } };
    const proxy = await makeProxyProcess(opened, options, workers, server.url);
    return { ...proxy, look: (part) => look(`${proxy.adminUrl}/${part}`) };
  };

  const startKoa = async (): Promise<Node & { cache: Cache }> => {
    const cache = opened.add(createCache({ name: 'app', store: redisStore({ url: server.url }) }), (it) => it.close());
    const app = new Koa();
    // A listener who leaves is no fault.
    app.silent = true;
    app.use(cacheAdmin({ cache }));
    app.use(httpCache({ cache, ttl: '10m', tags: ['things'] }));
    app.use((ctx) => void (ctx.body = `koa ${ctx.path}`));
    const callback = app.callback();
    const http = createServer((request, response) => void callback(request, response));
    const port = await listen(http);
    opened.add(http, (it) => {
      it.closeAllConnections();
      return new Promise((resolve) => void it.close(resolve));
    });
    const url = `http://127.0.0.1:${port}`;
    return { url, cache, look: (part) => look(`${url}/api/cache/${part}`) };
  };

  /** Resolves when each of the nodes sees as many. */
  const see = async (count: number, ...nodes: Node[]): Promise<void> => {
    for (const node of nodes) await until(async () => (await node.look('stats')).nodes.answered.length === count);
  };

  it('adds the figures of two proxies and an application up, whichever of them is asked', async () => {
    const [one, other, koa] = await Promise.all([startProxy(), startProxy(), startKoa()]);
    await see(3, one, other, koa);
    const before = await koa.look('stats');
    for (const { url } of [one, other, koa]) for (let times = 0; times < 4; times++) await ask(`${url}/thing`);

    for (const node of [one, other, koa]) {
      const stats = await node.look('stats');
      expect([stats.hits - before.hits, stats.misses - before.misses, stats.entries]).to.deep.equal([9, 3, 3]);
      const { keys, total } = await node.look('keys');
      expect([keys.length, total]).to.deep.equal([3, 3]);
      expect(keys.map(({ key }) => key).join())
        .to.include(one.url)
        .and.include(other.url)
        .and.include('GET:/thing');
      const { requests, nodes } = await node.look('top');
      expect(requests.map((key) => key.requests)).to.deep.equal([4, 4, 4]);
      expect(new Set(nodes.answered).size).to.equal(3);
      expect({ ...nodes, answered: [] }).to.deep.equal({ answered: [], missing: [], store: 'ok' });
    }
    const short = await look(`${one.adminUrl}/metrics/cache`);
    expect(short).to.include({ hits: 9, misses: 3, total_cached_keys: 3 });
    // What each is asked for puts itself first.
    const firsts = await Promise.all([one, other, koa].map(async (node) => (await node.look('top')).nodes.answered[0]));
    expect(new Set(firsts).size).to.equal(3);
  });

  it('counts what a purge concerns on all nodes, and tells of it on all of them', async () => {
    const [one, other, koa] = await Promise.all([startProxy(), startProxy(), startKoa()]);
    await see(3, one, other, koa);
    for (const { url } of [one, other, koa]) await ask(`${url}/thing`);

    const order = JSON.stringify({ tag: 'things', reason: 'new things' });
    const purged = await ask(`${other.adminUrl}/invalidate`, { method: 'POST', body: order });
    expect(JSON.parse(purged.text)).to.include({ entries: 3 });

    for (const node of [one, other, koa]) {
      await until(async () => (await node.look('audit')).invalidations.length > 0);
      const [record] = (await node.look('audit')).invalidations;
      expect(record).to.include({ reason: 'new things', entries: 3 });
      await until(async () => (await node.look('stats')).entries === 0);
    }
    expect((await ask(`${one.url}/thing`)).cache).to.equal('MISS');
  });

  it('names a node that was killed as missing, and goes on without it', async () => {
    const [one, other, koa] = await Promise.all([startProxy(), startProxy(), startKoa()]);
    await see(3, one, other, koa);
    const name = (await other.look('stats')).nodes.answered[0];
    for (const { url } of [one, other, koa]) await ask(`${url}/thing`);
    await other.kill();

    for (const node of [one, koa]) {
      const { nodes, entries } = await node.look('stats');
      expect([nodes.answered.length, nodes.missing, nodes.store]).to.deep.equal([2, [name], 'ok']);
      expect(entries).to.equal(2);
      // It has cost one deadline. From now on it costs none: so many would take longer than the test may.
      for (let times = 0; times < 60; times++) await node.look('stats');
    }
    const another = await startProxy();
    await see(3, one, koa, another);
  });

  it('forgets a node at once that ends in order, and knows one again that had hung', async () => {
    const [one, other, koa] = await Promise.all([startProxy(), startProxy(), startKoa()]);
    await see(3, one, other, koa);

    one.freeze();
    expect((await koa.look('stats')).nodes.missing).to.have.length(1);
    one.thaw();
    await see(3, koa, other);
    expect((await koa.look('stats')).nodes.missing).to.deep.equal([]);

    await one.terminate();
    const { answered, missing } = (await koa.look('stats')).nodes;
    expect([answered.length, missing]).to.deep.equal([2, []]);

    // An application says nothing to its admin API, and only closes its cache.
    await koa.cache.close();
    const last = (await other.look('stats')).nodes;
    expect([last.answered.length, last.missing]).to.deep.equal([1, []]);
  });

  it('shows its own node alone while Redis is away, says so, and finds the others when it is back', async () => {
    const [one, koa] = await Promise.all([startProxy(), startKoa()]);
    await see(2, one, koa);
    await ask(`${one.url}/thing`);
    await ask(`${koa.url}/thing`);

    // First it does not answer, then it is not there.
    server.freeze();
    for (const node of [one, koa]) {
      const { nodes, entries } = await node.look('stats');
      expect([nodes.answered.length, nodes.missing.length, nodes.store, entries]).to.deep.equal([1, 1, 'away', 1]);
    }
    await server.kill();
    for (const node of [one, koa]) {
      const { nodes } = await node.look('stats');
      expect([nodes.answered.length, nodes.store]).to.deep.equal([1, 'away']);
    }
    await server.start();
    await see(2, one, koa);
  });

  it('asks the workers of a proxy each once, and is asked by whichever of them is reached', async () => {
    const [proxy, koa] = await Promise.all([startProxy(2), startKoa()]);
    await see(3, proxy, koa);
    await ask(`${proxy.url}/thing`);
    await ask(`${koa.url}/thing`);

    for (const node of [proxy, koa, proxy, proxy]) {
      const { nodes, misses, entries } = await node.look('stats');
      expect([new Set(nodes.answered).size, misses, entries]).to.deep.equal([3, 2, 2]);
    }
  });

  it('tells events of all nodes to whoever listens at one', async () => {
    const [one, koa] = await Promise.all([startProxy(), startKoa()]);
    await see(2, one, koa);
    const listening = new AbortController();
    opened.add(listening, (it) => it.abort());
    const { body } = await fetch(`${koa.url}/api/cache/events`, { signal: listening.signal });
    const reader = body!.getReader();
    let heard = '';
    const hear = async (words: RegExp): Promise<void> => {
      while (!words.test(heard)) heard += Buffer.from((await reader.read()).value!).toString();
    };
    await hear(/event: frame/);
    await ask(`${one.url}/seen-elsewhere`);
    await hear(/event: happenings\ndata: .*"miss".*seen-elsewhere/);
    await hear(/event: state\ndata: .*"nodes":2,"missing":\[\],"peers":"ok"/);
  });
});
