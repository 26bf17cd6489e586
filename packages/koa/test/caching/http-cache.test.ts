import { connect } from 'node:net';
import { Readable } from 'node:stream';
import { Deferred } from '@cachewarp/core/testing';
import { expect } from 'chai';
import type { Context, Middleware } from 'koa';
import { httpCache } from '#src/caching/http-cache.js';
import { cached, closeApps, counting, listen, type App } from '../make-app.js';

/** Waits until something has come about, for what no promise tells. */
async function until(isSo: () => boolean): Promise<void> {
  for (let turn = 0; turn < 1_000 && !isSo(); turn++) await new Promise((resolve) => setImmediate(resolve));
  expect(isSo(), 'did not come about').to.equal(true);
}

/** What X-Cache says of several requests, one after the other. */
async function wordsOf(app: App, ...targets: string[]): Promise<(string | undefined)[]> {
  const words: (string | undefined)[] = [];
  for (const target of targets) words.push((await app.get(target)).xCache);
  return words;
}

describe('httpCache', () => {
  afterEach(closeApps);

  describe('keeps the final response', () => {
    it('answering MISS once and HIT from then on, with the same bytes and fields', async () => {
      const handler = counting();
      const { get, clock } = await cached(handler);

      const first = await get('/api/posts/');
      clock.advance(5_000);
      const second = await get('/api/posts/');

      expect([first.xCache, second.xCache]).to.deep.equal(['MISS', 'HIT']);
      expect(second.body).to.equal(first.body);
      expect(second.headers['content-type']).to.equal('application/json; charset=utf-8');
      expect(second.headers['content-length']).to.equal(String(first.body.length));
      expect(second.headers.etag).to.equal(first.headers.etag);
      expect(second.headers.age).to.equal('5');
      expect(second.headers['cache-status']).to.equal('CacheWarp;hit;ttl=54');
      expect(first.headers['cache-status']).to.include('CacheWarp;fwd=uri-miss').and.to.include('stored');
      expect(handler.runs).to.equal(1);
    });

    it('until its ttl has passed', async () => {
      const app = await cached(counting(), { ttl: '90s' });
      await app.get('/a');
      app.clock.advance(89_000);
      expect((await app.get('/a')).xCache).to.equal('HIT');
      app.clock.advance(1_000);
      expect(app.cache.keys()).to.deep.equal([]);
      expect((await app.get('/a')).xCache).to.equal('MISS');
    });

    const bodies: [string, (ctx: Context) => void, string, string][] = [
      ['text', (ctx) => (ctx.body = 'grüße'), 'grüße', 'text/plain; charset=utf-8'],
      ['HTML', (ctx) => (ctx.body = '<p>ü</p>'), '<p>ü</p>', 'text/html; charset=utf-8'],
      ['bytes', (ctx) => (ctx.body = Buffer.from('abc')), 'abc', 'application/octet-stream'],
      [
        'a list',
        (ctx) => (ctx.body = [1, { a: new Date(0) }]),
        '[1,{"a":"1970-01-01T00:00:00.000Z"}]',
        'application/json; charset=utf-8',
      ],
      [
        'JSON under a type of its own',
        (ctx) => {
          ctx.type = 'application/hal+json';
          ctx.body = { a: 1 };
        },
        '{"a":1}',
        'application/hal+json',
      ],
    ];
    for (const [what, respond, body, type] of bodies) {
      it(`of ${what}, as Koa sends it`, async () => {
        for (const send of ['direct', 'koa'] as const) {
          const { get } = await cached(respond, { send });
          for (const word of ['MISS', 'HIT']) {
            const answer = await get('/a');
            expect([answer.xCache, answer.body, answer.headers['content-type']]).to.deep.equal([word, body, type]);
          }
        }
      });
    }

    it('as one entry under the name of its path', async () => {
      const { get, cache } = await cached(counting());
      for (let request = 0; request < 7; request++) await get('/api/posts/');
      expect(cache.mostRequested(5)).to.deep.equal([['GET:/api/posts/', 7]]);
      expect(cache.keys()).to.have.length(1);
    });

    it('only of status 200', async () => {
      const app = await cached((ctx) => {
        ctx.status = Number(ctx.path.slice(1));
        ctx.body = { status: ctx.status };
      });
      for (const status of [201, 202, 203, 301, 400, 404, 410, 500, 503]) {
        expect(await wordsOf(app, `/${status}`, `/${status}`), String(status)).to.deep.equal(['MISS', 'MISS']);
      }
      expect(await wordsOf(app, '/200', '/200')).to.deep.equal(['MISS', 'HIT']);
    });

    it('of other statuses when told to', async () => {
      const handler: Middleware = (ctx) => {
        ctx.status = 404;
        ctx.body = { missing: true };
      };
      const { get } = await cached(handler, { statuses: [200, 404] });
      await get('/a');
      const answer = await get('/a');
      expect([answer.status, answer.xCache, answer.body]).to.deep.equal([404, 'HIT', '{"missing":true}']);
    });

    it('not beyond what the answer says of itself', async () => {
      const says = (cacheControl: string): Promise<App> =>
        cached((ctx) => {
          ctx.set('Cache-Control', cacheControl);
          ctx.body = 'a';
        });
      expect(await wordsOf(await says('no-store'), '/a', '/a')).to.deep.equal(['MISS', 'MISS']);
      expect(await wordsOf(await says('private'), '/a', '/a')).to.deep.equal(['MISS', 'MISS']);
      const short = await says('max-age=5');
      expect(await wordsOf(short, '/a', '/a')).to.deep.equal(['MISS', 'HIT']);
      short.clock.advance(6_000);
      expect((await short.get('/a')).xCache).to.equal('MISS');
    });

    it('longer than the answer says under ttlMode override, but never what is private', async () => {
      const app = await cached(
        (ctx) => {
          ctx.set('Cache-Control', ctx.path === '/private' ? 'private' : 'max-age=5');
          ctx.body = 'a';
        },
        { ttlMode: 'override' },
      );
      await app.get('/a');
      app.clock.advance(30_000);
      expect((await app.get('/a')).xCache).to.equal('HIT');
      expect(await wordsOf(app, '/private', '/private')).to.deep.equal(['MISS', 'MISS']);
    });

    it('without a ttl only where the answer states its freshness', async () => {
      const app = await listen((koa, cache) => {
        koa.use(httpCache({ cache }));
        koa.use((ctx) => {
          ctx.set('Last-Modified', new Date(0).toUTCString());
          if (ctx.path === '/stated') ctx.set('Cache-Control', 'max-age=5');
          ctx.body = 'a';
        });
      });
      expect(await wordsOf(app, '/a', '/a', '/stated', '/stated')).to.deep.equal(['MISS', 'MISS', 'MISS', 'HIT']);
    });

    it('not with a cookie that it sets', async () => {
      const { get } = await cached((ctx) => {
        ctx.cookies.set('session', 'secret');
        ctx.body = 'a';
      });
      await get('/a');
      const second = await get('/a');
      expect(second.xCache).to.equal('MISS');
      expect(second.headers['set-cookie']).to.deep.equal(['session=secret; path=/; httponly']);
    });

    it('not when it is larger than allowed', async () => {
      const { get } = await cached((ctx) => void (ctx.body = 'a'.repeat(2_000)), { maxBodyBytes: '1kb' });
      await get('/a');
      const second = await get('/a');
      expect([second.xCache, second.body.length]).to.deep.equal(['MISS', 2_000]);
    });

    it('once for each variant that it names', async () => {
      const { get, cache } = await cached((ctx) => {
        ctx.vary('Accept-Language');
        ctx.body = ctx.get('Accept-Language');
      });
      const german = { 'accept-language': 'de' };
      await get('/a', german);
      await get('/a', { 'accept-language': 'fr' });
      const again = await get('/a', german);
      expect([again.xCache, again.body]).to.deep.equal(['HIT', 'de']);
      await cache.invalidate('GET:/a');
      expect((await get('/a', german)).xCache).to.equal('MISS');
    });

    it('without the fields that middleware in front has set for one request', async () => {
      let request = 0;
      const { get } = await cached(
        (ctx) => {
          ctx.set('X-Made-By', 'handler');
          ctx.body = 'a';
        },
        {},
        (ctx, next) => {
          ctx.set('X-Request-Id', String(++request));
          return next();
        },
      );
      await get('/a');
      const second = await get('/a');
      expect(second.xCache).to.equal('HIT');
      expect(second.headers['x-request-id']).to.equal('2');
      expect(second.headers['x-made-by']).to.equal('handler');
    });

    it('once, where a route and the application both cache', async () => {
      const handler = counting();
      const app = await listen((koa, cache) => {
        koa.use(httpCache({ cache, ttl: 60 }));
        koa.use(httpCache({ cache, ttl: 5, tags: ['inner'] }));
        koa.use(handler);
      });
      expect(await wordsOf(app, '/a', '/a')).to.deep.equal(['MISS', 'HIT']);
      app.clock.advance(6_000);
      // The nearest to the handler says how long.
      expect(await wordsOf(app, '/a', '/a')).to.deep.equal(['MISS', 'HIT']);
      await app.cache.invalidate({ tag: 'inner' });
      expect((await app.get('/a')).xCache).to.equal('MISS');
    });

    it('not in front of a route that tells users apart', async () => {
      const app = await listen((koa, cache) => {
        koa.use(httpCache({ cache, ttl: 60 }));
        koa.use(httpCache({ cache, ttl: 60, context: { user: (ctx) => ctx.get('X-User') } }));
        koa.use((ctx) => void (ctx.body = ctx.get('X-User')));
      });
      await app.get('/a', { 'x-user': 'anna' });
      expect((await app.get('/a', { 'x-user': 'ben' })).body).to.equal('ben');
    });
  });

  describe('makes the key', () => {
    it('from path and query, whatever the order of parameters', async () => {
      const app = await cached(counting());
      expect(await wordsOf(app, '/a?b=1&a=2', '/a?a=2&b=1', '/a?a=2', '/a')).to.deep.equal([
        'MISS',
        'HIT',
        'MISS',
        'MISS',
      ]);
      expect(app.cache.mostRequested(1)).to.deep.equal([['GET:/a?a=2&b=1', 2]]);
    });

    it('from the order of several values of one parameter', async () => {
      expect(await wordsOf(await cached(counting()), '/?a=1&a=2', '/?a=2&a=1')).to.deep.equal(['MISS', 'MISS']);
    });

    it('without parameters that do not count, which the handler does not see', async () => {
      const { get } = await cached(counting(), { ignoreParams: ['utm_*'] });
      expect((await get('/a?utm_source=x&b=1')).json()).to.deep.equal({ run: 1, url: '/a?b=1' });
      expect((await get('/a?b=1&utm_medium=y')).xCache).to.equal('HIT');
    });

    it('for each host, since handlers see it', async () => {
      const { get } = await cached((ctx) => void (ctx.body = ctx.host));
      await get('/a', { host: 'one.example' });
      const other = await get('/a', { host: 'two.example' });
      expect([other.xCache, other.body]).to.deep.equal(['MISS', 'two.example']);
      expect((await get('/a', { host: 'one.example' })).xCache).to.equal('HIT');
    });

    it('from what the client sent, in an application that is mounted below a path', async () => {
      const { get, cache } = await cached(counting(), {}, async (ctx, next) => {
        // As koa-mount does.
        const { path } = ctx;
        ctx.path = path.slice('/api'.length);
        await next();
        ctx.path = path;
      });
      expect((await get('/api/posts?b=1&a=2')).json()).to.deep.equal({ run: 1, url: '/posts?a=2&b=1' });
      expect((await get('/api/posts?a=2&b=1')).xCache).to.equal('HIT');
      expect(cache.mostRequested(1)).to.deep.equal([['GET:/api/posts?a=2&b=1', 2]]);
    });

    it('for each path that something in front makes of one', async () => {
      const { get } = await cached(counting(), {}, (ctx, next) => {
        ctx.url = ctx.url.slice(Number(ctx.get('X-Cut')));
        return next();
      });
      expect((await get('/a/a/a', { 'x-cut': '2' })).json()).to.include({ url: '/a/a' });
      expect((await get('/a/a/a', { 'x-cut': '4' })).json()).to.include({ url: '/a' });
      expect((await get('/a/a/a', { 'x-cut': '2' })).xCache).to.equal('HIT');
    });

    it('from what a rewrite in front has made of it, too', async () => {
      const { get } = await cached(counting(), {}, (ctx, next) => {
        ctx.url = '/same';
        return next();
      });
      expect((await get('/one')).xCache).to.equal('MISS');
      expect((await get('/two')).xCache).to.equal('MISS');
      expect((await get('/one')).xCache).to.equal('HIT');
    });
  });

  describe('answers clients that know something', () => {
    const validators = async (app: App): Promise<string> => String((await app.get('/a')).headers.etag);

    it('304 by weak comparison, from a hit', async () => {
      for (const send of ['direct', 'koa'] as const) {
        const app = await cached(counting(), { send });
        const etag = await validators(app);
        expect(etag).to.match(/^W\/"[\w-]+"$/);
        for (const field of [etag, etag.slice(2), `"other", ${etag}`, '*']) {
          const answer = await app.get('/a', { 'if-none-match': field });
          expect([answer.status, answer.body, answer.headers.etag, answer.xCache]).to.deep.equal([
            304,
            '',
            etag,
            'HIT',
          ]);
        }
        expect((await app.get('/a', { 'if-none-match': '"other"' })).status).to.equal(200);
      }
    });

    it('304 from a miss, too, keeping the whole answer', async () => {
      const app = await cached((ctx) => {
        ctx.status = 200;
        ctx.etag = 'v1';
        ctx.body = ctx.fresh ? 'seen as fresh' : 'whole';
      });
      const etag = await validators(app);
      await app.cache.invalidate({ all: true });
      const answer = await app.get('/a', { 'if-none-match': etag });
      expect([answer.status, answer.xCache]).to.deep.equal([304, 'MISS']);
      expect((await app.get('/a')).body).to.equal('whole');
    });

    it('with the ETag that the handler has given', async () => {
      const { get } = await cached((ctx) => {
        ctx.etag = 'v7';
        ctx.body = 'a';
      });
      await get('/a');
      expect((await get('/a', { 'if-none-match': '"v7"' })).status).to.equal(304);
    });

    it('304 by date', async () => {
      const { get } = await cached((ctx) => {
        ctx.lastModified = new Date(1_000_000_000_000);
        ctx.body = 'a';
      });
      await get('/a');
      const since = { 'if-modified-since': new Date(1_000_000_000_000).toUTCString() };
      expect((await get('/a', since)).status).to.equal(304);
    });

    it('with a part of what is kept', async () => {
      const { get } = await cached((ctx) => void (ctx.body = '0123456789'));
      // A server may pass over Range (RFC 9110 section 14.2), and what is being made is whole.
      expect((await get('/a', { range: 'bytes=2-4' })).body).to.equal('0123456789');
      const hit = await get('/a', { range: 'bytes=-2' });
      expect([hit.status, hit.body, hit.headers['content-range']]).to.deep.equal([206, '89', 'bytes 8-9/10']);
      expect((await get('/a')).body).to.equal('0123456789');
      expect((await get('/a', { range: 'bytes=20-' })).status).to.equal(416);
    });

    it('that ask for no-cache with a new answer', async () => {
      const app = await cached(counting());
      await app.get('/a');
      expect((await app.get('/a', { 'cache-control': 'no-cache' })).json()).to.deep.equal({ run: 2, url: '/a' });
    });
  });

  describe('answers HEAD', () => {
    it('from what GET has left, without the body', async () => {
      for (const sending of ['direct', 'koa'] as const) {
        const { get, send } = await cached(counting(), { send: sending });
        const { headers } = await get('/a');
        const head = await send('HEAD', '/a');
        expect([head.status, head.xCache, head.body]).to.deep.equal([200, 'HIT', '']);
        expect(head.headers['content-length']).to.equal(headers['content-length']);
        expect(head.headers.etag).to.equal(headers.etag);
      }
    });

    it('from the handler otherwise, keeping nothing of it', async () => {
      const { get, send } = await cached(counting());
      const head = await send('HEAD', '/a');
      expect([head.status, head.xCache, head.body]).to.deep.equal([200, 'MISS', '']);
      const { xCache, body, headers } = await get('/a');
      expect([xCache, head.headers['content-length']]).to.deep.equal(['MISS', headers['content-length']]);
      expect(body).to.not.equal('');
    });
  });

  describe('bypasses', () => {
    it('for ?nocache=true, keeping and changing nothing, out of sight of the handler', async () => {
      const app = await cached(counting());
      await app.get('/a?b=1');
      const bypassed = await app.get('/a?nocache=true&b=1');
      expect(bypassed.xCache).to.equal('BYPASS');
      expect(bypassed.headers['cache-status']).to.equal('CacheWarp;fwd=bypass;fwd-status=200');
      expect(bypassed.json()).to.deep.equal({ run: 2, url: '/a?b=1' });
      expect((await app.get('/a?b=1')).json()).to.deep.equal({ run: 1, url: '/a?b=1' });
      const { hits, misses, bypasses } = await app.cache.stats();
      expect({ hits, misses, bypasses }).to.deep.equal({ hits: 1, misses: 1, bypasses: 1 });
    });

    for (const query of ['nocache', 'nocache=1', 'nocache=TRUE']) {
      it(`for ?${query}`, async () => {
        expect((await (await cached(counting())).get(`/a?${query}`)).xCache).to.equal('BYPASS');
      });
    }

    it('not for ?nocache=false, which is no part of the key either', async () => {
      const app = await cached(counting());
      expect(await wordsOf(app, '/a', '/a?nocache=false', '/a?b=nocache')).to.deep.equal(['MISS', 'HIT', 'MISS']);
    });

    it('only for those who may', async () => {
      const app = await cached(counting(), { bypass: { allow: (ctx) => ctx.get('X-Role') === 'admin' } });
      await app.get('/a');
      expect((await app.get('/a?nocache=true')).xCache).to.equal('HIT');
      expect((await app.get('/a?nocache=true', { 'x-role': 'admin' })).xCache).to.equal('BYPASS');
    });

    it('by another name, or not at all', async () => {
      const named = await cached(counting(), { bypass: { param: 'fresh' } });
      expect(await wordsOf(named, '/a', '/a?fresh=1', '/a?nocache=true')).to.deep.equal(['MISS', 'BYPASS', 'MISS']);
      const never = await cached(counting(), { bypass: false });
      expect((await never.get('/a?nocache=true')).json()).to.deep.equal({ run: 1, url: '/a?nocache=true' });
    });

    it('leaving middleware in front the URL that came', async () => {
      const seen: string[] = [];
      const { get } = await cached(counting(), {}, async (ctx, next) => {
        await next();
        seen.push(ctx.url);
      });
      await get('/a?nocache=true&b=1');
      expect(seen).to.deep.equal(['/a?nocache=true&b=1']);
    });
  });

  describe('lets pass untouched', () => {
    it('streams', async () => {
      const { get } = await cached((ctx) => {
        ctx.type = 'text/csv';
        ctx.body = Readable.from(['a,', 'b']);
      });
      for (let request = 0; request < 2; request++) {
        const answer = await get('/a');
        expect([answer.status, answer.body, answer.xCache]).to.deep.equal([200, 'a,b', 'MISS']);
        expect(answer.headers['content-type']).to.equal('text/csv; charset=utf-8');
        expect(answer.headers.etag).to.equal(undefined);
      }
    });

    it('each stream for its own of several requests at once', async () => {
      let runs = 0;
      const { get } = await cached(async (ctx) => {
        const run = ++runs;
        await new Promise((resolve) => setTimeout(resolve, 10));
        ctx.body = Readable.from([`stream ${run}`]);
      });
      const answers = await Promise.all([get('/a'), get('/a'), get('/a')]);
      expect(answers.map(({ body }) => body).toSorted()).to.deep.equal(['stream 1', 'stream 2', 'stream 3']);
    });

    it('Blob, Response and ReadableStream', async () => {
      const { get } = await cached((ctx) => {
        if (ctx.path === '/blob') ctx.body = new Blob(['blob']);
        else if (ctx.path === '/response') ctx.body = new Response('response', { headers: { 'x-own': 'yes' } });
        else ctx.body = new Blob(['readable']).stream();
      });
      for (const name of ['blob', 'response', 'readable']) {
        expect((await get(`/${name}`)).body).to.equal(name);
        expect((await get(`/${name}`)).xCache).to.equal('MISS');
      }
    });

    it('what answers by itself (ctx.respond = false)', async () => {
      const { get } = await cached((ctx) => {
        ctx.respond = false;
        ctx.res.writeHead(200, { 'X-Own': 'yes' });
        setTimeout(() => ctx.res.end('own'), 5);
      });
      for (let request = 0; request < 2; request++) {
        const answer = await get('/a');
        expect([answer.body, answer.headers['x-own'], answer.xCache]).to.deep.equal(['own', 'yes', undefined]);
      }
    });

    it('errors, for Koa and its listeners to handle', async () => {
      const { get, errors } = await cached((ctx) => ctx.throw(418, 'short and stout'));
      const answer = await get('/a');
      expect([answer.status, answer.body]).to.deep.equal([418, 'short and stout']);
      expect(errors).to.have.length(1);
      expect(errors[0]).to.include({ status: 418, message: 'short and stout' });
    });

    it('errors, for middleware in front to catch, fields that were set before them included', async () => {
      const failure = new Error('no');
      let caught: unknown;
      const { get } = await cached(
        (ctx) => {
          ctx.set('X-Half', 'done');
          throw failure;
        },
        {},
        async (ctx, next) => {
          try {
            await next();
          } catch (error) {
            caught = error;
            ctx.status = 500;
            ctx.body = { problem: true };
          }
        },
      );
      const answer = await get('/a');
      expect([answer.status, answer.body]).to.deep.equal([500, '{"problem":true}']);
      expect(caught).to.equal(failure);
    });

    it('answers without a body, and nothing found', async () => {
      const { get } = await cached((ctx) => {
        if (ctx.path === '/empty') ctx.status = 204;
      });
      expect((await get('/empty')).status).to.equal(204);
      expect([(await get('/missing')).status, (await get('/missing')).body]).to.deep.equal([404, 'Not Found']);
    });

    it('statuses that are not kept, for middleware in front to see as the handler made them', async () => {
      const seen: unknown[] = [];
      const { get } = await cached(
        (ctx) => {
          ctx.status = 404;
          ctx.body = { missing: true };
        },
        {},
        async (ctx, next) => {
          await next();
          seen.push(ctx.body);
        },
      );
      await get('/a');
      expect(seen).to.deep.equal([{ missing: true }]);
    });

    it('what cannot be JSON, as Koa would', async () => {
      const { get, errors } = await cached((ctx) => {
        const cycle: Record<string, unknown> = {};
        cycle['self'] = cycle;
        ctx.body = cycle;
      });
      expect((await get('/a')).status).to.equal(500);
      expect(errors[0]).to.be.instanceOf(TypeError);
    });

    it('OPTIONS', async () => {
      const { send } = await cached((ctx) => void (ctx.body = ctx.method));
      expect((await send('OPTIONS', '/a')).xCache).to.equal(undefined);
    });
  });

  describe('shares one run of the handler', () => {
    it('among all requests that come meanwhile', async () => {
      const gate = new Deferred();
      const handler = counting();
      const { get, cache } = await cached(async (ctx) => {
        await gate.promise;
        handler(ctx, () => Promise.resolve());
      });
      const answers = Promise.all(Array.from({ length: 50 }, () => get('/a')));
      await until(() => cache.parts.counters.coalesced === 49);
      gate.resolve();
      expect(new Set((await answers).map(({ body }) => body)).size).to.equal(1);
      expect(handler.runs).to.equal(1);
    });

    it('which goes on for them when the client has left that it was begun for', async () => {
      const gate = new Deferred();
      const handler = counting();
      const { get, cache, port, errors } = await cached(async (ctx, next) => {
        await gate.promise;
        return handler(ctx, next);
      });
      const socket = connect(port, '127.0.0.1');
      socket.write('GET /a HTTP/1.1\r\nHost: localhost\r\n\r\n');
      await until(() => cache.parts.counters.loads === 1);
      const follower = get('/a', { host: 'localhost' });
      await until(() => cache.parts.counters.coalesced === 1);
      socket.destroy();
      await new Promise((resolve) => setTimeout(resolve, 10));
      gate.resolve();
      expect((await follower).body).to.equal('{"run":1,"url":"/a"}');
      expect((await get('/a', { host: 'localhost' })).xCache).to.equal('HIT');
      expect([handler.runs, errors]).to.deep.equal([1, []]);
    });

    it('and its failure', async () => {
      const gate = new Deferred();
      let runs = 0;
      const { get, cache } = await cached(async (ctx) => {
        runs++;
        await gate.promise;
        ctx.throw(503, 'overloaded');
      });
      const answers = Promise.all(Array.from({ length: 10 }, () => get('/a')));
      await until(() => cache.parts.counters.coalesced === 9);
      gate.resolve();
      expect((await answers).map(({ status }) => status)).to.deep.equal(Array.from({ length: 10 }, () => 503));
      // Those who only waited may have one more try between them.
      expect(runs).to.be.at.most(2);
    });
  });

  describe('serves stale', () => {
    it('at once while one refresh runs behind', async () => {
      const handler = counting();
      const gate = new Deferred();
      const { get, clock, cache } = await cached(
        async (ctx, next) => {
          if (handler.runs > 0) await gate.promise;
          return handler(ctx, next);
        },
        { ttl: 10, staleWhileRevalidate: 60 },
      );
      await get('/a?b=1');
      clock.advance(11_000);

      const stale = await Promise.all([get('/a?b=1'), get('/a?b=1'), get('/a?b=1')]);
      gate.resolve();
      await until(() => cache.parts.counters.stores === 2);

      expect(stale.map(({ xCache, body }) => [xCache, body])).to.deep.equal(
        Array.from({ length: 3 }, () => ['STALE', '{"run":1,"url":"/a?b=1"}']),
      );
      const renewed = await get('/a?b=1');
      expect([renewed.xCache, renewed.body]).to.deep.equal(['HIT', '{"run":2,"url":"/a?b=1"}']);
      expect(handler.runs).to.equal(2);
    });

    it('and renews it with a response of its own, whatever the handler does with the context', async () => {
      let runs = 0;
      const { get, clock, errors } = await cached(
        async (ctx) => {
          const run = ++runs;
          await new Promise((resolve) => setImmediate(resolve));
          ctx.set('X-Run', String(run));
          ctx.status = 200;
          ctx.body = { run };
        },
        { ttl: 10, staleWhileRevalidate: 60 },
      );
      await get('/a');
      clock.advance(11_000);
      await get('/a');
      await until(() => runs === 2);
      const renewed = await get('/a');
      expect([renewed.body, renewed.headers['x-run']]).to.deep.equal(['{"run":2}', '2']);
      expect(errors).to.deep.equal([]);
    });

    it('and renews behind a HEAD what GET will be given', async () => {
      let runs = 0;
      const handler: Middleware = (ctx) => void (ctx.body = `${ctx.method} ${++runs}`);
      const { get, send, clock } = await cached(handler, { ttl: 10, staleWhileRevalidate: 60 });
      await get('/a');
      clock.advance(11_000);
      expect((await send('HEAD', '/a')).xCache).to.equal('STALE');
      await until(() => runs === 2);
      expect((await get('/a')).body).to.equal('GET 2');
    });

    it('and keeps it when the refresh fails, without telling anybody but the events', async () => {
      let runs = 0;
      const { get, clock, cache, errors } = await cached(
        (ctx) => {
          if (++runs > 1) throw new Error('down');
          ctx.body = 'first';
        },
        { ttl: 10, staleWhileRevalidate: 60 },
      );
      const failures: unknown[] = [];
      cache.events.on('loadError', ({ background }) => failures.push(background));
      await get('/a');
      clock.advance(11_000);
      await get('/a');
      await until(() => failures.length === 1);
      expect((await get('/a')).body).to.equal('first');
      expect([errors, failures]).to.deep.equal([[], [true]]);
    });

    it('in place of an error, thrown or answered', async () => {
      let failure: 'none' | 'throw' | 'answer' = 'none';
      const { get, clock, errors } = await cached(
        (ctx) => {
          ctx.set('X-State', failure);
          if (failure !== 'none') ctx.set('X-Failing', 'yes');
          if (failure === 'throw') throw new Error('down');
          ctx.status = failure === 'answer' ? 503 : 200;
          ctx.body = failure;
        },
        { ttl: 10, staleIfError: 60 },
      );
      await get('/a');
      clock.advance(11_000);
      for (failure of ['throw', 'answer'] as const) {
        const stale = await get('/a');
        expect(stale.headers['x-failing']).to.equal(undefined);
        expect([stale.status, stale.body, stale.xCache, stale.headers['x-state']]).to.deep.equal([
          200,
          'none',
          'STALE',
          'none',
        ]);
        clock.advance(5_000);
      }
      clock.advance(60_000);
      expect((await get('/a')).status).to.equal(503);
      expect(errors).to.deep.equal([]);
    });
  });

  describe('keeps personal answers personal', () => {
    const whoami: Middleware = (ctx) => void (ctx.body = `hello ${ctx.get('Authorization')}${ctx.get('Cookie')}`);
    const ANNA = { authorization: 'Bearer anna' };
    const BEN = { cookie: 'session=ben' };

    it('neither giving nor taking from requests with credentials', async () => {
      const { get } = await cached(whoami);
      for (const [headers, body] of [
        [ANNA, 'hello Bearer anna'],
        [BEN, 'hello session=ben'],
        [undefined, 'hello '],
        [ANNA, 'hello Bearer anna'],
        [BEN, 'hello session=ben'],
      ] as const) {
        const answer = await get('/me', headers);
        expect(answer.body).to.equal(body);
        expect(answer.xCache).to.not.equal('HIT');
      }
      expect((await get('/me')).xCache).to.equal('HIT');
    });

    it('also among requests that come at once', async () => {
      const gate = new Deferred();
      const { get } = await cached(async (ctx, next) => {
        await gate.promise;
        return whoami(ctx, next);
      });
      const answers = Promise.all([get('/me', ANNA), get('/me', BEN), get('/me')]);
      await new Promise((resolve) => setTimeout(resolve, 20));
      gate.resolve();
      expect((await answers).map(({ body }) => body)).to.deep.equal([
        'hello Bearer anna',
        'hello session=ben',
        'hello ',
      ]);
    });

    it('shares with them what is public by its own word', async () => {
      const { get } = await cached((ctx) => {
        ctx.set('Cache-Control', 'public, max-age=60');
        ctx.body = 'news';
      });
      await get('/news');
      expect((await get('/news', ANNA)).xCache).to.equal('HIT');
      expect((await get('/news', BEN)).xCache).to.equal('HIT');
    });

    describe('under a context that says who asks', () => {
      const user = (ctx: Context): string | undefined =>
        /(anna|ben)/.exec(ctx.get('Authorization') + ctx.get('Cookie'))?.[0];

      it('with entries for each user, and for those without a name', async () => {
        const { get, cache } = await cached(whoami, { context: { user } });
        for (const word of ['MISS', 'HIT']) {
          for (const [headers, body] of [
            [ANNA, 'hello Bearer anna'],
            [BEN, 'hello session=ben'],
            [undefined, 'hello '],
          ] as const) {
            const answer = await get('/me', headers);
            expect([answer.xCache, answer.body]).to.deep.equal([word, body]);
          }
        }
        expect(cache.mostRequested(5)).to.deep.equal([['GET:/me', 6]]);
      });

      it('not for credentials that name nobody', async () => {
        const { get } = await cached(whoami, { context: { user } });
        const stranger = { authorization: 'Bearer stranger' };
        await get('/me');
        expect((await get('/me', stranger)).body).to.equal('hello Bearer stranger');
        expect((await get('/me', { authorization: 'Bearer other' })).body).to.equal('hello Bearer other');
      });

      it('keeping also what is private', async () => {
        const { get } = await cached(
          (ctx, next) => {
            ctx.set('Cache-Control', 'private, max-age=60');
            return whoami(ctx, next);
          },
          { context: { user } },
        );
        await get('/me', ANNA);
        expect((await get('/me', ANNA)).xCache).to.equal('HIT');
        expect((await get('/me', BEN)).xCache).to.equal('MISS');
      });

      it('telling apart values of different types', async () => {
        const { get } = await cached((ctx) => void (ctx.body = 'a'), {
          context: { user: (ctx) => (ctx.get('X-Type') === 'number' ? 1 : '1') },
        });
        await get('/me', { 'x-type': 'number' });
        expect((await get('/me', { 'x-type': 'text' })).xCache).to.equal('MISS');
      });
    });

    it('not under a context that does not say who asks, unless told that it says enough', async () => {
      const locale = (ctx: Context): string => ctx.get('X-Locale');
      const cautious = await cached(whoami, { context: { locale } });
      await cautious.get('/me', { ...ANNA, 'x-locale': 'de' });
      expect((await cautious.get('/me', { authorization: 'Bearer ben', 'x-locale': 'de' })).body).to.equal(
        'hello Bearer ben',
      );
      const trusting = await cached(whoami, { context: { locale }, credentials: 'keyed' });
      await trusting.get('/me', { ...ANNA, 'x-locale': 'de' });
      expect((await trusting.get('/me', { ...ANNA, 'x-locale': 'de' })).xCache).to.equal('HIT');
    });
  });

  describe('sends a hit', () => {
    it('through Koa where something is in front, which may change it', async () => {
      const seen: unknown[] = [];
      const { get } = await cached(counting(), {}, async (ctx, next) => {
        await next();
        seen.push(ctx.respond, ctx.status, Buffer.isBuffer(ctx.body));
        ctx.set('X-Response-Time', '1ms');
      });
      await get('/a');
      const hit = await get('/a');
      expect([hit.xCache, hit.headers['x-response-time']]).to.deep.equal(['HIT', '1ms']);
      expect(seen).to.deep.equal([undefined, 200, true, undefined, 200, true]);
    });

    it('straight to the socket where nothing is, or when told to', async () => {
      const seen: unknown[] = [];
      const watch: Middleware = async (ctx, next) => {
        await next();
        seen.push(ctx.respond);
      };
      const told = await cached(counting(), { send: 'direct' }, watch);
      await told.get('/a');
      await told.get('/a');
      expect(seen).to.deep.equal([undefined, false]);

      const first = await listen((app, cache) => {
        // What Koa asks when the middleware is done.
        let respond: unknown;
        const store = (value: unknown): void => void (respond = value);
        Object.defineProperty(app.context, 'respond', { get: () => respond, set: store });
        app.use(httpCache({ cache, ttl: 60 }));
        app.use(counting());
      });
      await first.get('/a');
      expect(first.app.context['respond']).to.equal(undefined);
      expect((await first.get('/a')).xCache).to.equal('HIT');
      expect(first.app.context['respond']).to.equal(false);
    });

    it('of a body that is too large for one write, all the same', async () => {
      const body = 'ü'.repeat(40_000);
      const { get } = await cached((ctx) => void (ctx.body = body));
      await get('/a');
      const hit = await get('/a');
      expect([hit.xCache, hit.body === body]).to.deep.equal(['HIT', true]);
    });

    it('on a connection that goes on', async () => {
      const { port } = await cached(counting());
      const bodies: string[] = [];
      for (let request = 0; request < 3; request++) {
        const answer = await fetch(`http://127.0.0.1:${port}/a`);
        bodies.push(await answer.text());
      }
      expect(new Set(bodies).size).to.equal(1);
    });
  });

  it('goes on answering after its cache was closed', async () => {
    const { get, send, cache } = await cached(counting());
    await get('/a');
    await cache.close();
    expect((await get('/a')).status).to.equal(200);
    expect((await send('POST', '/a')).status).to.equal(200);
  });
});
