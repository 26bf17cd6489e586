import { expect } from 'chai';
import { ask, open, speak, until, xCache } from '../support/clients.js';
import { httpOrigin, Opened } from '../support/origins.js';
import { makeProxy } from '../support/proxies.js';

describe('a proxy', () => {
  const opened = new Opened();
  afterEach(() => opened.close());

  it('answers MISS from the origin and then HIT from store, with Age and the same body and fields', async () => {
    const origin = await httpOrigin(opened, (_, response) => {
      response.writeHead(200, { 'cache-control': 'max-age=60', 'x-a': 'b', etag: '"1"' }).end('hello');
    });
    const { url } = await makeProxy(opened, origin.url);
    const miss = await ask(`${url}/a?b=1`);
    const hit = await ask(`${url}/a?b=1`);
    expect([miss.headers['x-cache'], hit.headers['x-cache']]).to.deep.equal(['MISS', 'HIT']);
    expect(hit.headers['age']).to.match(/^\d+$/);
    expect(hit.headers['cache-status']).to.match(/^CacheWarp;hit;ttl=\d+$/);
    for (const got of [miss, hit]) {
      expect(got.body).to.equal('hello');
      expect(got.headers).to.include({ 'x-a': 'b', etag: '"1"' });
    }
    expect(hit.headers['content-length']).to.equal('5');
    expect(hit.headers['date']).to.equal(miss.headers['date']);
    expect(origin.requests).to.have.length(1);
  });

  it('stores nothing that states no freshness, unless a default lifetime is given', async () => {
    const origin = await httpOrigin(opened, (_, response) => response.end('hello'));
    const plain = await makeProxy(opened, origin.url);
    expect([await xCache(plain.url), await xCache(plain.url)]).to.deep.equal(['MISS', 'MISS']);
    const lasting = await makeProxy(opened, origin.url, { policy: { defaultTtl: '30s' } });
    expect([await xCache(lasting.url), await xCache(lasting.url)]).to.deep.equal(['MISS', 'HIT']);
  });

  it('answers HEAD from what GET stored, without a body and with its length', async () => {
    const origin = await httpOrigin(opened, (_, response) =>
      response.setHeader('cache-control', 'max-age=60').end('hello'),
    );
    const { url } = await makeProxy(opened, origin.url);
    await ask(url);
    const head = await ask(url, { method: 'HEAD' });
    expect([head.headers['x-cache'], head.headers['content-length'], head.body]).to.deep.equal(['HIT', '5', '']);
    expect(origin.requests).to.have.length(1);
  });

  it('answers a condition with 304 and a range with 206 from what is stored', async () => {
    const origin = await httpOrigin(opened, (_, response) => {
      response.writeHead(200, { 'cache-control': 'max-age=60', etag: '"1"' }).end('0123456789');
    });
    const { url } = await makeProxy(opened, origin.url);
    await ask(url);
    expect((await ask(url, { headers: { 'if-none-match': '"1"' } })).status).to.equal(304);
    const part = await ask(url, { headers: { range: 'bytes=2-4' } });
    expect([part.status, part.body, part.headers['content-range']]).to.deep.equal([206, '234', 'bytes 2-4/10']);
    expect(origin.requests).to.have.length(1);
  });

  it('writes several hits on one connection, also when they are asked for at once', async () => {
    const origin = await httpOrigin(opened, (request, response) => {
      response.setHeader('cache-control', 'max-age=60').end(`<${request.url}>`);
    });
    const proxy = await makeProxy(opened, origin.url);
    for (const path of ['/1', '/2']) await ask(proxy.url + path);
    const get = (path: string): string => `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${proxy.port}\r\n\r\n`;
    const all = get('/1') + get('/2') + get('/3') + get('/1');
    const received = await speak(
      proxy.port,
      all,
      (text) => text.split('HTTP/1.1 200').length === 5 && text.endsWith('</1>'),
    );
    expect(received.match(/<\/\d>/g)).to.deep.equal(['</1>', '</2>', '</3>', '</1>']);
  });

  it('asks the origin once for 100 clients that come at the same time', async () => {
    const origin = await httpOrigin(opened, (_, response) => {
      setTimeout(() => response.setHeader('cache-control', 'max-age=60').end('hello'), 50);
    });
    const { url } = await makeProxy(opened, origin.url);
    const all = await Promise.all(Array.from({ length: 100 }, () => ask(url)));
    expect(all.map((got) => got.body)).to.deep.equal(Array.from({ length: 100 }, () => 'hello'));
    expect(origin.requests).to.have.length(1);
  });

  it('lets nobody wait within the stale-while-revalidate window, and refreshes once for 100 clients', async () => {
    let release: () => void = () => undefined;
    const origin = await httpOrigin(opened, (_, response, count) => {
      response.setHeader('cache-control', 'max-age=1, stale-while-revalidate=60');
      if (count === 1) response.end('old');
      else release = () => response.end('new');
    });
    const { url } = await makeProxy(opened, origin.url);
    await ask(url);
    await new Promise((resolve) => setTimeout(resolve, 1050));
    // The origin answers the refresh only after all clients have been answered.
    const all = await Promise.all(Array.from({ length: 100 }, () => ask(url)));
    expect(new Set(all.map((got) => `${String(got.headers['x-cache'])} ${got.body}`))).to.deep.equal(
      new Set(['STALE old']),
    );
    expect(origin.requests).to.have.length(2);
    release();
    await until(() => origin.requests.length === 2);
    let latest = await ask(url);
    while (latest.body === 'old') latest = await ask(url);
    expect([latest.headers['x-cache'], latest.body]).to.deep.equal(['HIT', 'new']);
    expect(origin.requests).to.have.length(2);
  });

  it('lets requests for what may not be stored run beside each other', async () => {
    const waiting: (() => void)[] = [];
    const origin = await httpOrigin(opened, (_, response, count) => {
      response.setHeader('cache-control', 'no-store');
      if (count === 1) response.end('mine');
      else waiting.push(() => response.end('mine'));
      // The origin answers none of them before all of them have come.
      if (waiting.length === 20) for (const answer of waiting) answer();
    });
    const { url } = await makeProxy(opened, origin.url);
    await ask(url);
    const all = await Promise.all(Array.from({ length: 20 }, () => ask(url)));
    expect(new Set(all.map(({ body }) => body))).to.deep.equal(new Set(['mine']));
  });

  it('streams the first bytes as they arrive, and lets a follower join in the middle of the body', async () => {
    const parts: ((text: string) => void)[] = [];
    const origin = await httpOrigin(opened, (_, response) => {
      response.writeHead(200, { 'cache-control': 'max-age=60' });
      response.write('one ');
      parts.push((text) => (text === '' ? response.end() : response.write(text)));
    });
    const { url } = await makeProxy(opened, origin.url);
    const leader = await open(opened, url);
    expect(await firstChunk(leader)).to.equal('one ');
    const follower = await open(opened, url);
    expect(await firstChunk(follower)).to.equal('one ');
    parts[0]!('two');
    parts[0]!('');
    expect(await Promise.all([rest(leader), rest(follower)])).to.deep.equal(['two', 'two']);
    expect((await ask(url)).headers['x-cache']).to.equal('HIT');
    expect(origin.requests).to.have.length(1);
  });

  it('sends the head of a response whose body has not begun', async () => {
    const origin = await httpOrigin(opened, (_, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' }).flushHeaders();
    });
    const { url } = await makeProxy(opened, origin.url);
    expect((await open(opened, url)).statusCode).to.equal(200);
  });

  it('finishes a fill whose first client left, and serves it', async () => {
    let finish: () => void = () => undefined;
    const origin = await httpOrigin(opened, (_, response) => {
      response.writeHead(200, { 'cache-control': 'max-age=60' }).write('one ');
      finish = () => response.end('two');
    });
    const proxy = await makeProxy(opened, origin.url);
    const leader = await open(opened, proxy.url);
    await firstChunk(leader);
    leader.destroy();
    await until(() => proxy.counters.active === 0);
    finish();
    let got = await ask(proxy.url);
    while (got.headers['x-cache'] !== 'HIT') got = await ask(proxy.url);
    expect(got.body).to.equal('one two');
    expect(origin.requests).to.have.length(1);
  });

  it('serves stale when the origin is gone, where that is allowed, and 502 with Retry-After where not', async () => {
    const origin = await httpOrigin(opened, (request, response) => {
      const forbidden = request.url === '/kept' ? '' : ', must-revalidate';
      response.setHeader('cache-control', `max-age=1${forbidden}`).end('kept');
    });
    const { url } = await makeProxy(opened, origin.url);
    await ask(`${url}/kept`);
    await ask(`${url}/lost`);
    origin.server.closeAllConnections();
    await new Promise((resolve) => void origin.server.close(resolve));
    await new Promise((resolve) => setTimeout(resolve, 1050));
    const stale = await ask(`${url}/kept`);
    expect([stale.status, stale.headers['x-cache'], stale.body]).to.deep.equal([200, 'STALE', 'kept']);
    const gone = await ask(`${url}/lost`);
    expect(gone.status).to.equal(502);
    expect(gone.headers['retry-after']).to.match(/^[1-9]\d*$/);
    expect(gone.headers['content-type']).to.equal('application/problem+json');
    expect(JSON.parse(gone.body)).to.include({ status: 502, title: 'Bad Gateway' });
    expect(gone.headers['cache-control']).to.equal('no-store');
  });

  it('answers 504 when the origin takes too long', async () => {
    const origin = await httpOrigin(opened, () => undefined);
    const { url } = await makeProxy(opened, origin.url, { upstream: { firstByteTimeout: '50ms' } });
    const got = await ask(url);
    expect([got.status, got.headers['x-cache']]).to.deep.equal([504, 'MISS']);
    expect(origin.requests).to.have.length(1);
  });

  it('never serves what was loading when it was purged', async () => {
    const finish: (() => void)[] = [];
    const origin = await httpOrigin(opened, (_, response, count) => {
      response.writeHead(200, { 'cache-control': 'max-age=60', 'surrogate-key': 'things' }).write('body ');
      finish.push(() => response.end(String(count)));
    });
    for (const target of ['key', 'tag', 'prefix'] as const) {
      finish.length = 0;
      origin.requests.length = 0;
      const proxy = await makeProxy(opened, origin.url);
      const slow = ask(proxy.url);
      await until(() => finish.length === 1);
      const key = `GET:${proxy.url}/`;
      await proxy.cache.invalidate(target === 'key' ? key : target === 'tag' ? { tag: 'things' } : { prefix: key });
      const next = ask(proxy.url);
      await until(() => finish.length === 2);
      finish[0]!();
      finish[1]!();
      expect([(await slow).body, (await next).body], target).to.deep.equal(['body 1', 'body 2']);
      expect((await ask(proxy.url)).body, target).to.equal('body 2');
    }
  });

  it('drops what is stored of a URI to which something unsafe was done', async () => {
    const origin = await httpOrigin(opened, (_, response) =>
      response.setHeader('cache-control', 'max-age=60').end('hello'),
    );
    const { url } = await makeProxy(opened, origin.url);
    expect([await xCache(url), await xCache(url)]).to.deep.equal(['MISS', 'HIT']);
    await ask(url, { method: 'POST', body: 'x' });
    expect(await xCache(url)).to.equal('MISS');
  });

  it('validates a stale answer with the origin, and answers from store after a 304', async () => {
    const origin = await httpOrigin(opened, (request, response) => {
      response.setHeader('etag', '"1"').setHeader('cache-control', 'max-age=0');
      if (request.headers['if-none-match'] === '"1"') response.writeHead(304).end();
      else response.end('hello');
    });
    const { url } = await makeProxy(opened, origin.url);
    await ask(url);
    const got = await ask(url);
    expect([got.status, got.headers['x-cache'], got.body]).to.deep.equal([200, 'REVALIDATED', 'hello']);
  });

  it('passes interim responses, odd statuses and trailers on', async () => {
    const origin = await httpOrigin(opened, (request, response) => {
      if (request.url === '/hints') {
        response.writeProcessing();
        response.writeEarlyHints({ link: '</a.css>; rel=preload' });
        response.end('hints');
        return;
      }
      if (request.url === '/trailers') {
        response.writeHead(200, { trailer: 'x-sum', 'cache-control': 'no-store' });
        response.write('body');
        setTimeout(() => {
          response.addTrailers({ 'x-sum': '7' });
          response.end();
        }, 10);
        return;
      }
      response.writeHead(Number(request.url!.slice(1)), 'Odd Thing').end('odd');
    });
    const { url } = await makeProxy(opened, origin.url);
    const hints = await ask(`${url}/hints`);
    expect(hints.interim.map(({ status }) => status)).to.deep.equal([102, 103]);
    expect(hints.interim[1]!.headers['link']).to.equal('</a.css>; rel=preload');
    expect(hints.body).to.equal('hints');
    for (const status of [299, 499, 599, 999]) {
      const got = await ask(`${url}/${status}`);
      expect([got.status, got.reason, got.body]).to.deep.equal([status, 'Odd Thing', 'odd']);
    }
    const trailers = await ask(`${url}/trailers`, { headers: { te: 'trailers' } });
    expect(trailers.trailers).to.deep.equal({ 'x-sum': '7' });
  });

  it('applies rules: lifetimes by path, edits of fields, and requests past the cache', async () => {
    const origin = await httpOrigin(opened, (request, response) => {
      response.setHeader('set-cookie', 'a=1').setHeader('content-type', 'text/css');
      response.end(String(request.headers['x-added']));
    });
    const { url, counters } = await makeProxy(opened, origin.url, {
      rules: [
        { path: '/never/**', cache: false },
        {
          name: 'styles',
          path: '/**/*.css',
          cache: { ttlMode: 'override', ttl: '1h' },
          request: { set: { 'X-Added': 'yes' } },
          response: { remove: ['Set-Cookie'], set: { 'X-Rule': 'styles' } },
        },
      ],
    });
    const css = await ask(`${url}/a/b.css`);
    expect([css.body, css.headers['set-cookie'], css.headers['x-rule']]).to.deep.equal(['yes', undefined, 'styles']);
    expect(await xCache(`${url}/a/b.css`)).to.equal('HIT');
    expect(await xCache(`${url}/never/b.css`)).to.equal('BYPASS');
    expect(await xCache(`${url}/never/b.css`)).to.equal('BYPASS');
    expect(counters.routes.get('styles')).to.include({ miss: 1, hit: 1 });
  });
});

function firstChunk(stream: NodeJS.ReadableStream): Promise<string> {
  return new Promise((resolve, reject) => {
    stream.once('error', reject);
    stream.once('readable', () => resolve(String(stream.read())));
  });
}

async function rest(stream: NodeJS.ReadableStream): Promise<string> {
  let text = '';
  for await (const chunk of stream) text += String(chunk);
  return text;
}
