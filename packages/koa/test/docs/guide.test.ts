import 'reflect-metadata';
import { readFileSync } from 'node:fs';
import { createCache, registerCacheWarp, CacheResponse, Invalidates } from '@cachewarp/core';
import { Router } from '@koa/router';
import { expect } from 'chai';
import Koa, { type Context } from 'koa';
import { container, injectable } from 'tsyringe';
import { cacheAdmin } from '#src/admin/cache-admin.js';
import { httpCache } from '#src/caching/http-cache.js';
import { Controller } from '#src/routing/controller.js';
import { mountControllers } from '#src/routing/mount-controllers.js';
import { Get, Post, Put } from '#src/routing/route.js';
import { closeApps, serve } from '../make-app.js';

/* The code of docs/koa.md, run. Each part between `// guide` and `// end` stands in the guide word for word. */

const SOURCE = new URL('../../test/docs/guide.test.ts', import.meta.url);
const GUIDE = new URL('../../../../docs/koa.md', import.meta.url);

const posts = { list: () => Promise.resolve([{ id: 1, title: 'A' }]), add: (_title: string) => Promise.resolve() };

@injectable()
class UserRepository {
  readonly #names = new Map([['1', 'Anna']]);
  find(id: string): Promise<{ id: string; name: string | undefined; team: string }> {
    return Promise.resolve({ id, name: this.#names.get(id), team: 'red' });
  }
  rename(id: string, name: string): Promise<void> {
    this.#names.set(id, name);
    return Promise.resolve();
  }
}

// guide
@injectable()
@Controller('/api/users')
class UsersController {
  constructor(readonly users: UserRepository) {}

  @Get('/:id')
  @CacheResponse(120, { tags: (user) => [`team:${user.team}`] })
  async find(ctx: Context) {
    return this.users.find(ctx.params.id);
  }

  @Put('/:id')
  async rename(ctx: Context) {
    await this.users.rename(ctx.params.id, String(ctx.query.name));
    return { message: 'User updated' };
  }

  @Post('/:id/moves')
  @Invalidates('GET:/api/users/:id', { tag: 'team:red' })
  async move(ctx: Context) {
    return { message: `User ${ctx.params.id} moved` };
  }
}
// end

describe('docs/koa.md', () => {
  afterEach(closeApps);

  it('has the code of this test, word for word', () => {
    const guide = readFileSync(GUIDE, 'utf8');
    const parts = [...readFileSync(SOURCE, 'utf8').matchAll(/^ *\/\/ guide\n([^]*?)\n *\/\/ end$/gm)].map(
      (match) => match[1] ?? '',
    );
    expect(parts).to.have.length(6);
    for (const part of parts) {
      const indent = /^ */.exec(part)?.[0] ?? '';
      const code = part
        .split('\n')
        .map((line) => (line.startsWith(indent) ? line.slice(indent.length) : line))
        .join('\n');
      expect(guide).to.include(`\`\`\`ts\n${code}\n\`\`\``);
    }
  });

  it('caches a whole application', async () => {
    // guide
    const cache = createCache({ memory: { maxBytes: '256mb' } });
    const app = new Koa();
    app.use(httpCache({ cache, ttl: '90s' }));
    app.use(async (ctx) => {
      ctx.body = { posts: await posts.list() };
    });
    // end
    const { get } = await serve(app);
    expect([(await get('/api/posts/')).xCache, (await get('/api/posts/')).xCache]).to.deep.equal(['MISS', 'HIT']);
  });

  it('caches one route', async () => {
    const cache = createCache();
    const app = new Koa();
    // guide
    const router = new Router();
    router.get('/api/posts/', httpCache({ cache, ttl: '90s', staleIfError: '1h', tags: ['posts'] }), async (ctx) => {
      ctx.body = { posts: await posts.list() };
    });
    router.post('/api/posts/', async (ctx) => {
      await posts.add(String(ctx.query.title));
      await cache.invalidate({ tag: 'posts' });
      ctx.body = { message: 'Post created' };
    });
    app.use(router.routes());
    // end
    const { get, send } = await serve(app);
    expect([(await get('/api/posts/')).xCache, (await get('/api/posts/')).xCache]).to.deep.equal(['MISS', 'HIT']);
    await send('POST', '/api/posts/');
    expect((await get('/api/posts/')).xCache).to.equal('MISS');
  });

  it('mounts controllers', async () => {
    // guide
    const requests = container.createChildContainer();
    registerCacheWarp(requests, { defaults: { jitter: 0.05 } });

    const router = new Router();
    mountControllers(router, requests, [UsersController]);

    const app = new Koa();
    app.use(router.routes());
    // end
    const { get, send } = await serve(app);
    expect((await get('/api/users/1')).json()).to.deep.equal({ id: '1', name: 'Anna', team: 'red' });
    await send('PUT', '/api/users/1?name=Anne');
    expect((await get('/api/users/1')).json()).to.include({ name: 'Anne' });
    await get('/api/users/2');
    await send('POST', '/api/users/1/moves');
    expect((await get('/api/users/2')).xCache).to.equal('MISS');
  });

  it('tells users apart, and lets few bypass', async () => {
    const cache = createCache();
    const app = new Koa();
    app.use((ctx, next) => {
      ctx.state['user'] = { id: ctx.get('X-User'), isAdmin: ctx.get('X-User') === 'admin' };
      return next();
    });
    // guide
    app.use(
      httpCache({
        cache,
        ttl: '1m',
        context: { user: (ctx) => ctx.state.user?.id },
        bypass: { param: 'fresh', allow: (ctx) => ctx.state.user?.isAdmin === true },
      }),
    );
    // end
    app.use((ctx) => void (ctx.body = `for ${String(ctx.state['user'].id)}`));
    const { get } = await serve(app);
    await get('/me', { 'x-user': 'anna' });
    expect((await get('/me', { 'x-user': 'anna', cookie: 'a=b' })).xCache).to.equal('HIT');
    expect((await get('/me', { 'x-user': 'ben' })).body).to.equal('for ben');
    expect((await get('/me?fresh=1', { 'x-user': 'anna' })).xCache).to.equal('HIT');
    expect((await get('/me?fresh=1', { 'x-user': 'admin' })).xCache).to.equal('BYPASS');
  });

  it('serves the admin API', async () => {
    const cache = createCache();
    const app = new Koa();
    // guide
    app.use(cacheAdmin({ cache, open: ['health'] }));
    app.use(httpCache({ cache, ttl: '90s' }));
    // end
    const { get, send } = await serve(app);
    expect((await get('/health')).json()).to.deep.equal({ status: 'ok', redis: 'disabled' });
    const deleted = await send('DELETE', '/api/invalidate/GET:/api/posts/');
    expect(deleted.json()).to.deep.equal({ message: 'Cache key deleted' });
  });
});
