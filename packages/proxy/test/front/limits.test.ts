import { request as httpRequest } from 'node:http';
import { expect } from 'chai';
import { ask, dial, open, speak, statusOf, until } from '../support/clients.js';
import { httpOrigin, Opened } from '../support/origins.js';
import { makeProxy } from '../support/proxies.js';

describe('limits', () => {
  const opened = new Opened();
  afterEach(() => opened.close());

  it('answer 408 to a head that does not arrive', async () => {
    const origin = await httpOrigin(opened, (_, response) => response.end());
    const { port } = await makeProxy(opened, origin.url, { limits: { headersTimeout: '60ms' } });
    expect(statusOf(await speak(port, 'GET / HTTP/1.1\r\nHo'))).to.equal(408);
  });

  it('end a request whose body does not arrive, here and at the origin', async () => {
    const origin = await httpOrigin(opened, (request) => void request.resume().on('error', () => undefined));
    const { port } = await makeProxy(opened, origin.url, {
      limits: { headersTimeout: '30ms', requestTimeout: '90ms' },
    });
    const received = await speak(port, 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nhal');
    expect(statusOf(received)).to.equal(408);
  });

  it('close an idle connection after keepAliveTimeout, and say so beforehand', async () => {
    const origin = await httpOrigin(opened, (_, response) => response.end('ok'));
    const { port } = await makeProxy(opened, origin.url, { limits: { keepAliveTimeout: '1s' } });
    const received = await speak(port, 'GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    expect(received).to.match(/keep-alive: timeout=1\r/i);
    expect(statusOf(received)).to.equal(200);
  });

  it('let so many connections in, and no more', async () => {
    const origin = await httpOrigin(opened, (_, response) => response.end('ok'));
    const proxy = await makeProxy(opened, origin.url, { limits: { connections: 2 } });
    const first = await dial(opened, proxy.port);
    await dial(opened, proxy.port);
    await until(() => proxy.counters.connections === 2);
    expect(await speak(proxy.port, 'GET / HTTP/1.1\r\nHost: a\r\n\r\n')).to.equal('');
    first.destroy();
    await until(() => proxy.counters.connections === 1);
    expect((await ask(proxy.url)).status).to.equal(200);
  });

  it('answer 503 with Retry-After beyond so many requests at a time, while hits go on', async () => {
    const origin = await httpOrigin(opened, (request, response) => {
      if (request.url !== '/slow') response.setHeader('cache-control', 'max-age=60').end('ok');
    });
    const proxy = await makeProxy(opened, origin.url, { limits: { requests: 1 } });
    await ask(`${proxy.url}/hit`);
    void open(opened, `${proxy.url}/slow`).catch(() => undefined);
    await until(() => proxy.counters.active === 1);
    const refused = await ask(`${proxy.url}/other`);
    expect([refused.status, refused.headers['retry-after']]).to.deep.equal([503, '1']);
    expect((await ask(`${proxy.url}/hit`)).headers['x-cache']).to.equal('HIT');
  });

  it('answer 503 when the queue for the origin is full', async () => {
    const origin = await httpOrigin(opened, () => undefined);
    const proxy = await makeProxy(opened, origin.url, { upstream: { maxConcurrency: 1, maxQueue: 0 } });
    void open(opened, `${proxy.url}/slow`).catch(() => undefined);
    await until(() => origin.requests.length === 1);
    const refused = await ask(`${proxy.url}/other`);
    expect([refused.status, refused.headers['retry-after']]).to.deep.equal([503, '1']);
  });

  it('cut a client off that takes nothing, and others are not affected', async () => {
    const body = Buffer.alloc(20 * 1024 * 1024);
    const origin = await httpOrigin(opened, (request, response) =>
      response.end(request.url === '/large' ? body : 'ok'),
    );
    const proxy = await makeProxy(opened, origin.url, { limits: { writeTimeout: '80ms' } });
    const socket = await dial(opened, proxy.port);
    socket.pause();
    socket.write('GET /large HTTP/1.1\r\nHost: a\r\n\r\n');
    await until(() => proxy.counters.active === 1);
    expect((await ask(`${proxy.url}/other`)).body).to.equal('ok');
    await until(() => proxy.counters.active === 0);
  });

  it('hold memory while 200 MB stream through, stored or not', async function () {
    this.timeout(30_000);
    const total = 200 * 1024 * 1024;
    const block = Buffer.alloc(256 * 1024, 'x');
    const origin = await httpOrigin(opened, (_, response) => {
      response.writeHead(200, { 'content-length': total, 'cache-control': 'max-age=60' });
      let sent = 0;
      const send = (): void => {
        let isTaken = true;
        while (isTaken && sent < total) {
          isTaken = response.write(block);
          sent += block.length;
        }
        if (sent === total) response.end();
      };
      response.on('drain', send);
      send();
    });
    const { url } = await makeProxy(opened, origin.url);
    const before = process.memoryUsage().rss;
    let most = 0;
    const received = await new Promise<number>((resolve, reject) => {
      const request = httpRequest(url, { agent: false }, (response) => {
        let bytes = 0;
        response.on('data', (chunk: Buffer) => {
          bytes += chunk.length;
          most = Math.max(most, process.memoryUsage.rss());
        });
        response.on('end', () => resolve(bytes));
        response.on('error', reject);
      });
      request.on('error', reject).end();
    });
    expect(received).to.equal(total);
    // Origin, proxy and client share this process: each holds its buffers, none the body.
    expect(most - before).to.be.lessThan(120 * 1024 * 1024);
  });
});
