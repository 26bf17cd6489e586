import { createHash } from 'node:crypto';
import type { Socket } from 'node:net';
import { expect } from 'chai';
import { dial, open, speak, statusOf, until } from '../support/clients.js';
import { httpOrigin, Opened, scriptedOrigin, type HttpOrigin } from '../support/origins.js';
import { makeProxy } from '../support/proxies.js';

const UPGRADE =
  'GET /chat?x=1 HTTP/1.1\r\nHost: a.example\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n' +
  'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n';

describe('upgraded connections', () => {
  const opened = new Opened();
  afterEach(() => opened.close());

  /** An origin that says 101 and then echoes. */
  async function makeEcho(): Promise<HttpOrigin & { sockets: Socket[] }> {
    const sockets: Socket[] = [];
    const origin = await httpOrigin(opened, (_, response) => response.end('plain'));
    origin.server.on('upgrade', (request, socket, head) => {
      sockets.push(socket as Socket);
      origin.requests.push(request);
      const accept = createHash('sha1')
        .update(`${String(request.headers['sec-websocket-key'])}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`)
        .digest('base64');
      socket.write(
        'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n' +
          `Sec-WebSocket-Accept: ${accept}\r\n\r\n`,
      );
      if (head.length > 0) socket.write(head);
      socket.on('error', () => undefined);
      socket.pipe(socket);
      opened.add(() => void socket.destroy());
    });
    return { ...origin, sockets };
  }

  it('pass both ways after the origin said 101, with what the client sent too early', async () => {
    const origin = await makeEcho();
    const proxy = await makeProxy(opened, origin.url);
    const socket = await dial(opened, proxy.port);
    let received = '';
    socket.on('data', (data) => (received += data.toString('latin1')));
    socket.write(`${UPGRADE}early`);
    await until(() => received.endsWith('early'));
    expect(received).to.match(/^HTTP\/1\.1 101 /);
    expect(received).to.include('Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=');
    socket.write('later');
    await until(() => received.endsWith('later'));
    expect(origin.requests[0]!.url).to.equal('/chat?x=1');
    expect(origin.requests[0]!.headers).to.include({ 'x-forwarded-host': 'a.example', upgrade: 'websocket' });
    expect(proxy.counters.tunnels).to.equal(1);
    socket.end();
    await until(() => proxy.counters.tunnels === 0);
    await until(() => origin.sockets[0]!.destroyed);
  });

  it('end for the client when they end at the origin', async () => {
    const origin = await makeEcho();
    const proxy = await makeProxy(opened, origin.url);
    const socket = await dial(opened, proxy.port);
    socket.on('data', () => origin.sockets[0]!.destroy());
    const closed = new Promise((resolve) => socket.on('close', resolve));
    socket.write(UPGRADE);
    await closed;
    await until(() => proxy.counters.tunnels === 0);
  });

  it('do not run ahead of a side that does not read', async () => {
    const origin = await makeEcho();
    const proxy = await makeProxy(opened, origin.url);
    const socket = await dial(opened, proxy.port);
    socket.write(UPGRADE);
    await new Promise((resolve) => socket.once('data', resolve));
    socket.pause();
    const block = Buffer.alloc(1024 * 1024);
    let taken = 0;
    const fill = (): void => {
      while (taken < 64 && socket.write(block)) taken++;
      taken++;
    };
    socket.on('drain', () => taken < 64 && fill());
    fill();
    await new Promise((resolve) => setTimeout(resolve, 300));
    // The echo cannot return, so the origin stops reading, so the proxy does, and so does the client's socket take no more.
    expect(taken).to.be.lessThan(64);
  });

  it('are not opened when the origin does not want to', async () => {
    const origin = await httpOrigin(opened, (_, response) => response.writeHead(426, { 'x-a': 'b' }).end('no'));
    const proxy = await makeProxy(opened, origin.url);
    const received = await speak(proxy.port, `${UPGRADE}GET /behind HTTP/1.1\r\nHost: a\r\n\r\n`);
    expect(statusOf(received)).to.equal(426);
    expect(received).to.match(/\r\nx-a: b\r\n/i);
    expect(received).to.match(/no(\r\n0\r\n\r\n)?$/);
    expect(origin.requests.map(({ url }) => url)).to.deep.equal(['/chat?x=1']);
  });

  it('are not opened to an origin that answers with another protocol', async () => {
    const origin = await scriptedOrigin(
      opened,
      'HTTP/1.1 101 Switching\r\nConnection: upgrade\r\nUpgrade: other\r\n\r\nsecret',
    );
    const proxy = await makeProxy(opened, origin.url);
    const received = await speak(proxy.port, UPGRADE);
    expect(statusOf(received)).to.equal(502);
    expect(received).to.not.include('secret');
  });

  it('are 502 where nobody answers', async () => {
    const origin = await scriptedOrigin(opened, (socket) => socket.destroy());
    const proxy = await makeProxy(opened, origin.url);
    expect(statusOf(await speak(proxy.port, UPGRADE))).to.equal(502);
    expect(proxy.counters.tunnels).to.equal(0);
  });

  it('are so many at most', async () => {
    const origin = await makeEcho();
    const proxy = await makeProxy(opened, origin.url, { limits: { tunnels: 1 } });
    const socket = await dial(opened, proxy.port);
    socket.write(UPGRADE);
    await new Promise((resolve) => socket.once('data', resolve));
    expect(statusOf(await speak(proxy.port, UPGRADE))).to.equal(503);
  });

  it('end when nothing passes for too long', async () => {
    const origin = await makeEcho();
    const proxy = await makeProxy(opened, origin.url, { limits: { tunnelTimeout: '60ms' } });
    const received = await speak(proxy.port, UPGRADE);
    expect(statusOf(received)).to.equal(101);
  });

  it('are for listed protocols only: h2c is answered as if it had not been asked for', async () => {
    const origin = await makeEcho();
    const proxy = await makeProxy(opened, origin.url);
    const received = await speak(
      proxy.port,
      'GET /x HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n\r\n' +
        'GET /behind HTTP/1.1\r\nHost: a\r\n\r\n',
    );
    expect(statusOf(received)).to.equal(200);
    expect(received).to.match(/plain/);
    expect(origin.sockets).to.have.length(0);
    expect(origin.requests.map(({ url }) => url)).to.deep.equal(['/x']);
    expect(origin.requests[0]!.headers).to.not.have.any.keys('upgrade', 'http2-settings');
  });

  it('are not opened behind a request that was refused, or that is still being answered', async () => {
    const origin = await makeEcho();
    const proxy = await makeProxy(opened, origin.url);
    const refused = await speak(proxy.port, `GET /a/../b HTTP/1.1\r\nHost: a\r\n\r\n${UPGRADE}`);
    expect(refused.match(/HTTP\/1\.1 \d+/g)).to.deep.equal(['HTTP/1.1 400']);
    await speak(proxy.port, `GET /slow HTTP/1.1\r\nHost: a\r\n\r\n${UPGRADE}`);
    expect(origin.sockets).to.have.length(0);
  });

  it('are asked for with the changes that a rule makes', async () => {
    const origin = await makeEcho();
    const proxy = await makeProxy(opened, origin.url, {
      rules: [{ path: '/chat', request: { set: { 'X-Rule': 'yes' }, remove: ['Sec-WebSocket-Version'] } }],
    });
    await speak(proxy.port, UPGRADE, (text) => text.includes('\r\n\r\n'));
    expect(origin.requests[0]!.headers['x-rule']).to.equal('yes');
    expect(origin.requests[0]!.headers).to.not.have.property('sec-websocket-version');
  });

  it('are refused with a bad Host like any other request', async () => {
    const origin = await makeEcho();
    const proxy = await makeProxy(opened, origin.url);
    expect(statusOf(await speak(proxy.port, UPGRADE.replace('a.example', 'a:b@c')))).to.equal(400);
    expect(statusOf(await speak(proxy.port, UPGRADE.replace('GET', 'POST')))).to.equal(400);
  });
});

describe('server-sent events', () => {
  const opened = new Opened();
  afterEach(() => opened.close());

  it('arrive one by one, for each client his own stream, and are not stored', async () => {
    const streams: ((text: string) => void)[] = [];
    const origin = await httpOrigin(opened, (_, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.flushHeaders();
      streams.push((text) => response.write(`data: ${text}\n\n`));
    });
    const { url, origin: upstream } = await makeProxy(opened, origin.url, {
      upstream: { idleTimeout: '50ms', maxConcurrency: 1 },
    });
    const clients = await Promise.all([open(opened, `${url}/events`), open(opened, `${url}/events`)]);
    await until(() => streams.length === 2);
    const texts = ['', ''];
    clients.forEach((client, at) => client.on('data', (data) => (texts[at] += String(data))));
    for (const text of ['1', '2']) {
      for (const send of streams) send(text);
      await until(() => texts.every((all) => all.endsWith(`data: ${text}\n\n`)));
      // Longer than the idle timeout of other bodies.
      await new Promise((resolve) => setTimeout(resolve, 80));
    }
    expect(upstream.inFlight).to.equal(0);
  });
});
