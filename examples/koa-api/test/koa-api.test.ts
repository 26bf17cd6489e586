import { expect } from 'chai';
import { stub } from 'sinon';
import { Delay } from '#src/delay.js';
import { MAX_BODY_BYTES } from '#src/http/json-body.js';
import { startApp, stopApps, type Answer } from './start-app.js';

const PROBLEM = 'application/problem+json';

describe('the example API', () => {
  afterEach(stopApps);

  describe('GET /api/users/{id}', () => {
    it('answers the user, MISS once and HIT from then on', async () => {
      const { get } = await startApp();
      for (const word of ['MISS', 'HIT', 'HIT']) {
        const answer = await get('/api/users/1');
        expect([answer.status, answer.xCache, answer.text]).to.deep.equal([
          200,
          word,
          '{"user":{"id":1,"name":"Cached User A"}}',
        ]);
      }
    });

    it('runs the slow query once for many requests at the same time', async () => {
      const { get, example } = await startApp({ delayMs: 30 });
      const answers = await Promise.all(Array.from({ length: 20 }, () => get('/api/users/1')));
      expect(new Set(answers.map(({ text }) => text)).size).to.equal(1);
      expect((await example.cache.stats()).loads).to.equal(1);
    });

    it('keeps the answer for 120 s', async () => {
      const { get, example } = await startApp();
      await get('/api/users/1');
      const [key = ''] = example.cache.keys('GET:/api/users/1');
      const { ttlLeftMs = 0 } = (await example.cache.inspect(key)) ?? {};
      expect(ttlLeftMs).to.be.within(110_000, 120_000);
    });
  });

  describe('PUT /api/users/{id}', () => {
    it('renames the user, and the next GET shows the new name', async () => {
      const { get, send } = await startApp();
      await get('/api/users/1');
      await get('/api/users/2');

      const answer = await send('PUT', '/api/users/1', { name: 'Updated User A' });

      expect([answer.status, answer.text]).to.deep.equal([200, '{"message":"User updated"}']);
      const next = await get('/api/users/1');
      expect([next.xCache, next.text]).to.deep.equal(['MISS', '{"user":{"id":1,"name":"Updated User A"}}']);
      expect((await get('/api/users/2')).xCache).to.equal('HIT');
    });
  });

  describe('GET /api/posts/', () => {
    it('answers the list from the cache, and past it with ?nocache=true', async () => {
      const { get } = await startApp();
      const posts = {
        posts: [
          { id: 1, title: 'Cached Post A' },
          { id: 2, title: 'Cached Post B' },
        ],
      };
      const answers: Answer[] = [];
      for (const query of ['', '', '?nocache=true', '']) answers.push(await get(`/api/posts/${query}`));
      expect(answers.map(({ xCache }) => xCache)).to.deep.equal(['MISS', 'HIT', 'BYPASS', 'HIT']);
      for (const answer of answers) expect(answer.json()).to.deep.equal(posts);
    });

    it('keeps the answer for 90 s', async () => {
      const { get, example } = await startApp();
      await get('/api/posts/');
      const [key = ''] = example.cache.keys('GET:/api/posts/');
      const { ttlLeftMs = 0 } = (await example.cache.inspect(key)) ?? {};
      expect(ttlLeftMs).to.be.within(80_000, 90_000);
    });
  });

  describe('POST /api/posts/', () => {
    it('adds the post and drops every variant of the list', async () => {
      const { get, send } = await startApp();
      const variants = ['/api/posts/', '/api/posts/?page=1', '/api/posts/?page=2&sort=title', '/api/posts'];
      for (const variant of variants) await get(variant);
      await get('/api/users/1');

      const answer = await send('POST', '/api/posts/', { title: 'New Post A' });

      expect([answer.status, answer.text]).to.deep.equal([201, '{"message":"Post created"}']);
      for (const variant of variants) {
        const list = await get(variant);
        expect(list.xCache, variant).to.equal('MISS');
        expect(list.json()['posts']).to.deep.include({ id: 3, title: 'New Post A' });
      }
      expect((await get('/api/users/1')).xCache).to.equal('HIT');
    });
  });

  describe('DELETE /api/invalidate/{key}', () => {
    for (const path of ['GET:/api/posts/', 'GET%3A%2Fapi%2Fposts%2F']) {
      it(`drops the key written as ${path}`, async () => {
        const { get, send } = await startApp();
        await get('/api/posts/');
        const answer = await send('DELETE', `/api/invalidate/${path}`);
        expect([answer.status, answer.json()]).to.deep.equal([200, { message: 'Cache key deleted' }]);
        expect((await get('/api/posts/')).xCache).to.equal('MISS');
      });
    }
  });

  describe('metrics', () => {
    it('agree with what was done', async () => {
      const { get, send } = await startApp();
      for (let request = 0; request < 3; request++) await get('/api/posts/');
      await send('POST', '/api/posts/', { title: 'New Post A' });
      for (let request = 0; request < 4; request++) await get('/api/posts/');

      const numbers = (await get('/metrics/cache')).json();

      expect(numbers['hits']).to.equal(5);
      expect(numbers['misses']).to.equal(2);
      expect(numbers['top_keys']).to.deep.equal([['GET:/api/posts/', 7]]);
      expect(numbers['total_cached_keys']).to.equal(1);
      const text = (await get('/metrics')).text;
      expect(text).to.include('cachewarp_requests_total{cache="koa-api",route="/api/posts",status="hit"} 5');
      expect(text).to.include('cachewarp_requests_total{cache="koa-api",route="/api/posts",status="miss"} 2');
      expect(text).to.include('cachewarp_load_duration_seconds_count{cache="koa-api"} 2');
      expect(text).to.include('cachewarp_entries{cache="koa-api",tier="memory"} 1');
    });

    it('count a bypass as such', async () => {
      const { get } = await startApp();
      await get('/api/posts/?nocache=true');
      expect((await get('/metrics/cache')).json()).to.include({
        hits: 0,
        misses: 0,
        bypasses: 1,
        total_cached_keys: 0,
      });
    });
  });

  it('says that it is well', async () => {
    const answer = await (await startApp()).get('/health');
    expect([answer.status, answer.json()]).to.deep.equal([200, { status: 'ok', redis: 'disabled' }]);
  });

  describe('bad input', () => {
    const long = 'x'.repeat(MAX_BODY_BYTES);
    const cases: [string, string, string, unknown, number, string, unknown][] = [
      ['an unknown id', 'GET', '/api/users/999', undefined, 404, 'id', 999],
      ['an id that is no number', 'GET', '/api/users/abc', undefined, 400, 'id', 'abc'],
      ['an id of 0', 'GET', '/api/users/0', undefined, 400, 'id', '0'],
      ['an unknown id to change', 'PUT', '/api/users/999', { name: 'A' }, 404, 'id', 999],
      ['malformed JSON', 'PUT', '/api/users/1', '{"name":', 400, 'body', '{"name":'],
      ['no body', 'PUT', '/api/users/1', undefined, 400, 'body', ''],
      ['a body that is no object', 'PUT', '/api/users/1', '["A"]', 400, 'body', ['A']],
      ['a name of the wrong type', 'PUT', '/api/users/1', { name: 5 }, 400, 'name', 5],
      ['no name', 'PUT', '/api/users/1', { nmae: 'A' }, 400, 'name', null],
      ['an empty name', 'PUT', '/api/users/1', { name: ' ' }, 400, 'name', ' '],
      ['a name that is too long', 'PUT', '/api/users/1', { name: 'x'.repeat(101) }, 400, 'name', 'x'.repeat(101)],
      ['a name by way of a prototype', 'PUT', '/api/users/1', '{"__proto__":{"name":"A"}}', 400, 'name', null],
      ['an over-long body', 'PUT', '/api/users/1', { name: long }, 413, 'body', 'more than 16384 bytes'],
      ['a title of the wrong type', 'POST', '/api/posts/', { title: ['A'] }, 400, 'title', ['A']],
      ['malformed JSON of a post', 'POST', '/api/posts/', 'title=A', 400, 'body', 'title=A'],
    ];
    for (const [what, method, path, body, status, field, value] of cases) {
      it(`(${what}) gets ${status} with field and value, is not cached, and invalidates nothing`, async () => {
        const { get, send, example, errors } = await startApp();
        await get('/api/users/1');
        await get('/api/posts/');

        for (let attempt = 0; attempt < 2; attempt++) {
          const answer = await send(method, path, body);
          expect([answer.status, answer.type]).to.deep.equal([status, PROBLEM]);
          expect(answer.json()).to.deep.include({ status, field, value });
          expect(answer.xCache).to.not.equal('HIT');
        }

        expect((await get('/api/users/1')).xCache).to.equal('HIT');
        expect((await get('/api/posts/')).xCache).to.equal('HIT');
        expect((await get('/metrics/cache')).json()).to.include({ total_cached_keys: 2, invalidations: 0 });
        expect(example.cache.history()).to.deep.equal([]);
        expect(errors).to.deep.equal([]);
      });
    }

    it('(a body longer than its announcement allows, in chunks) gets 413, too', async () => {
      const { send } = await startApp();
      const answer = await send('PUT', '/api/users/1', JSON.stringify({ name: long }), {
        'transfer-encoding': 'chunked',
      });
      expect(answer.status).to.equal(413);
    });

    it('(a path or a method that is not there) gets problem+json', async () => {
      const { get, send } = await startApp();
      const missing = await get('/api/nothing');
      expect([missing.status, missing.type]).to.deep.equal([404, PROBLEM]);
      expect(missing.json()).to.include({ field: 'path', value: '/api/nothing' });
      const method = await send('DELETE', '/api/users/1');
      expect([method.status, method.type]).to.deep.equal([405, PROBLEM]);
      expect(method.json()).to.include({ field: 'method', value: 'DELETE' });
    });
  });

  it('tells a client nothing of a fault of its own, and its listeners all', async () => {
    const { get, example, errors } = await startApp();
    stub(example.container.resolve(Delay), 'pass').rejects(new Error('secret detail'));
    const answer = await get('/api/users/1');
    expect([answer.status, answer.type]).to.deep.equal([500, PROBLEM]);
    expect(answer.text).to.not.include('secret');
    expect(errors.map(String)).to.deep.equal(['Error: secret detail']);
  });

  it('wants its token for the admin API where one is set', async () => {
    const { send, get } = await startApp({ delayMs: 0, adminToken: 'secret' });
    expect((await send('DELETE', '/api/invalidate/k')).status).to.equal(401);
    const known = { authorization: 'Bearer secret' };
    expect((await send('DELETE', '/api/invalidate/k', undefined, known)).status).to.equal(200);
    expect((await get('/health')).status).to.equal(200);
  });

  it('shares nothing with another one in the same process', async () => {
    const [one, other] = [await startApp(), await startApp()];
    await one.send('PUT', '/api/users/1', { name: 'Updated User A' });
    expect((await other.get('/api/users/1')).text).to.include('Cached User A');
    expect((await one.get('/api/users/1')).xCache).to.equal('MISS');
  });
});
