import { connect } from 'node:net';
import { expect } from 'chai';
import { httpCache } from '#src/caching/http-cache.js';
import { closeApps, listen, type App } from '../make-app.js';

const BODY = 'grüße '.repeat(20);

/** An application with nothing in front of its cache, so that hits go straight to the socket. */
function direct(body = BODY): Promise<App> {
  return listen((app, cache) => {
    app.use(httpCache({ cache, ttl: 60 }));
    app.use((ctx) => void (ctx.body = ctx.path === '/other' ? 'other' : body));
  });
}

/** Sends bytes, and reads until the other side has been silent for a moment or has closed. */
function exchange(port: number, text: string): Promise<{ answers: string; isClosed: boolean }> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1');
    const chunks: Buffer[] = [];
    let isClosed = false;
    let silence: NodeJS.Timeout | undefined;
    const finish = (): void => {
      socket.destroy();
      resolve({ answers: Buffer.concat(chunks).toString(), isClosed });
    };
    const wait = (): void => {
      clearTimeout(silence);
      silence = setTimeout(finish, 60);
    };
    socket.on('connect', () => {
      socket.write(text);
      wait();
    });
    socket.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      wait();
    });
    socket.on('end', () => {
      isClosed = true;
      clearTimeout(silence);
      finish();
    });
    socket.on('error', reject);
  });
}

const GET = 'GET /a HTTP/1.1\r\nHost: localhost\r\n\r\n';
/** The answers in a stream of bytes: status and X-Cache of each. */
const words = (answers: string): string[] =>
  [...answers.matchAll(/HTTP\/1\.1 (\d+) [^]*?\r\nX-Cache: (\w+)/gi)].map(([, status, word]) => `${status} ${word}`);

describe('a hit that goes straight to the socket', () => {
  afterEach(closeApps);

  it('has the fields that Node would have given it, and the same body', async () => {
    const { port } = await direct();
    await exchange(port, GET);
    const { answers, isClosed } = await exchange(port, GET);
    expect(answers).to.match(/^HTTP\/1\.1 200 OK\r\n/);
    expect(answers).to.include('\r\nContent-Type: text/plain; charset=utf-8\r\n');
    expect(answers).to.include(`\r\nContent-Length: ${Buffer.byteLength(BODY)}\r\n`);
    expect(answers).to.match(/\r\nDate: \w{3}, .* GMT\r\n/);
    expect(answers).to.include('\r\nConnection: keep-alive\r\nKeep-Alive: timeout=5\r\n\r\n');
    expect(answers.endsWith(`\r\n\r\n${BODY}`)).to.equal(true);
    expect(isClosed).to.equal(false);
  });

  it('is followed by others on its connection', async () => {
    const { port } = await direct();
    await exchange(port, GET);
    const { answers } = await exchange(port, GET + GET.replace('/a', '/other') + GET);
    expect(words(answers)).to.deep.equal(['200 HIT', '200 MISS', '200 HIT']);
  });

  it('waits for its turn behind a slower one', async () => {
    const app = await listen((koa, cache) => {
      koa.use(httpCache({ cache, ttl: 60 }));
      koa.use(async (ctx) => {
        if (ctx.path === '/slow') await new Promise((resolve) => setTimeout(resolve, 20));
        ctx.body = ctx.path;
      });
    });
    await exchange(app.port, GET);
    const { answers } = await exchange(app.port, GET.replace('/a', '/slow') + GET);
    expect(words(answers)).to.deep.equal(['200 MISS', '200 HIT']);
    expect(answers.indexOf('/slow')).to.be.below(answers.lastIndexOf('/a'));
  });

  it('closes the connection where the client wants it closed', async () => {
    const { port } = await direct();
    await exchange(port, GET);
    const { answers, isClosed } = await exchange(
      port,
      'GET /a HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n',
    );
    expect(words(answers)).to.deep.equal(['200 HIT']);
    expect(answers).to.include('\r\nConnection: close\r\n');
    expect(isClosed).to.equal(true);
  });

  it('serves HTTP/1.0, whose connections end', async () => {
    const { port } = await direct();
    await exchange(port, GET);
    const { answers, isClosed } = await exchange(port, 'GET /a HTTP/1.0\r\nHost: localhost\r\n\r\n');
    expect(words(answers)).to.deep.equal(['200 HIT']);
    expect(isClosed).to.equal(true);
  });

  it('has no body for HEAD, whatever comes behind', async () => {
    const { port } = await direct();
    await exchange(port, GET);
    const { answers } = await exchange(port, GET.replace('GET', 'HEAD') + GET);
    expect(words(answers)).to.deep.equal(['200 HIT', '200 HIT']);
    expect(answers.split(BODY)).to.have.length(2);
  });

  it('is whole when it is large, and when its client reads late', async () => {
    const large = 'x'.repeat(3_000_000);
    const { port } = await direct(large);
    await exchange(port, GET);
    const socket = connect(port, '127.0.0.1');
    socket.write(GET + GET);
    await new Promise((resolve) => setTimeout(resolve, 50));
    let length = 0;
    for await (const chunk of socket) {
      length += (chunk as Buffer).length;
      if (length > 2 * large.length) break;
    }
    expect(length).to.be.above(2 * large.length);
  });

  it('leaves limits of the server in force', async () => {
    const app = await direct();
    await exchange(app.port, GET);
    app.server.maxRequestsPerSocket = 2;
    const { answers } = await exchange(app.port, GET + GET);
    expect(words(answers)).to.deep.equal(['200 HIT', '200 HIT']);
    // Node's own words about it.
    expect(answers).to.include('\r\nKeep-Alive: timeout=5, max=2\r\n').and.to.include('\r\nConnection: close\r\n');
  });

  it('tells whoever waits for the end of a response', async () => {
    let finished = 0;
    const app = await listen((koa, cache) => {
      const caching = httpCache({ cache, ttl: 60, send: 'direct' });
      koa.use((ctx, next) => {
        ctx.res.once('finish', () => finished++);
        return next();
      });
      koa.use(caching);
      koa.use((ctx) => void (ctx.body = 'a'));
    });
    await exchange(app.port, GET);
    await exchange(app.port, GET + GET);
    expect(finished).to.equal(3);
  });

  it('shows the seconds it has been kept', async () => {
    const { get, clock } = await direct();
    await get('/a');
    for (const age of ['0', '1', '2']) {
      const answer = await get('/a');
      expect([answer.xCache, answer.headers.age]).to.deep.equal(['HIT', age]);
      expect(answer.headers['cache-status']).to.equal(`CacheWarp;hit;ttl=${59 - Number(age)}`);
      clock.advance(1_000);
    }
  });
});
