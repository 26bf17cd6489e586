import { rejects } from 'node:assert/strict';
import type { Socket } from 'node:net';
import { HeaderFields, type HttpRequest, type HttpResponse, type OriginContext } from '@cachewarp/http';
import { expect } from 'chai';
import { UpstreamError } from '#src/base/proxy-errors.js';
import { resolveOrigins, resolveUpstream, type UpstreamOptions } from '#src/upstream/upstream-options.js';
import { UpstreamOrigin, type OriginFetch } from '#src/upstream/upstream-origin.js';
import { freePort, httpOrigin, Opened, rawOrigin, scriptedOrigin } from '../support/origins.js';

const ADDED = { pseudonym: 'cachewarp', requestId: 'id-1', acceptsTrailers: false };

describe('UpstreamOrigin', () => {
  const opened = new Opened();
  afterEach(() => opened.close());

  function makeOrigin(url: string | string[], options: UpstreamOptions = {}, onFetch?: (fetch: OriginFetch) => void) {
    const policy = resolveUpstream({ retryDelay: '1ms', ...options });
    const parts = onFetch === undefined ? {} : { events: { onFetch } };
    const origin = new UpstreamOrigin(resolveOrigins(url, policy), policy, parts);
    opened.add(() => origin.destroy());
    return origin;
  }

  it('sends path, method and fields as they are, with its own Host, Via and X-Request-Id', async () => {
    const server = await rawOrigin(opened, ({ socket }) => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'));
    const origin = makeOrigin(server.url);
    const request = makeRequest({
      target: '/a%2Fb//c?x=1&x=2;%0d%0a',
      headers: HeaderFields.fromRaw(['Accept', 'a', 'ACCEPT', 'b', 'X-\u0041ge', 'caf\u00e9']),
    });
    await origin.fetch(request, makeContext(), ADDED);
    expect(server.connections[0]!.received.split('\r\n')).to.deep.equal([
      'GET /a%2Fb//c?x=1&x=2;%0d%0a HTTP/1.1',
      `host: 127.0.0.1:${server.port}`,
      'connection: keep-alive',
      'Accept: a',
      'ACCEPT: b',
      'X-Age: caf\u00e9',
      'X-Request-Id: id-1',
      'Via: 1.1 cachewarp',
      '',
      '',
    ]);
  });

  it('sends the client’s Host under preserveHost', async () => {
    const server = await httpOrigin(opened, (request, response) => response.end(request.headers.host));
    const origin = makeOrigin(server.url, { preserveHost: true });
    const response = await origin.fetch(makeRequest({ authority: 'shop.example:81' }), makeContext(), ADDED);
    expect(await text(response)).to.equal('shop.example:81');
  });

  it('answers a small body in one piece, with fields in order and letter case as they came', async () => {
    const server = await scriptedOrigin(
      opened,
      'HTTP/1.1 299 Odd \xe9\r\nX-B: 2\r\nx-a: 1\r\nX-B: 3\r\nKeep-Alive: timeout=5\r\nContent-Length: 2\r\n\r\nhi',
    );
    const response = await makeOrigin(server.url).fetch(makeRequest(), makeContext(), ADDED);
    expect(response.status).to.equal(299);
    expect(response.body).to.be.instanceOf(Uint8Array);
    expect(await text(response)).to.equal('hi');
    expect(response.headers.raw).to.deep.equal(['X-B', '2', 'x-a', '1', 'X-B', '3', 'Content-Length', '2']);
  });

  it('streams a body as it arrives, and ends it only when its framing says so', async () => {
    let write: (text: string) => void = () => undefined;
    const server = await httpOrigin(opened, (_, response) => {
      response.write('one ');
      write = (chunk) => (chunk === '' ? response.end() : response.write(chunk));
    });
    const response = await makeOrigin(server.url).fetch(makeRequest(), makeContext(), ADDED);
    const reader = (response.body as AsyncIterable<Uint8Array>)[Symbol.asyncIterator]();
    expect(Buffer.from((await reader.next()).value as Uint8Array).toString()).to.equal('one ');
    const second = reader.next();
    write('two');
    expect(Buffer.from((await second).value as Uint8Array).toString()).to.equal('two');
    write('');
    expect((await reader.next()).done).to.equal(true);
  });

  it('tells of interim responses in order before the final one', async () => {
    const server = await scriptedOrigin(
      opened,
      'HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\n\r\n' +
        'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n',
    );
    const interim: unknown[] = [];
    const context = {
      ...makeContext(),
      onInformational: (status: number, headers: HeaderFields) => interim.push([status, ...headers.raw]),
    };
    const response = await makeOrigin(server.url).fetch(makeRequest(), context, ADDED);
    expect(response.status).to.equal(200);
    expect(interim).to.deep.equal([[102], [103, 'Link', '</a.css>; rel=preload']]);
  });

  it('hands trailers over, without those that pretend to be fields of the head', async () => {
    const server = await scriptedOrigin(
      opened,
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\nX-Sum: 7\r\nCache-Control: public\r\n\r\n',
    );
    const response = await makeOrigin(server.url).fetch(makeRequest(), makeContext(), ADDED);
    expect(await text(response)).to.equal('hi');
    expect((await response.trailers)!.raw).to.deep.equal(['X-Sum', '7']);
  });

  describe('when the response is not whole', () => {
    const cases: [title: string, answer: string | ((socket: Socket) => void), fault: string][] = [
      ['shorter than Content-Length', endAfter('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc'), 'reset'],
      ['cut within a chunk', endAfter('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabc'), 'reset'],
      [
        'without its last chunk',
        endAfter('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n'),
        'reset',
      ],
      [
        'reset where the end of the connection is the end of the body',
        (socket) => {
          socket.write('HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nabc');
          setTimeout(() => socket.resetAndDestroy(), 30);
        },
        'reset',
      ],
    ];
    for (const [title, answer, fault] of cases) {
      it(`makes the body throw: ${title}`, async () => {
        const server = await scriptedOrigin(opened, answer);
        const response = await makeOrigin(server.url, { retries: 0 }).fetch(makeRequest(), makeContext(), ADDED);
        await rejects(text(response), { fault });
      });
    }

    it('takes an orderly end of the connection for the end of the body', async () => {
      const server = await scriptedOrigin(opened, endAfter('HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nabc'));
      const response = await makeOrigin(server.url).fetch(makeRequest(), makeContext(), ADDED);
      expect(await text(response)).to.equal('abc');
    });
  });

  describe('refuses a response, without trying again, that', () => {
    const chunked = 'Transfer-Encoding: chunked\r\n';
    const cases: [title: string, answer: string][] = [
      ['has a length and chunks', `HTTP/1.1 200 OK\r\nContent-Length: 3\r\n${chunked}\r\n3\r\nabc\r\n0\r\n\r\n`],
      ['has another coding', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\nConnection: close\r\n\r\nabc'],
      ['has two lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabc'],
      ['has a signed length', 'HTTP/1.1 200 OK\r\nContent-Length: +3\r\n\r\nabc'],
      ['has a control character in a value', 'HTTP/1.1 200 OK\r\nX-A: a\x01b\r\nContent-Length: 0\r\n\r\n'],
      ['is not HTTP', 'SSH-2.0-OpenSSH\r\n\r\n'],
      ['has too many fields', `HTTP/1.1 200 OK\r\n${'X-A: 1\r\n'.repeat(1001)}Content-Length: 0\r\n\r\n`],
      ['has too large a head', `HTTP/1.1 200 OK\r\nX-A: ${'a'.repeat(70_000)}\r\nContent-Length: 0\r\n\r\n`],
      ['changes the protocol unasked', 'HTTP/1.1 101 Switching\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n'],
      [
        'never ends its interim responses',
        `${'HTTP/1.1 103 Hints\r\n\r\n'.repeat(40)}HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n`,
      ],
    ];
    for (const [title, answer] of cases) {
      it(title, async () => {
        const server = await scriptedOrigin(opened, answer);
        const origin = makeOrigin(server.url, { retries: 0 });
        await rejects(origin.fetch(makeRequest(), makeContext(), ADDED), (error: UpstreamError) => {
          return error instanceof UpstreamError && (error.fault === 'protocol' || error.fault === 'reset');
        });
      });
    }
  });

  describe('tries', () => {
    it('three times in all when every connection is reset, and counts them', async () => {
      const fetches: OriginFetch[] = [];
      const server = await scriptedOrigin(opened, (socket) => socket.resetAndDestroy());
      const origin = makeOrigin(server.url, {}, (fetch) => fetches.push(fetch));
      await rejects(origin.fetch(makeRequest(), makeContext(), ADDED), { fault: 'reset' });
      expect(server.connections).to.have.length(3);
      expect(fetches.map(({ tries, fault }) => [tries, fault])).to.deep.equal([[3, 'reset']]);
    });

    it('three times in all when pooled connections are reset, too', async () => {
      let isResetting = false;
      let received = 0;
      const server = await scriptedOrigin(opened, (socket) => {
        received++;
        if (isResetting) socket.resetAndDestroy();
        else socket.write('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n');
      });
      const origin = makeOrigin(server.url);
      await Promise.all(Array.from({ length: 8 }, () => origin.fetch(makeRequest(), makeContext(), ADDED)));
      isResetting = true;
      received = 0;
      await rejects(origin.fetch(makeRequest(), makeContext(), ADDED), { fault: 'reset' });
      expect(received).to.equal(3);
    });

    it('once what may not be sent twice', async () => {
      const server = await scriptedOrigin(opened, (socket) => socket.resetAndDestroy());
      const origin = makeOrigin(server.url);
      await rejects(origin.fetch(makeRequest({ method: 'POST' }), makeContext(), ADDED), { fault: 'reset' });
      expect(server.connections).to.have.length(1);
    });

    it('once a request with content', async () => {
      const server = await scriptedOrigin(opened, (socket) => socket.resetAndDestroy());
      const request = makeRequest({ method: 'PUT', body: pieces('abc') });
      await rejects(makeOrigin(server.url).fetch(request, makeContext(), ADDED), { fault: 'reset' });
      expect(server.connections).to.have.length(1);
    });

    it('once an origin that is too slow', async () => {
      const server = await scriptedOrigin(opened, () => undefined);
      const origin = makeOrigin(server.url, { firstByteTimeout: '40ms' });
      await rejects(origin.fetch(makeRequest(), makeContext(), ADDED), { fault: 'timeout' });
      expect(server.connections).to.have.length(1);
    });

    it('again and succeeds', async () => {
      const server = await scriptedOrigin(opened, (socket, count) => {
        if (count < 3) socket.resetAndDestroy();
        else socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
      });
      const response = await makeOrigin(server.url).fetch(makeRequest(), makeContext(), ADDED);
      expect(await text(response)).to.equal('ok');
    });

    it('another upstream where one refuses connections', async () => {
      const server = await httpOrigin(opened, (_, response) => response.end('ok'));
      const dead = `http://127.0.0.1:${await freePort()}`;
      const origin = makeOrigin([dead, server.url]);
      for (let round = 0; round < 4; round++) {
        const response = await origin.fetch(makeRequest(), makeContext(), ADDED);
        expect(await text(response)).to.equal('ok');
      }
    });
  });

  it('says that nobody answers when the origin refuses connections', async () => {
    const origin = makeOrigin(`http://127.0.0.1:${await freePort()}`);
    await rejects(origin.fetch(makeRequest(), makeContext(), ADDED), {
      fault: 'connect',
      code: 'ERR_CACHEWARP_UPSTREAM_CONNECT',
    });
  });

  it('cuts a body that stalls', async () => {
    const server = await httpOrigin(opened, (_, response) => response.write('half'));
    const origin = makeOrigin(server.url, { idleTimeout: '40ms' });
    await rejects(text(await origin.fetch(makeRequest(), makeContext(), ADDED)), { fault: 'timeout' });
  });

  it('does not blame an origin for the time that the reader takes', async () => {
    const server = await httpOrigin(opened, (_, response) => response.end(Buffer.alloc(4 * 1024 * 1024)));
    const origin = makeOrigin(server.url, { idleTimeout: '40ms' });
    const response = await origin.fetch(makeRequest(), makeContext(), ADDED);
    const reader = (response.body as AsyncIterable<Uint8Array>)[Symbol.asyncIterator]();
    let received = ((await reader.next()).value as Uint8Array).length;
    await new Promise((resolve) => setTimeout(resolve, 150));
    for await (const chunk of { [Symbol.asyncIterator]: () => reader }) received += chunk.length;
    expect(received).to.equal(4 * 1024 * 1024);
  });

  it('lets an event stream be silent, and frees its place at the origin', async () => {
    const server = await httpOrigin(opened, (_, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).write('data: 1\n\n');
      setTimeout(() => response.end('data: 2\n\n'), 120);
    });
    const origin = makeOrigin(server.url, { idleTimeout: '40ms' });
    const response = await origin.fetch(makeRequest(), makeContext(), ADDED);
    expect(origin.inFlight).to.equal(0);
    expect(await text(response)).to.equal('data: 1\n\ndata: 2\n\n');
    expect(origin.inFlight).to.equal(0);
  });

  it('cuts a response that takes longer than totalTimeout', async () => {
    const server = await httpOrigin(opened, (_, response) => {
      const drip = setInterval(() => response.write('.'), 10);
      response.on('close', () => clearInterval(drip));
    });
    const origin = makeOrigin(server.url, { totalTimeout: '80ms' });
    await rejects(text(await origin.fetch(makeRequest(), makeContext(), ADDED)), { fault: 'timeout' });
  });

  it('breaks the request off when nobody waits any more', async () => {
    let isClosed: Promise<unknown> = Promise.resolve();
    const server = await httpOrigin(opened, (_, response) => {
      isClosed = new Promise((resolve) => response.on('close', resolve));
      controller.abort();
    });
    const controller = new AbortController();
    const origin = makeOrigin(server.url);
    await rejects(origin.fetch(makeRequest(), { signal: controller.signal }, ADDED), { fault: 'aborted' });
    await isClosed;
    expect(origin.inFlight).to.equal(0);
  });

  it('destroys the upstream request when the client breaks an upload off', async () => {
    let outcome: Promise<boolean> | undefined;
    const server = await httpOrigin(opened, (request) => {
      request.resume();
      outcome = new Promise((resolve) => {
        request.on('end', () => resolve(true));
        request.on('error', () => resolve(false));
      });
    });
    const request = makeRequest({
      method: 'POST',
      body: (async function* () {
        yield Buffer.from('half');
        await new Promise((resolve) => setTimeout(resolve, 30));
        throw new UpstreamError('request', 'the client left');
      })(),
    });
    await rejects(makeOrigin(server.url).fetch(request, makeContext(), ADDED), { fault: 'request' });
    expect(await outcome).to.equal(false);
  });

  it('lets so many requests go to the origin at a time, so many wait, and refuses the rest', async () => {
    const release: (() => void)[] = [];
    const server = await httpOrigin(opened, (_, response) => void release.push(() => response.end('ok')));
    const origin = makeOrigin(server.url, { maxConcurrency: 2, maxQueue: 1 });
    const running = Array.from({ length: 3 }, () => origin.fetch(makeRequest(), makeContext(), ADDED));
    await rejects(origin.fetch(makeRequest(), makeContext(), ADDED), { fault: 'overloaded' });
    await until(() => release.length === 2);
    expect([origin.inFlight, origin.queued]).to.deep.equal([2, 1]);
    release[0]!();
    await until(() => release.length === 3);
    release[1]!();
    release[2]!();
    expect(await Promise.all((await Promise.all(running)).map(text))).to.deep.equal(['ok', 'ok', 'ok']);
    expect([origin.inFlight, origin.queued]).to.deep.equal([0, 0]);
  });

  it('gives up waiting for a place after queueTimeout', async () => {
    const server = await httpOrigin(opened, () => undefined);
    const origin = makeOrigin(server.url, { maxConcurrency: 1, queueTimeout: '30ms' });
    const controller = new AbortController();
    const first = origin.fetch(makeRequest(), { signal: controller.signal }, ADDED);
    await rejects(origin.fetch(makeRequest(), makeContext(), ADDED), { fault: 'overloaded', retryAfterMs: 1000 });
    controller.abort();
    await rejects(first, { fault: 'aborted' });
  });

  it('leaves an origin alone that fails again and again, and probes it after a while', async () => {
    let isDown = true;
    const server = await scriptedOrigin(opened, (socket) => {
      if (isDown) socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n');
      else socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
    });
    const origin = makeOrigin(server.url, { retries: 0, breaker: { failureThreshold: 3, openFor: '60ms', jitter: 0 } });
    for (let round = 0; round < 3; round++)
      await rejects(origin.fetch(makeRequest(), makeContext(), ADDED), { fault: 'protocol' });
    const { requests } = origin.upstreams[0]!.counters;
    await rejects(origin.fetch(makeRequest(), makeContext(), ADDED), (error: UpstreamError) => {
      return error.fault === 'unavailable' && error.retryAfterMs! > 0;
    });
    expect(origin.upstreams[0]!.counters.requests).to.equal(requests);
    expect(origin.upstreams[0]!.breakerState).to.equal('open');
    isDown = false;
    await until(() => Date.now() >= origin.upstreams[0]!.retryAt);
    expect(await text(await origin.fetch(makeRequest(), makeContext(), ADDED))).to.equal('ok');
    expect(origin.upstreams[0]!.breakerState).to.equal('closed');
  });

  it('holds a connection that breaks off against what was asked, until no request of many gets an answer', async () => {
    let isDown = true;
    const server = await scriptedOrigin(opened, (socket) => {
      if (isDown) socket.resetAndDestroy();
      else socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
    });
    const origin = makeOrigin(server.url, { retries: 0, breaker: { failureThreshold: 2, openFor: '1h' } });
    const fail = async (times: number): Promise<void> => {
      for (let round = 0; round < times; round++)
        await rejects(origin.fetch(makeRequest(), makeContext(), ADDED), { fault: 'reset' });
    };
    await fail(49);
    isDown = false;
    await text(await origin.fetch(makeRequest(), makeContext(), ADDED));
    isDown = true;
    await fail(50);
    expect(origin.upstreams[0]!.breakerState).to.equal('closed');
    await fail(1);
    expect(origin.upstreams[0]!.breakerState).to.equal('open');
  });

  it('takes upstreams in turn', async () => {
    const first = await httpOrigin(opened, (_, response) => response.end('1'));
    const second = await httpOrigin(opened, (_, response) => response.end('2'));
    const origin = makeOrigin([first.url, second.url]);
    for (let round = 0; round < 6; round++) await text(await origin.fetch(makeRequest(), makeContext(), ADDED));
    expect([first.requests.length, second.requests.length]).to.deep.equal([3, 3]);
  });

  it('prefers the upstream with the fewest requests in flight', async () => {
    const slow = await httpOrigin(opened, (_, response) => void setTimeout(() => response.end('slow'), 200));
    const quick = await httpOrigin(opened, (_, response) => response.end('quick'));
    const origin = makeOrigin([quick.url, slow.url], { balance: 'least-in-flight' });
    const hanging = origin.fetch(makeRequest(), makeContext(), ADDED);
    for (let round = 0; round < 4; round++) {
      expect(await text(await origin.fetch(makeRequest(), makeContext(), ADDED))).to.equal('quick');
    }
    expect(await text(await hanging)).to.equal('slow');
  });

  it('gives no requests to an upstream whose probes fail, until they succeed again', async () => {
    let isSick = true;
    const sick = await httpOrigin(opened, (request, response) => {
      response.statusCode = request.url === '/health' && isSick ? 503 : 200;
      response.end('sick');
    });
    const well = await httpOrigin(opened, (_, response) => response.end('well'));
    const origin = makeOrigin([sick.url, well.url], {
      health: { path: '/health', interval: '10ms', healthyAfter: 1, unhealthyAfter: 2 },
    });
    origin.startProbing();
    await until(() => !origin.upstreams[0]!.isHealthy);
    for (let round = 0; round < 4; round++) {
      expect(await text(await origin.fetch(makeRequest(), makeContext(), ADDED))).to.equal('well');
    }
    isSick = false;
    await until(() => origin.upstreams[0]!.isHealthy);
  });

  it('makes a Location that names the origin’s address relative, and leaves others alone', async () => {
    const server: { url: string } = await httpOrigin(opened, (request, response) => {
      const locations: Record<string, string> = {
        '/own': `${server.url}/next?a=1`,
        '/bare': server.url,
        '/other': 'https://elsewhere.example/next',
        // Cut to its path, this would name another server.
        '/double': `${server.url}//elsewhere.example/next`,
      };
      response.writeHead(302, { location: locations[request.url!] }).end();
    });
    const origin = makeOrigin(server.url);
    const locationOf = async (target: string): Promise<string | undefined> =>
      (await origin.fetch(makeRequest({ target }), makeContext(), ADDED)).headers.get('location');
    expect(await locationOf('/own')).to.equal('/next?a=1');
    expect(await locationOf('/bare')).to.equal('/');
    expect(await locationOf('/other')).to.equal('https://elsewhere.example/next');
    expect(await locationOf('/double')).to.equal(`${server.url}//elsewhere.example/next`);
  });

  it('lets an answer that varies by a field of ours vary by everything', async () => {
    const server = await httpOrigin(opened, (_, response) => response.setHeader('vary', 'Accept, X-Request-Id').end());
    const response = await makeOrigin(server.url).fetch(makeRequest(), makeContext(), ADDED);
    expect(response.headers.get('vary')).to.contain('*');
  });

  it('holds an origin back whose reader is slow', async () => {
    const total = 64 * 1024 * 1024;
    let sent = 0;
    const server = await httpOrigin(opened, (_, response) => {
      const block = Buffer.alloc(64 * 1024);
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
    const response = await makeOrigin(server.url).fetch(makeRequest(), makeContext(), ADDED);
    const reader = (response.body as AsyncIterable<Uint8Array>)[Symbol.asyncIterator]();
    let received = ((await reader.next()).value as Uint8Array).length;
    await new Promise((resolve) => setTimeout(resolve, 100));
    const sentToNobody = sent;
    expect(sentToNobody).to.be.lessThan(total / 2);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(sent).to.equal(sentToNobody);
    for await (const chunk of { [Symbol.asyncIterator]: () => reader }) received += chunk.length;
    expect(received).to.equal(total);
  });
});

function endAfter(answer: string): (socket: Socket) => void {
  return (socket) => void socket.end(answer, 'latin1');
}

function makeRequest(parts: Partial<HttpRequest> = {}): HttpRequest {
  return {
    method: 'GET',
    scheme: 'http',
    authority: 'proxy.example',
    target: '/',
    headers: HeaderFields.empty,
    ...parts,
  };
}

function makeContext(): OriginContext {
  return { signal: new AbortController().signal };
}

async function* pieces(...parts: string[]): AsyncGenerator<Uint8Array> {
  for (const part of parts) yield Buffer.from(part);
}

async function text(response: HttpResponse): Promise<string> {
  if (response.body === null) return '';
  if (response.body instanceof Uint8Array) return Buffer.from(response.body).toString();
  const chunks: Uint8Array[] = [];
  for await (const chunk of response.body) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 5));
}
