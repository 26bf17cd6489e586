import { createCache, InvalidOptionError, MemoryStore, type Cache } from '@cachewarp/core';
import { expect } from 'chai';
import { createAdminHandler } from '#src/listener/admin-handler.js';
import { makeAdmin } from '../make-admin.js';

/** A second tier under the name of Redis that can be switched off. */
class SwitchStore extends MemoryStore {
  override readonly name = 'redis' as never;
  isDown = false;

  override get(key: string): ReturnType<MemoryStore['get']> {
    if (this.isDown) throw new Error('down');
    return super.get(key);
  }
}

describe('createAdminHandler', () => {
  describe('health', () => {
    it('says that the cache is up and that no Redis is used', async () => {
      const { send } = makeAdmin();
      const answer = await send('GET', '/health');
      expect(answer.status).to.equal(200);
      expect(answer.json()).to.deep.equal({ status: 'ok', redis: 'disabled' });
    });

    it('says ok of a Redis tier, and down while its breaker is open, without becoming unready', async () => {
      const store = new SwitchStore();
      const { send, cache } = makeAdmin({ cache: createCache({ store }) });
      expect((await send('GET', '/health')).json()).to.deep.equal({ status: 'ok', redis: 'ok' });
      store.isDown = true;
      for (let call = 0; call < 30; call++) await cache.get(`k${call}`);

      const ready = await send('GET', '/health/ready');

      expect(ready.status).to.equal(200);
      expect(ready.json()).to.deep.equal({ status: 'ok', redis: 'down' });
    });

    it('answers whether the process lives', async () => {
      expect((await makeAdmin().send('GET', '/health/live')).json()).to.deep.equal({ status: 'ok' });
    });
  });

  describe('metrics', () => {
    it('serves the text format of Prometheus from metrics of its own', async () => {
      const { send, cache } = makeAdmin();
      await cache.getOrLoad('k', () => 1);
      await send('GET', '/metrics');
      const answer = await send('GET', '/metrics');
      expect(answer.headers['content-type']).to.include('text/plain');
      expect(answer.body).to.include('cachewarp_requests_total{cache="app",route="default",status="miss"} 1');
    });

    it('serves the metrics it was given', async () => {
      const metrics = { contentType: 'text/x', text: () => Promise.resolve('given 1') };
      const answer = await makeAdmin({ metrics }).send('GET', '/metrics');
      expect([answer.body, answer.headers['content-type']]).to.deep.equal(['given 1', 'text/x']);
    });

    it('tells the numbers of the cache, true ones', async () => {
      const { send, cache, clock } = makeAdmin();
      for (let call = 0; call < 6; call++) await cache.getOrLoad('GET:/api/posts/', () => 'posts');
      await cache.getOrLoad('GET:/api/users/1', () => 'user', { ttl: 5 });
      clock.advance(6_000);

      const numbers = (await send('GET', '/metrics/cache')).json();

      expect(numbers).to.include({ hits: 5, misses: 2, total_cached_keys: 1, stale_hits: 0, loads: 2 });
      expect(numbers['top_keys']).to.deep.equal([
        ['GET:/api/posts/', 6],
        ['GET:/api/users/1', 1],
      ]);
    });

    it('counts invalidated entries no longer', async () => {
      const { send, cache } = makeAdmin();
      await cache.set('a', 1, { tags: ['t'] });
      await cache.set('b', 1);
      await cache.invalidate({ tag: 't' });
      expect((await send('GET', '/metrics/cache')).json()).to.include({ total_cached_keys: 1 });
    });
  });

  it('serves everything the cache counts', async () => {
    const { send, cache } = makeAdmin();
    await cache.getOrLoad('k', () => 1);
    expect((await send('GET', '/stats')).json()).to.include({ name: 'app', misses: 1, entries: 1 });
  });

  describe('keys', () => {
    it('lists keys in their order, page by page, under a prefix', async () => {
      const { send, cache } = makeAdmin();
      for (const key of ['b2', 'a1', 'b3', 'b1', 'c1']) await cache.set(key, 'value', { ttl: 60, tags: ['t'] });

      const first = (await send('GET', '/keys?prefix=b&limit=2')).json();
      const second = (await send('GET', `/keys?prefix=b&limit=2&cursor=${String(first['cursor'])}`)).json();

      expect((first['keys'] as { key: string }[]).map(({ key }) => key)).to.deep.equal(['b1', 'b2']);
      expect(first['total']).to.equal(3);
      expect((second['keys'] as { key: string }[]).map(({ key }) => key)).to.deep.equal(['b3']);
      expect(second['cursor']).to.equal(null);
      expect((first['keys'] as object[])[0]).to.include({ freshness: 'fresh', ageMs: 0, ttlLeftMs: 60_000 });
    });

    it('tells of one key its age, its time left, its tags, and who invalidated it last and why', async () => {
      const { send, cache, clock } = makeAdmin();
      await cache.invalidate('GET:/a?b=1', { by: 'UsersController.update', reason: 'renamed' });
      clock.advance(1_000);
      await cache.set('GET:/a?b=1', 'value', { ttl: 60, tags: ['t'] });
      clock.advance(2_000);

      const report = (await send('GET', '/keys/GET:/a?b=1')).json();

      expect(report).to.include({
        key: 'GET:/a?b=1',
        tier: 'memory',
        freshness: 'fresh',
        ageMs: 2_000,
        ttlLeftMs: 58_000,
      });
      expect(report['tags']).to.deep.equal(['t']);
      expect(report['lastInvalidation']).to.include({ by: 'UsersController.update', reason: 'renamed', soft: false });
      expect((await send('GET', `/keys/${encodeURIComponent('GET:/a?b=1')}`)).json()).to.include({ key: 'GET:/a?b=1' });
    });

    it('answers 404 for a key that is not there, with its last invalidation', async () => {
      const { send, cache } = makeAdmin();
      await cache.set('k', 1);
      await cache.invalidate('k', { by: 'someone' });

      const answer = await send('GET', '/keys/k');

      expect(answer.status).to.equal(404);
      expect(answer.json()).to.include({ field: 'key', value: 'k' });
      expect(answer.json()['lastInvalidation']).to.include({ by: 'someone' });
    });

    describe('with variants', () => {
      /** Keeps an entry as the HTTP cache keeps the answer for one user: behind the key, with the key as its parent. */
      function keepVariant(cache: Cache, key: string, variant: string, ttlMs: number): void {
        const lease = cache.leases.open(`${key}\u0001${variant}\n`, key);
        lease.commit({ value: variant, freshUntil: cache.clock.now() + ttlMs, loadMs: 5, tags: [variant], size: 10 });
      }

      it('shows them under the key that people name', async () => {
        const { send, cache } = makeAdmin();
        keepVariant(cache, 'GET:/me', 'user="anna"', 10_000);
        keepVariant(cache, 'GET:/me', 'user="ben"', 20_000);

        const list = (await send('GET', '/keys')).json();
        const report = (await send('GET', '/keys/GET:/me')).json();

        expect(list).to.deep.include({ total: 1 });
        expect((list['keys'] as object[])[0]).to.deep.include({
          key: 'GET:/me',
          entries: 2,
          size: 20,
          ttlLeftMs: 20_000,
        });
        expect(report).to.include({ key: 'GET:/me', ttlLeftMs: 20_000 });
        expect((report['variants'] as { variant: string }[]).map(({ variant }) => variant)).to.deep.equal([
          'user="ben"',
          'user="anna"',
        ]);
        expect((await send('GET', '/metrics/cache')).json()).to.include({ total_cached_keys: 1 });
      });

      it('explains them, and drops all of them with the key', async () => {
        const { send, cache } = makeAdmin();
        keepVariant(cache, 'GET:/me', 'user="anna"', 10_000);
        const before = (await send('GET', '/explain?key=GET:/me')).json();
        expect(before['decision']).to.equal('hit');
        expect((before['steps'] as { saw: string }[])[0]?.saw).to.include('user="anna"');

        const purge = (await send('POST', '/invalidate', { json: { key: 'GET:/me' } })).json();

        expect(purge).to.include({ entries: 1 });
        const after = (await send('GET', '/explain?key=GET:/me')).json();
        expect(after['decision']).to.equal('miss');
        expect((after['steps'] as { saw: string }[])[1]?.saw).to.include('by admin API');
      });
    });

    for (const [target, field] of [
      ['/keys?limit=0', 'limit'],
      ['/keys?limit=1001', 'limit'],
      ['/keys?limit=ten', 'limit'],
      ['/keys?cursor=%00', 'cursor'],
      ['/keys?perfix=a', 'perfix'],
    ] as const) {
      it(`refuses ${target}`, async () => {
        const answer = await makeAdmin().send('GET', target);
        expect(answer.status).to.equal(400);
        expect(answer.headers['content-type']).to.include('application/problem+json');
        expect(answer.json()['field']).to.equal(field);
      });
    }
  });

  describe('DELETE /invalidate/{key}', () => {
    const KEY = 'GET:/api/posts/?page=2&sort=a%20b';
    for (const [how, path] of [
      ['as it is', KEY],
      ['URL-encoded', encodeURIComponent(KEY)],
    ] as const) {
      it(`deletes exactly the key, written ${how}`, async () => {
        const { send, cache } = makeAdmin();
        await cache.set(KEY, 1);
        await cache.set('GET:/api/posts/', 2);

        const answer = await send('DELETE', `/invalidate/${path}`);

        expect(answer.status).to.equal(200);
        expect(answer.json()).to.deep.equal({ message: 'Cache key deleted' });
        expect(cache.peek(KEY)).to.equal(undefined);
        expect(cache.peek('GET:/api/posts/')).to.equal(2);
      });
    }

    it('keeps a load that is running from bringing the key back', async () => {
      const { send, cache } = makeAdmin();
      await cache.getOrLoad('k', async () => {
        await send('DELETE', '/invalidate/k');
        return 'old';
      });
      expect(cache.peek('k')).to.equal(undefined);
    });

    it('succeeds for a key that is not there, and for text that is no URL encoding', async () => {
      const { send, cache } = makeAdmin();
      await cache.set('100%', 1);
      expect((await send('DELETE', '/invalidate/100%')).status).to.equal(200);
      expect(cache.peek('100%')).to.equal(undefined);
      expect((await send('DELETE', '/invalidate/absent')).json()).to.deep.equal({ message: 'Cache key deleted' });
    });

    it('refuses an empty key', async () => {
      expect((await makeAdmin().send('DELETE', '/invalidate/')).json()).to.include({ status: 400, field: 'key' });
    });
  });

  describe('POST /invalidate', () => {
    const cases: [object, string[], number][] = [
      [{ key: 'a:1' }, ['a:2', 'b:1'], 1],
      [{ keys: ['a:1', 'b:1'] }, ['a:2'], 2],
      [{ prefix: 'a:' }, ['b:1'], 1],
      [{ tag: 'odd' }, ['a:2'], 1],
      [{ tags: ['odd', 'even'] }, [], 2],
      [{ all: true }, [], 1],
    ];
    for (const [order, left, targets] of cases) {
      it(`drops what ${JSON.stringify(order)} names and says how much that was`, async () => {
        const { send, cache } = makeAdmin();
        await cache.set('a:1', 1, { tags: ['odd'] });
        await cache.set('a:2', 1, { tags: ['even'] });
        await cache.set('b:1', 1, { tags: ['odd'] });

        const answer = (await send('POST', '/invalidate', { json: order })).json();

        expect(cache.keys().toSorted()).to.deep.equal(left);
        expect(answer).to.deep.equal({ targets, entries: 3 - left.length, soft: false, dryRun: false });
      });
    }

    it('only turns entries stale when soft', async () => {
      const { send, cache } = makeAdmin();
      await cache.set('k', 'old', { staleIfError: 60 });
      await send('POST', '/invalidate', { json: { key: 'k', soft: true } });
      const failing = (): Promise<string> => Promise.reject(new Error('down'));
      expect(await cache.getOrLoad('k', failing, { staleIfError: 60 })).to.equal('old');
    });

    it('drops nothing in a dry run, and names what it would drop', async () => {
      const { send, cache } = makeAdmin();
      await cache.set('a:1', 1);
      const answer = (await send('POST', '/invalidate', { json: { prefix: 'a', dryRun: true } })).json();
      expect(answer).to.deep.equal({ targets: 1, entries: 1, soft: false, dryRun: true, keys: ['a:1'] });
      expect(cache.peek('a:1')).to.equal(1);
    });

    it('records who and why', async () => {
      const { send, cache } = makeAdmin();
      await send('POST', '/invalidate', { json: { key: 'k', reason: 'wrong price' } });
      expect(cache.history(1)[0]).to.include({ by: 'admin API', reason: 'wrong price' });
    });

    const faults: [string, string | object, string, unknown][] = [
      ['what is no JSON', '{"key":', 'body', '{"key":'],
      ['no object', '[1]', 'body', [1]],
      ['nothing named', { soft: true }, 'body', []],
      ['two ways of naming', { key: 'a', all: true }, 'body', ['key', 'all']],
      ['an unknown field', { key: 'a', sotf: true }, 'sotf', true],
      ['a key that is no text', { key: 5 }, 'key', 5],
      ['an empty tag', { tags: ['a', ''] }, 'tags[1]', ''],
      ['a list of nothing', { keys: [] }, 'keys', []],
      ['all: false', { all: false }, 'all', false],
      ['soft that is no boolean', { key: 'a', soft: 'yes' }, 'soft', 'yes'],
      ['a reason that is no text', { key: 'a', reason: 1 }, 'reason', 1],
    ];
    for (const [what, body, field, value] of faults) {
      it(`refuses ${what}, naming field and value, and drops nothing`, async () => {
        const { send, cache } = makeAdmin();
        await cache.set('a', 1);

        const text = typeof body === 'string' ? body : JSON.stringify(body);
        const answer = await send('POST', '/invalidate', { text });

        expect(answer.status).to.equal(400);
        expect(answer.headers['content-type']).to.equal('application/problem+json');
        expect(answer.json()).to.deep.include({ type: 'about:blank', title: 'Bad Request', status: 400, field, value });
        expect(cache.peek('a')).to.equal(1);
        expect(cache.history()).to.deep.equal([]);
      });
    }

    it('refuses a body over the limit', async () => {
      const { send } = makeAdmin({ maxBodyBytes: 20 });
      expect((await send('POST', '/invalidate', { json: { key: 'a'.repeat(30) } })).status).to.equal(413);
    });
  });

  describe('GET /explain', () => {
    it('says why a key would hit', async () => {
      const { send, cache } = makeAdmin();
      await cache.set('k', 1, { ttl: 60 });
      const answer = (await send('GET', '/explain?key=k')).json();
      expect(answer['decision']).to.equal('hit');
      expect((answer['steps'] as object[]).at(-1)).to.include({ rule: 'freshness', saw: '60 s of its ttl left' });
    });

    it('says who made a key miss', async () => {
      const { send, cache } = makeAdmin();
      await cache.set('k', 1);
      await cache.invalidate('k', { by: 'PostsController.create' });
      const answer = (await send('GET', '/explain?key=k')).json();
      expect(answer['decision']).to.equal('miss');
      const step = (answer['steps'] as { rule: string; saw: string }[]).find(({ rule }) => rule === 'invalidation');
      expect(step?.saw).to.include('by PostsController.create');
    });

    for (const url of ['/a?b=2&a=1', 'http://localhost:3000/a?b=2&a=1', 'https://api.example/a?a=1&b=2#top']) {
      it(`finds the key of ${url}`, async () => {
        const { send, cache } = makeAdmin();
        await cache.set('GET:/a?a=1&b=2', 1);
        const answer = (await send('GET', `/explain?url=${encodeURIComponent(url)}`)).json();
        expect(answer).to.include({ url, key: 'GET:/a?a=1&b=2', decision: 'hit' });
      });
    }

    it('refuses what is no URL', async () => {
      expect((await makeAdmin().send('GET', '/explain?url=posts')).json()).to.include({ field: 'url', value: 'posts' });
    });

    it('wants a key', async () => {
      expect((await makeAdmin().send('GET', '/explain')).json()).to.include({ status: 400, field: 'key' });
    });

    it('explains URLs where somebody can, and refuses those that are not served', async () => {
      const explainUrl = (url: string): Promise<object | undefined> =>
        Promise.resolve(url.startsWith('http://here/') ? { decision: 'hit', steps: [] } : undefined);
      const { send } = makeAdmin({ explainUrl });
      const url = 'http://here/a?b=c';
      const answer = (await send('GET', `/explain?url=${encodeURIComponent(url)}`)).json();
      expect(answer).to.deep.equal({ url, decision: 'hit', steps: [], why: null, kept: false });
      const refused = (await send('GET', '/explain?url=http://elsewhere/')).json();
      expect(refused).to.include({ status: 400, field: 'url', value: 'http://elsewhere/' });
    });
  });

  describe('paths', () => {
    it('answers 404 elsewhere and 405, naming the methods, for a method a path does not have', async () => {
      const { send, handler } = makeAdmin();
      expect((await send('GET', '/other')).status).to.equal(404);
      expect((await send('GET', '/healthy')).status).to.equal(404);
      const answer = await send('PUT', '/keys/k', { json: {} });
      expect([answer.status, answer.headers['allow']]).to.deep.equal([405, 'GET, HEAD']);
      expect(handler.claims('/keys/k')).to.equal(true);
      expect(handler.claims('/keysmith')).to.equal(false);
    });

    it('lie where the options say, or nowhere', async () => {
      const { send, handler } = makeAdmin({
        basePath: '/admin',
        paths: { invalidate: '/api/invalidate', keys: false },
      });
      expect((await send('DELETE', '/admin/api/invalidate/k')).status).to.equal(200);
      expect((await send('GET', '/admin/health')).status).to.equal(200);
      expect(handler.claims('/admin/keys')).to.equal(false);
      expect(handler.claims('/health')).to.equal(false);
    });

    it('answers HEAD like GET', async () => {
      expect((await makeAdmin().send('HEAD', '/health')).status).to.equal(200);
    });
  });

  it('forbids keeping any answer', async () => {
    expect((await makeAdmin().send('GET', '/stats')).headers['cache-control']).to.equal('no-store');
  });

  it('tells callers nothing of an error that is not theirs, and tells the owner all', async () => {
    const errors: unknown[] = [];
    const metrics = { contentType: 'text/plain', text: () => Promise.reject(new Error('secret detail')) };
    const { send } = makeAdmin({ metrics, onError: (error) => errors.push(error) });
    const answer = await send('GET', '/metrics');
    expect(answer.status).to.equal(500);
    expect(answer.body).to.not.include('secret');
    expect((errors[0] as Error).message).to.equal('secret detail');
  });

  describe('refuses, naming field and value,', () => {
    const cache = createCache();
    const cases: [string, object, string][] = [
      ['what is no cache', { cache: {} }, 'cache must be made by createCache'],
      ['an unknown option', { cache, tokn: 'a' }, 'tokn is not an option'],
      ['an empty token', { cache, token: '' }, 'token must be'],
      ['a base path with a slash at its end', { cache, basePath: '/a/' }, 'basePath must be'],
      ['an unknown part', { cache, paths: { heath: '/h' } }, 'paths must name parts'],
      ['a path that is none', { cache, paths: { health: 'h' } }, 'paths.health must be false or a path'],
      ['a part that is not there to be open', { cache, open: ['helth'] }, 'open must name parts'],
      ['a host with a path', { cache, allowedHosts: ['a/b'] }, 'allowedHosts[0] must be a host name'],
      ['a body limit of nothing', { cache, maxBodyBytes: 0 }, 'maxBodyBytes must be a whole number above 0, got 0'],
      ['metrics that are none', { cache, metrics: {} }, 'metrics must be made by createMetrics'],
    ];
    for (const [what, options, message] of cases) {
      it(what, () => {
        expect(() => createAdminHandler(options as never)).to.throw(InvalidOptionError, message);
      });
    }

    it('a faulty token without repeating it', () => {
      expect(() => createAdminHandler({ cache, token: 'secret with spaces' })).to.throw(
        InvalidOptionError,
        '18 characters',
      );
    });
  });
});
