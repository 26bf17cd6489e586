import { Deferred } from '@cachewarp/core/testing';
import { expect } from 'chai';
import type { Context, Middleware } from 'koa';
import { cached, closeApps, counting, type App } from '../make-app.js';

/** Which of these targets are still answered from the cache. */
async function kept(app: App, targets: readonly string[]): Promise<string[]> {
  const hits: string[] = [];
  for (const target of targets) if ((await app.get(target)).xCache === 'HIT') hits.push(target);
  return hits;
}

/** An application in which GET answers and everything else succeeds. */
async function warm(targets: readonly string[], options: Parameters<typeof cached>[1] = {}): Promise<App> {
  const app = await cached(counting(), options);
  for (const target of targets) await app.get(target);
  return app;
}

const TARGETS = ['/users', '/users/', '/users/?page=2', '/users/1', '/users/1?full=1', '/users/2', '/posts/', '/'];

describe('a change through httpCache', () => {
  afterEach(closeApps);

  for (const method of ['POST', 'PUT', 'PATCH', 'DELETE']) {
    it(`by ${method} drops the answers under its path and its collection, whatever the query`, async () => {
      const app = await warm(TARGETS);
      expect((await app.send(method, '/users/1', { body: 'x' })).status).to.equal(200);
      expect(await kept(app, TARGETS)).to.deep.equal(['/users/2', '/posts/', '/']);
    });
  }

  it('of a collection drops its lists and leaves its members', async () => {
    const app = await warm(TARGETS);
    await app.send('POST', '/users/');
    expect(await kept(app, TARGETS)).to.deep.equal(['/users/1', '/users/1?full=1', '/users/2', '/posts/', '/']);
  });

  it('of an unknown method counts, too; a safe one does not', async () => {
    const app = await warm(['/users/1']);
    await app.send('OPTIONS', '/users/1');
    expect(await kept(app, ['/users/1'])).to.deep.equal(['/users/1']);
    await app.send('MKCOL', '/users/1');
    expect(await kept(app, ['/users/1'])).to.deep.equal([]);
  });

  it('is done before its answer goes out', async () => {
    const app = await warm(['/users/1']);
    await app.send('PUT', '/users/1');
    expect((await app.get('/users/1')).json()).to.deep.equal({ run: 3, url: '/users/1' });
  });

  for (const status of [400, 404, 409, 500]) {
    it(`that failed with ${status} drops nothing`, async () => {
      const handler: Middleware = (ctx) => {
        if (ctx.method !== 'GET') ctx.status = status;
        ctx.body = 'a';
      };
      const app = await cached(handler);
      await app.get('/users/1');
      await app.send('PUT', '/users/1');
      expect(await kept(app, ['/users/1'])).to.deep.equal(['/users/1']);
    });
  }

  it('that threw drops nothing', async () => {
    const app = await cached((ctx) => (ctx.method === 'GET' ? void (ctx.body = 'a') : ctx.throw(422)));
    await app.get('/users/1');
    expect((await app.send('PUT', '/users/1')).status).to.equal(422);
    expect(await kept(app, ['/users/1'])).to.deep.equal(['/users/1']);
  });

  it('answered with a redirect counts, and drops what Location names on this host', async () => {
    const app = await cached((ctx) => {
      if (ctx.method === 'GET') ctx.body = 'a';
      else {
        ctx.status = 303;
        ctx.set('Location', ctx.path === '/here' ? '/users/7' : 'http://elsewhere.example/users/7');
      }
    });
    await app.get('/users/7');
    await app.send('POST', '/there');
    expect(await kept(app, ['/users/7'])).to.deep.equal(['/users/7']);
    await app.send('POST', '/here');
    expect(await kept(app, ['/users/7'])).to.deep.equal([]);
  });

  for (const same of ['/users/a%40b', '/users/%61@b', '/Users/A@b', '/users/a@b/']) {
    it(`of ${same} drops what was answered to /users/a@b, which routers may take for the same`, async () => {
      const app = await warm(['/users/a@b']);
      await app.send('PUT', same);
      expect(await kept(app, ['/users/a@b'])).to.deep.equal([]);
    });
  }

  it('of a path that is no percent-encoding is taken as it is', async () => {
    const app = await warm(['/users/100%']);
    await app.send('PUT', '/users/100%');
    expect(await kept(app, ['/users/100%'])).to.deep.equal([]);
  });

  it('drops the entries of every user and every host', async () => {
    const app = await cached(counting(), { context: { user: (ctx: Context) => ctx.get('X-User') } });
    const as = (user: string, host: string): Promise<unknown> => app.get('/me', { 'x-user': user, host });
    await as('anna', 'a.example');
    await as('ben', 'b.example');
    await app.send('PUT', '/me', { headers: { 'x-user': 'anna', host: 'a.example' } });
    expect((await app.get('/me', { 'x-user': 'ben', host: 'b.example' })).xCache).to.equal('MISS');
  });

  it('drops by its path alone where told to, or nothing', async () => {
    const narrow = await warm(['/users/', '/users/1'], { invalidate: 'uri' });
    await narrow.send('PUT', '/users/1');
    expect(await kept(narrow, ['/users/', '/users/1'])).to.deep.equal(['/users/']);
    const never = await warm(['/users/1'], { invalidate: false });
    await never.send('PUT', '/users/1');
    expect(await kept(never, ['/users/1'])).to.deep.equal(['/users/1']);
  });

  it('keeps an answer from being stored that was on its way meanwhile', async () => {
    const gate = new Deferred();
    let name = 'old';
    const app = await cached(async (ctx) => {
      if (ctx.method === 'PUT') {
        name = 'new';
        ctx.body = 'done';
        return;
      }
      const read = name;
      if (read === 'old') await gate.promise;
      ctx.body = read;
    });
    const early = app.get('/users/1');
    await new Promise((resolve) => setTimeout(resolve, 20));
    await app.send('PUT', '/users/1');
    expect((await app.get('/users/1')).body).to.equal('new');
    gate.resolve();
    expect((await early).body).to.equal('old');
    expect((await app.get('/users/1')).body).to.equal('new');
  });

  it('is told apart in the history by method and path', async () => {
    const app = await warm(['/users/1']);
    await app.send('PUT', '/users/1?token=secret');
    expect(app.cache.history(1)[0]).to.deep.include({ by: 'PUT /users/1', soft: false });
  });

  it('drops by the tags that answers were given', async () => {
    const app = await warm(['/users/1', '/users/2'], { tags: (ctx) => [`user:${ctx.path.slice(-1)}`] });
    await app.cache.invalidate({ tag: 'user:1' });
    expect(await kept(app, ['/users/1', '/users/2'])).to.deep.equal(['/users/2']);
    const fixed = await warm(['/a'], { tags: ['all-users'] });
    await fixed.cache.invalidate({ tag: 'all-users' });
    expect(await kept(fixed, ['/a'])).to.deep.equal([]);
  });

  it('keeps nothing whose tags cannot be told', async () => {
    const app = await cached(counting(), { tags: () => [''] });
    expect((await app.get('/a')).xCache).to.equal('MISS');
    expect((await app.get('/a')).xCache).to.equal('MISS');
  });

  it('keeps nothing, but answers, where its tags cannot be asked for, and tells', async () => {
    const app = await cached(counting(), {
      tags: (ctx) => {
        throw new Error(`no tags of ${ctx.path}`);
      },
    });
    const faults: unknown[] = [];
    app.cache.events.on('policyError', ({ key, error }) => faults.push([key, (error as Error).message]));
    expect((await app.get('/a')).status).to.equal(200);
    expect((await app.get('/a')).xCache).to.equal('MISS');
    expect(faults[0]).to.deep.equal(['GET:/a', 'no tags of /a']);
  });

  it('by the exact key drops that answer and no other query', async () => {
    const app = await warm(['/users/?page=1', '/users/?page=2']);
    await app.cache.invalidate('GET:/users/?page=1');
    expect(await kept(app, ['/users/?page=1', '/users/?page=2'])).to.deep.equal(['/users/?page=2']);
  });
});
