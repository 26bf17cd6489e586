import { createCache, InvalidOptionError } from '@cachewarp/core';
import { expect } from 'chai';
import { cacheAdmin } from '#src/admin/cache-admin.js';
import { httpCache } from '#src/caching/http-cache.js';
import { closeApps, counting, listen, type App } from '../make-app.js';

/** An application with the admin API in front of a cache. */
function administered(options: object = {}): Promise<App> {
  return listen((app, cache) => {
    app.use(cacheAdmin({ cache, ...options }));
    app.use(httpCache({ cache, ttl: 60 }));
    app.use(counting());
  });
}

describe('cacheAdmin', () => {
  afterEach(closeApps);

  const KEY = 'GET:/api/posts/?page=2';
  for (const [how, path] of [
    ['as it is', KEY],
    ['URL-encoded', encodeURIComponent(KEY)],
  ] as const) {
    it(`deletes a key, written ${how}`, async () => {
      const { get, send } = await administered();
      await get('/api/posts/?page=2');
      await get('/api/posts/');

      const answer = await send('DELETE', `/api/invalidate/${path}`);

      expect([answer.status, answer.json()]).to.deep.equal([200, { message: 'Cache key deleted' }]);
      expect((await get('/api/posts/?page=2')).xCache).to.equal('MISS');
      expect((await get('/api/posts/')).xCache).to.equal('HIT');
    });
  }

  it('tells true numbers, which looking does not change', async () => {
    const { get } = await administered();
    await get('/api/users/1');
    for (let request = 0; request < 6; request++) await get('/api/posts/');
    await get('/metrics/cache');

    const numbers = (await get('/metrics/cache')).json() as Record<string, unknown>;

    expect(numbers).to.deep.include({ hits: 5, misses: 2, total_cached_keys: 2 });
    expect(numbers['top_keys']).to.deep.equal([
      ['GET:/api/posts/', 6],
      ['GET:/api/users/1', 1],
    ]);
    expect((await get('/metrics')).body).to.include(
      'cachewarp_requests_total{cache="default",route="default",status="hit"} 5',
    );
  });

  it('counts a URL with several variants as one key', async () => {
    const app = await listen((koa, cache) => {
      koa.use(cacheAdmin({ cache }));
      koa.use(httpCache({ cache, ttl: 60 }));
      koa.use((ctx) => {
        ctx.vary('Accept');
        ctx.body = ctx.get('Accept');
      });
    });
    await app.get('/a', { accept: 'text/plain' });
    await app.get('/a', { accept: 'text/html' });
    expect((await app.get('/metrics/cache')).json()).to.include({ total_cached_keys: 1 });
  });

  it('serves health, and everything else under /api', async () => {
    const { get, send } = await administered();
    await get('/a');
    expect((await get('/health')).json()).to.deep.equal({ status: 'ok', redis: 'disabled' });
    expect((await get('/api/cache/stats')).json()).to.include({ misses: 1 });
    expect((await get('/api/cache/keys')).json()).to.include({ total: 1 });
    expect((await get('/api/cache/explain?key=GET:/b')).json()).to.include({ decision: 'miss' });
    const purge = await send('POST', '/api/invalidate', { body: '{"prefix":"GET:/"}' });
    expect(purge.json()).to.include({ targets: 1, entries: 1 });
  });

  it('explains by whom an answer was dropped', async () => {
    const { get, send } = await administered();
    await get('/api/users/1');
    expect((await get('/api/cache/explain?url=/api/users/1')).json()).to.include({ decision: 'hit' });
    await send('PUT', '/api/users/1');
    const { decision, steps } = (await get('/api/cache/explain?key=GET:/api/users/1')).json() as {
      decision: string;
      steps: { rule: string; saw: string }[];
    };
    expect(decision).to.equal('miss');
    expect(steps[1]?.saw).to.include('by PUT /api/users/1');
  });

  it('takes a body that a parser in front has read already', async () => {
    const app = await listen((koa, cache) => {
      koa.use(async (ctx, next) => {
        const chunks: Buffer[] = [];
        for await (const chunk of ctx.req) chunks.push(chunk as Buffer);
        Object.assign(ctx.request, { body: JSON.parse(Buffer.concat(chunks).toString()) as unknown });
        await next();
      });
      koa.use(cacheAdmin({ cache }));
    });
    expect((await app.send('POST', '/api/invalidate', { body: '{"all":true}' })).json()).to.include({ targets: 1 });
  });

  it('takes the text that a parser in front has kept', async () => {
    const app = await listen((koa, cache) => {
      koa.use(async (ctx, next) => {
        const chunks: Buffer[] = [];
        for await (const chunk of ctx.req) chunks.push(chunk as Buffer);
        Object.assign(ctx.request, { rawBody: Buffer.concat(chunks).toString() });
        await next();
      });
      koa.use(cacheAdmin({ cache }));
    });
    expect((await app.send('POST', '/api/invalidate', { body: '{"all":true}' })).json()).to.include({ targets: 1 });
  });

  it('serves the dashboard and the events that feed it', async () => {
    const { port, get } = await administered();
    const url = `http://127.0.0.1:${port}`;
    const page = await fetch(`${url}/api/cache/dashboard`);
    expect(await page.text()).to.include('src="dashboard/main.js"');
    expect((await fetch(`${url}/api/cache/dashboard/main.js`)).headers.get('content-type')).to.include('javascript');
    const paths = (await (await fetch(`${url}/api/cache/dashboard/paths.json`)).json()) as object;
    expect(paths).to.include({ events: '/api/cache/events', invalidate: '/api/invalidate' });
    const events = await fetch(`${url}/api/cache/events`);
    expect(events.headers.get('content-type')).to.equal('text/event-stream; charset=utf-8');
    const reader = events.body!.pipeThrough(new TextDecoderStream()).getReader();
    let heard = '';
    while (!heard.includes('event: frame')) heard += (await reader.read()).value;
    await get('/a');
    while (!heard.includes('"word":"miss"')) heard += (await reader.read()).value;
    await reader.cancel();
  });

  it('passes other paths on', async () => {
    const { get } = await administered();
    expect((await get('/api/cache')).xCache).to.equal('MISS');
    expect((await get('/healthy')).xCache).to.equal('MISS');
  });

  it('refuses a host name that is not its own, and another site’s page', async () => {
    const { send } = await administered();
    const foreign = await send('DELETE', '/api/invalidate/k', { headers: { host: 'evil.example' } });
    expect([foreign.status, foreign.headers['content-type']]).to.deep.equal([403, 'application/problem+json']);
    const page = await send('DELETE', '/api/invalidate/k', { headers: { origin: 'http://evil.example' } });
    expect(page.status).to.equal(403);
  });

  it('wants its token', async () => {
    const { send } = await administered({ token: 'secret' });
    expect((await send('DELETE', '/api/invalidate/k')).status).to.equal(401);
    const known = { headers: { authorization: 'Bearer secret' } };
    expect((await send('DELETE', '/api/invalidate/k', known)).status).to.equal(200);
  });

  it('lies where the options say', async () => {
    const { get, send } = await administered({ basePath: '/internal', paths: { invalidate: '/purge', health: false } });
    expect((await send('DELETE', '/internal/purge/k')).json()).to.deep.equal({ message: 'Cache key deleted' });
    expect((await get('/internal/metrics/cache')).status).to.equal(200);
    expect((await get('/internal/health')).xCache).to.equal('MISS');
  });

  it('refuses a faulty option', () => {
    expect(() => cacheAdmin(undefined as never)).to.throw(
      InvalidOptionError,
      'options must be an object, got undefined',
    );
    expect(() => cacheAdmin({ cache: createCache(), tokn: 'a' } as never)).to.throw(
      InvalidOptionError,
      'tokn is not an option',
    );
  });
});
