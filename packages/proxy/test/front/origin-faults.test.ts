import { rejects } from 'node:assert/strict';
import type { Socket } from 'node:net';
import { expect } from 'chai';
import { ask, open, speak, statusOf, until, xCache } from '../support/clients.js';
import { freePort, httpOrigin, Opened, scriptedOrigin } from '../support/origins.js';
import { makeProxy } from '../support/proxies.js';

const FRESH = 'Cache-Control: max-age=60\r\n';

describe('an origin that fails', () => {
  const opened = new Opened();
  afterEach(() => opened.close());

  const cut = (text: string) => (socket: Socket) => void socket.end(text, 'latin1');
  const reset = (text: string) => (socket: Socket) => {
    socket.write(text, 'latin1');
    setTimeout(() => socket.resetAndDestroy(), 20);
  };

  describe('in the middle of a body is delivered as incomplete, and nothing is stored, when it', () => {
    const chunked = `HTTP/1.1 200 OK\r\n${FRESH}Transfer-Encoding: chunked\r\n\r\n`;
    const cases: [title: string, answer: (socket: Socket) => void][] = [
      ['ends before Content-Length', cut(`HTTP/1.1 200 OK\r\n${FRESH}Content-Length: 99\r\n\r\nhalf`)],
      ['resets before Content-Length', reset(`HTTP/1.1 200 OK\r\n${FRESH}Content-Length: 99\r\n\r\nhalf`)],
      ['ends within a chunk', cut(`${chunked}9\r\nhalf`)],
      ['ends before the last chunk', cut(`${chunked}4\r\nhalf\r\n`)],
      ['sends a bad chunk size', cut(`${chunked}4\r\nhalf\r\nzz\r\n`)],
      ['resets a body that the connection delimits', reset(`HTTP/1.1 200 OK\r\n${FRESH}Connection: close\r\n\r\nhalf`)],
      ['stalls', (socket) => void socket.write(`HTTP/1.1 200 OK\r\n${FRESH}Content-Length: 99\r\n\r\nhalf`)],
    ];
    for (const [title, answer] of cases) {
      it(title, async () => {
        let isWell = false;
        const origin = await scriptedOrigin(opened, (socket) => {
          if (isWell) socket.write(`HTTP/1.1 200 OK\r\n${FRESH}Content-Length: 4\r\n\r\nwell`);
          else answer(socket);
        });
        const { url } = await makeProxy(opened, origin.url, { upstream: { idleTimeout: '80ms' } });
        // Where it breaks before anything was sent on, it may also be an answer of ours.
        const outcome = await ask(url).catch((error: unknown) => error);
        if (!(outcome instanceof Error)) expect(outcome).to.include({ status: 502 });
        isWell = true;
        const next = await ask(url);
        expect([next.headers['x-cache'], next.body]).to.deep.equal(['MISS', 'well']);
      });
    }
  });

  it('and sends more than Content-Length is not believed, and its connection is not used again', async () => {
    let count = 0;
    const origin = await scriptedOrigin(opened, (socket) => {
      count++;
      socket.write(
        `HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n${count}!HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil`,
      );
    });
    const { url } = await makeProxy(opened, origin.url);
    for (let round = 1; round <= 3; round++) expect((await ask(url)).body).to.equal(`${round}!`);
    expect(origin.connections).to.have.length(3);
  });

  it('and sends a body with HEAD, 204 or 304 confuses nobody', async () => {
    const origin = await scriptedOrigin(opened, 'HTTP/1.1 204 No Content\r\nContent-Length: 4\r\n\r\nevil');
    const { url } = await makeProxy(opened, origin.url);
    for (let round = 0; round < 3; round++) {
      const got = await ask(`${url}/${round}`);
      expect([got.status, got.body, got.headers['content-length']]).to.deep.equal([204, '', undefined]);
    }
  });

  it('is not asked in vain: 502 at once, with the cause for nobody but the log', async () => {
    const port = await freePort();
    const { url } = await makeProxy(opened, `http://127.0.0.1:${port}`);
    const got = await ask(url);
    expect([got.status, got.headers['x-cache']]).to.deep.equal([502, 'MISS']);
    expect(got.body).to.not.include(String(port));
    expect(JSON.parse(got.body)).to.have.keys('type', 'title', 'status', 'detail', 'requestId');
  });

  it('with 5xx keeps clients on what is stale, and comes back', async () => {
    let isSick = false;
    const origin = await httpOrigin(opened, (_, response) => {
      response.setHeader('cache-control', 'max-age=1, stale-if-error=60');
      response.statusCode = isSick ? 503 : 200;
      response.end(isSick ? 'sick' : 'well');
    });
    const { url } = await makeProxy(opened, origin.url);
    await ask(url);
    isSick = true;
    await new Promise((resolve) => setTimeout(resolve, 1050));
    const answers = await Promise.all(Array.from({ length: 30 }, () => ask(url)));
    expect(new Set(answers.map(({ status, body }) => `${status} ${body}`))).to.deep.equal(new Set(['200 well']));
    isSick = false;
  });

  it('tells all who wait for it, asks again for none of them, and lets the next one through', async () => {
    let isSick = true;
    const held: (() => void)[] = [];
    const origin = await scriptedOrigin(opened, (socket) => {
      if (isSick) held.push(() => socket.resetAndDestroy());
      else socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
    });
    const proxy = await makeProxy(opened, origin.url, { upstream: { retries: 0 } });
    const asking = Promise.all(Array.from({ length: 40 }, () => ask(proxy.url)));
    await until(() => proxy.counters.active === 40 && held.length === 1);
    held[0]!();
    // Those who had joined have one more try between them.
    await until(() => held.length === 2);
    held[1]!();
    const answers = await asking;
    expect(new Set(answers.map(({ status }) => status))).to.deep.equal(new Set([502]));
    expect(origin.connections).to.have.length(2);
    isSick = false;
    expect((await ask(proxy.url)).body).to.equal('ok');
  });

  it('hangs, while other URLs are answered', async () => {
    const origin = await httpOrigin(opened, (request, response) => {
      if (request.url !== '/hang') response.end('ok');
    });
    const { url } = await makeProxy(opened, origin.url);
    for (let count = 0; count < 60; count++) void open(opened, `${url}/hang`).catch(() => undefined);
    await until(() => origin.requests.length > 0);
    expect((await ask(`${url}/other`)).body).to.equal('ok');
    expect(origin.requests.filter(({ url: path }) => path === '/hang')).to.have.length(1);
  });

  it('is told when the only client leaves, where the answer is for him alone', async () => {
    let isClosed = false;
    const origin = await httpOrigin(opened, (_, response) => {
      response.writeHead(200, { 'cache-control': 'no-store' }).write('begin');
      response.on('close', () => (isClosed = true));
    });
    const { url } = await makeProxy(opened, origin.url);
    const client = await open(opened, url);
    client.destroy();
    await until(() => isClosed);
  });

  it('sends thousands of fields: up to the limit they arrive, beyond it is 502', async () => {
    const fields = (count: number): string => Array.from({ length: count }, (_, at) => `X-${at}: ${at}\r\n`).join('');
    const origin = await scriptedOrigin(opened, (socket, count) => {
      const all = `${fields(count === 1 ? 1500 : 3000)}Cache-Control: private\r\n`;
      socket.write(`HTTP/1.1 200 OK\r\n${all}Content-Length: 2\r\n\r\nok`);
    });
    const { port } = await makeProxy(opened, origin.url, { upstream: { headerFields: 2000, headerBytes: '1mb' } });
    const get = 'GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n';
    const received = await speak(port, get);
    expect(received).to.include('X-1499: 1499\r\nCache-Control: private\r\n');
    expect(statusOf(await speak(port, get))).to.equal(502);
  });

  it('lies about what it was asked: 206 and 304 that nobody asked for are not stored', async () => {
    const origin = await scriptedOrigin(opened, (socket, count) => {
      if (count === 1)
        socket.write(
          `HTTP/1.1 206 Partial Content\r\n${FRESH}Content-Range: bytes 0-1/9\r\nContent-Length: 2\r\n\r\nha`,
        );
      else if (count === 2) socket.write(`HTTP/1.1 304 Not Modified\r\n${FRESH}ETag: "1"\r\n\r\n`);
      else socket.write(`HTTP/1.1 200 OK\r\n${FRESH}Content-Length: 5\r\n\r\nwhole`);
    });
    const { url } = await makeProxy(opened, origin.url);
    await ask(url);
    await ask(url);
    const got = await ask(url);
    expect([got.status, got.headers['x-cache'], got.body]).to.deep.equal([200, 'MISS', 'whole']);
    expect(await xCache(url)).to.equal('HIT');
  });

  it('takes a body that nobody may store, and one that is too large to store, through as they are', async () => {
    const body = 'x'.repeat(300_000);
    const origin = await httpOrigin(opened, (_, response) =>
      response.setHeader('cache-control', 'max-age=60').end(body),
    );
    const { url } = await makeProxy(opened, origin.url, { policy: { maxBodyBytes: 100_000 } });
    for (let round = 0; round < 2; round++) {
      const got = await ask(url);
      expect([got.headers['x-cache'], got.body.length]).to.deep.equal(['MISS', 300_000]);
    }
  });

  it('breaks off under a client, who can tell', async () => {
    const origin = await scriptedOrigin(
      opened,
      reset(`HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n`),
    );
    const { url } = await makeProxy(opened, origin.url);
    await rejects(ask(url));
  });
});
