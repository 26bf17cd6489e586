import { createServer as createHttpsServer, request as httpsRequest } from 'node:https';
import {
  connect as connectHttp2,
  createSecureServer,
  type ClientHttp2Session,
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
} from 'node:http2';
import { rejects } from 'node:assert/strict';
import { expect } from 'chai';
import { ProxyStartError } from '#src/base/proxy-errors.js';
import { ask, until } from '../support/clients.js';
import { makeCertificate } from '../support/certificate.js';
import { httpOrigin, listen, Opened } from '../support/origins.js';
import { makeProxy } from '../support/proxies.js';

const TLS = makeCertificate();

describe('TLS and HTTP/2 in front', () => {
  const opened = new Opened();
  afterEach(() => opened.close());

  function dialHttp2(port: number): ClientHttp2Session {
    const session = connectHttp2(`https://localhost:${port}`, { ca: TLS.cert });
    session.on('error', () => undefined);
    opened.add(() => session.destroy());
    return session;
  }

  interface Got {
    status: number;
    headers: IncomingHttpHeaders;
    body: string;
    interim: IncomingHttpHeaders[];
    trailers: IncomingHttpHeaders | undefined;
  }

  function askHttp2(session: ClientHttp2Session, headers: OutgoingHttpHeaders, body?: string): Promise<Got> {
    return new Promise((resolve, reject) => {
      const stream = session.request(headers, { endStream: body === undefined });
      const got: Got = { status: 0, headers: {}, body: '', interim: [], trailers: undefined };
      stream.on('headers', (fields) => got.interim.push(fields));
      stream.on('response', (fields) => {
        got.status = fields[':status']!;
        got.headers = fields;
      });
      stream.on('trailers', (fields) => (got.trailers = fields));
      stream.on('data', (chunk) => (got.body += String(chunk)));
      stream.on('error', reject);
      stream.on('close', () => (stream.rstCode === 0 ? resolve(got) : reject(new Error(`reset: ${stream.rstCode}`))));
      if (body !== undefined) stream.end(body);
    });
  }

  it('answer over HTTP/1.1 with TLS, from origin and store', async () => {
    const origin = await httpOrigin(opened, (request, response) => {
      response.setHeader('cache-control', 'max-age=60').end(String(request.headers['x-forwarded-proto']));
    });
    const proxy = await makeProxy(opened, origin.url, { tls: TLS });
    expect(proxy.url).to.match(/^https:/);
    const words: unknown[] = [];
    for (let round = 0; round < 2; round++) {
      words.push(
        await new Promise((resolve, reject) => {
          const options = { ca: TLS.cert, agent: false, port: proxy.port, host: 'localhost' };
          const request = httpsRequest(options, (response) => {
            let body = '';
            response.on('data', (chunk) => (body += String(chunk)));
            response.on('end', () => resolve([response.headers['x-cache'], body]));
          });
          request.on('error', reject).end();
        }),
      );
    }
    expect(words).to.deep.equal([
      ['MISS', 'https'],
      ['HIT', 'https'],
    ]);
  });

  it('answer over HTTP/2, from origin and store, with several lines of a field', async () => {
    const origin = await httpOrigin(opened, (_, response) => {
      response.setHeader('cache-control', 'max-age=60').setHeader('x-list', ['a', 'b']).end('hello');
    });
    const proxy = await makeProxy(opened, origin.url, { tls: TLS });
    const session = dialHttp2(proxy.port);
    const miss = await askHttp2(session, { ':path': '/x' });
    const hit = await askHttp2(session, { ':path': '/x' });
    const head = await askHttp2(session, { ':path': '/x', ':method': 'HEAD' });
    expect([miss, hit, head].map(({ status, body, headers }) => [status, headers['x-cache'], body])).to.deep.equal([
      [200, 'MISS', 'hello'],
      [200, 'HIT', 'hello'],
      [200, 'HIT', ''],
    ]);
    expect(hit.headers['x-list']).to.equal('a, b');
    expect(origin.requests).to.have.length(1);
    expect(origin.requests[0]!.headers['x-forwarded-host']).to.equal(`localhost:${proxy.port}`);
  });

  it('pass content, interim responses and trailers over HTTP/2', async () => {
    const origin = await httpOrigin(opened, (request, response) => {
      let body = '';
      request.on('data', (chunk) => (body += String(chunk)));
      request.on('end', () => {
        response.writeEarlyHints({ link: '</a.css>; rel=preload' });
        response.writeHead(200, { trailer: 'x-sum' });
        response.write(`${request.method} ${body}`);
        setTimeout(() => {
          response.addTrailers({ 'x-sum': '7' });
          response.end();
        }, 10);
      });
    });
    const proxy = await makeProxy(opened, origin.url, { tls: TLS });
    const got = await askHttp2(dialHttp2(proxy.port), { ':path': '/', ':method': 'POST' }, 'content');
    expect([got.status, got.body]).to.deep.equal([200, 'POST content']);
    expect(got.interim[0]).to.include({ ':status': 103, link: '</a.css>; rel=preload' });
    expect(got.trailers).to.include({ 'x-sum': '7' });
  });

  it('bring the crumbs of a Cookie to the origin as one line', async () => {
    const origin = await httpOrigin(opened, (request, response) => response.end(JSON.stringify(request.rawHeaders)));
    const proxy = await makeProxy(opened, origin.url, { tls: TLS });
    const got = await askHttp2(dialHttp2(proxy.port), { ':path': '/', cookie: ['a=1', 'b=2'] });
    expect(got.body).to.include('"cookie","a=1; b=2"');
  });

  it('refuse over HTTP/2 what is refused over HTTP/1, stream by stream', async () => {
    const origin = await httpOrigin(opened, (_, response) => response.end('ok'));
    const proxy = await makeProxy(opened, origin.url, { tls: TLS, limits: { bodyBytes: 10 } });
    const session = dialHttp2(proxy.port);
    const cases: [OutgoingHttpHeaders, number][] = [
      [{ ':path': '/a/../b' }, 400],
      [{ ':path': '/', ':authority': 'a@b' }, 400],
      [{ ':path': '/', ':authority': 'a', host: 'b' }, 400],
      [{ ':path': '/', ':method': 'TRACE' }, 405],
      [{ ':path': '/', ':method': 'PURGE' }, 405],
      [{ ':path': `/${'a'.repeat(9000)}` }, 414],
    ];
    // What newer versions of Node's HTTP/2 library refuse by themselves does not even come to us.
    const refusedBelow = (error: Error): number => {
      expect(error.message).to.contain('NGHTTP2_PROTOCOL_ERROR');
      return 400;
    };
    for (const [headers, status] of cases) {
      expect(await askHttp2(session, headers).then((answer) => answer.status, refusedBelow)).to.equal(status);
    }
    const tooLong = await askHttp2(session, { ':path': '/', ':method': 'POST' }, 'x'.repeat(20));
    expect(tooLong.status).to.equal(413);
    expect((await askHttp2(session, { ':path': '/' })).status).to.equal(200);
  });

  it('reset a stream over HTTP/2 whose body breaks off', async () => {
    const origin = await httpOrigin(opened, (_, response) => {
      response.writeHead(200, { 'content-length': '100' }).write('half');
      setTimeout(() => response.destroy(), 20);
    });
    const proxy = await makeProxy(opened, origin.url, { tls: TLS });
    await rejects(askHttp2(dialHttp2(proxy.port), { ':path': '/' }), /NGHTTP2_INTERNAL_ERROR/);
  });

  it('call the origin off when a client cancels its stream', async () => {
    let isClosed = false;
    const origin = await httpOrigin(opened, (_, response) => void response.on('close', () => (isClosed = true)));
    const proxy = await makeProxy(opened, origin.url, { tls: TLS });
    const session = dialHttp2(proxy.port);
    const stream = session.request({ ':path': '/', ':method': 'DELETE' });
    stream.on('error', () => undefined);
    await until(() => origin.requests.length === 1);
    stream.close(8);
    await until(() => isClosed);
  });

  it('end in order when the proxy drains: running streams are finished', async () => {
    let finish: () => void = () => undefined;
    const origin = await httpOrigin(opened, (_, response) => void (finish = () => response.end('whole')));
    const proxy = await makeProxy(opened, origin.url, { tls: TLS });
    const running = askHttp2(dialHttp2(proxy.port), { ':path': '/' });
    await until(() => origin.requests.length === 1);
    const drained = proxy.drain();
    finish();
    expect((await running).body).to.equal('whole');
    await drained;
  });

  it('are not offered where they are switched off', async () => {
    const origin = await httpOrigin(opened, (_, response) => response.end('ok'));
    const proxy = await makeProxy(opened, origin.url, { tls: TLS, http2: false });
    const session = dialHttp2(proxy.port);
    await new Promise((resolve) => session.once('close', resolve));
    expect(session.alpnProtocol).to.not.equal('h2');
  });

  it('need a certificate that fits its key', async () => {
    const other = makeCertificate();
    await rejects(
      makeProxy(opened, 'http://127.0.0.1:1', { tls: { cert: TLS.cert, key: other.key } }),
      (error: ProxyStartError) => error instanceof ProxyStartError && error.code === 'ERR_CACHEWARP_TLS',
    );
  });
});

describe('TLS and HTTP/2 towards the origin', () => {
  const opened = new Opened();
  afterEach(() => opened.close());

  it('verify the origin’s certificate by the configured authority', async () => {
    const server = createHttpsServer(TLS, (_, response) => response.end('secure'));
    const port = await listen(server);
    opened.add(() => void server.close());
    const trusting = await makeProxy(opened, `https://localhost:${port}`, { upstream: { tls: { ca: TLS.cert } } });
    expect((await ask(trusting.url)).body).to.equal('secure');
    const wary = await makeProxy(opened, `https://localhost:${port}`);
    expect((await ask(wary.url)).status).to.equal(502);
    const misled = await makeProxy(opened, `https://localhost:${port}`, {
      upstream: { tls: { ca: TLS.cert, servername: 'other.example' } },
    });
    expect((await ask(misled.url)).status).to.equal(502);
    server.closeAllConnections();
  });

  it('take a stream over HTTP/2 that ends before its Content-Length for incomplete', async () => {
    let count = 0;
    const server = createSecureServer(TLS, (_, response) => {
      response.writeHead(200, { 'cache-control': 'max-age=60', 'content-length': '8' });
      response.end(++count === 1 ? 'half' : 'complete');
    });
    const port = await new Promise<number>((resolve) => {
      server.listen(0, '127.0.0.1', () => resolve((server.address() as { port: number }).port));
    });
    opened.add(() => void server.close());
    const { url } = await makeProxy(opened, `https://localhost:${port}`, {
      upstream: { http2: true, tls: { ca: TLS.cert } },
    });
    const first = await ask(url).catch((error: unknown) => error);
    if (!(first instanceof Error)) expect(first).to.include({ status: 502 });
    const second = await ask(url);
    expect([second.headers['x-cache'], second.body]).to.deep.equal(['MISS', 'complete']);
  });

  it('speak HTTP/2 to an origin that offers it, when asked to', async () => {
    const versions: string[] = [];
    const server = createSecureServer({ ...TLS, allowHTTP1: true }, (request, response) => {
      versions.push(request.httpVersion);
      response.setHeader('cache-control', 'max-age=60');
      response.end(`${request.method} ${request.url}`);
    });
    const port = await new Promise<number>((resolve) => {
      server.listen(0, '127.0.0.1', () => resolve((server.address() as { port: number }).port));
    });
    opened.add(() => void server.close());
    const { url } = await makeProxy(opened, `https://localhost:${port}`, {
      upstream: { http2: true, tls: { ca: TLS.cert } },
    });
    expect((await ask(`${url}/x?y=1`)).body).to.equal('GET /x?y=1');
    expect((await ask(`${url}/x?y=1`)).headers['x-cache']).to.equal('HIT');
    expect((await ask(`${url}/y`, { method: 'POST', body: 'content' })).body).to.equal('POST /y');
    expect(versions).to.deep.equal(['2.0', '2.0']);
  });
});
