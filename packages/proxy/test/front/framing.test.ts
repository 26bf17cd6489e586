import { expect } from 'chai';
import { ask, dial, speak, statusOf, until } from '../support/clients.js';
import { httpOrigin, Opened } from '../support/origins.js';
import { makeProxy } from '../support/proxies.js';

describe('what a client sends', () => {
  const opened = new Opened();
  afterEach(() => opened.close());

  async function makeEcho(options: Parameters<typeof makeProxy>[2] = {}) {
    const bodies: string[] = [];
    const origin = await httpOrigin(opened, (request, response) => {
      let body = '';
      request.on('data', (chunk) => (body += String(chunk)));
      request.on('end', () => {
        bodies.push(body);
        response.end('ok');
      });
    });
    const proxy = await makeProxy(opened, origin.url, options);
    return { origin, proxy, bodies };
  }

  describe('is refused, and the connection closed, when it has', () => {
    const host = 'Host: a.example\r\n';
    const cases: [title: string, request: string, status?: number][] = [
      ['no Host', 'GET / HTTP/1.1\r\n\r\n'],
      ['two Hosts', `GET / HTTP/1.1\r\n${host}${host}\r\n`],
      ['an empty Host', 'GET / HTTP/1.1\r\nHost:\r\n\r\n'],
      ['a Host with a user', 'GET / HTTP/1.1\r\nHost: evil:x@good\r\n\r\n'],
      ['a Host with a path', 'GET / HTTP/1.1\r\nHost: good/evil\r\n\r\n'],
      ['a Host with two names', 'GET / HTTP/1.1\r\nHost: good, evil\r\n\r\n'],
      ['a Host with a bad port', 'GET / HTTP/1.1\r\nHost: good:99999\r\n\r\n'],
      ['a Host with a percent sign', 'GET / HTTP/1.1\r\nHost: good%2eevil\r\n\r\n'],
      ['HTTP/2.0 in its line', `GET / HTTP/2.0\r\n${host}\r\n`, 505],
      ['HTTP/1.2 in its line', `GET / HTTP/1.2\r\n${host}\r\n`],
      ['no version', `GET /\r\n${host}\r\n`, 505],
      ['the preface of HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
      ['a method in lower case', `get / HTTP/1.1\r\n${host}\r\n`],
      [
        'a length and chunks',
        `POST / HTTP/1.1\r\n${host}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
      ],
      [
        'chunks and a length',
        `POST / HTTP/1.1\r\n${host}Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n`,
      ],
      ['two lengths', `POST / HTTP/1.1\r\n${host}Content-Length: 1\r\nContent-Length: 2\r\n\r\nab`],
      ['the same length twice', `POST / HTTP/1.1\r\n${host}Content-Length: 1\r\nContent-Length: 1\r\n\r\na`],
      ['a list of lengths', `POST / HTTP/1.1\r\n${host}Content-Length: 1, 1\r\n\r\na`],
      ['a signed length', `POST / HTTP/1.1\r\n${host}Content-Length: +1\r\n\r\na`],
      ['a length in hexadecimal', `POST / HTTP/1.1\r\n${host}Content-Length: 0x1\r\n\r\na`],
      ['an unknown coding', `POST / HTTP/1.1\r\n${host}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n`, 501],
      ['a coding beside chunked', `POST / HTTP/1.1\r\n${host}Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n`, 501],
      [
        'chunked twice',
        `POST / HTTP/1.1\r\n${host}Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
      ],
      ['a tab in its coding', `POST / HTTP/1.1\r\n${host}Transfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n`],
      ['chunks in HTTP/1.0', `POST / HTTP/1.0\r\n${host}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n`],
      ['a bad chunk size', `POST / HTTP/1.1\r\n${host}Transfer-Encoding: chunked\r\n\r\nzz\r\nab\r\n0\r\n\r\n`],
      ['a signed chunk size', `POST / HTTP/1.1\r\n${host}Transfer-Encoding: chunked\r\n\r\n+2\r\nab\r\n0\r\n\r\n`],
      [
        'a chunk longer than its size',
        `POST / HTTP/1.1\r\n${host}Transfer-Encoding: chunked\r\n\r\n1\r\nab\r\n0\r\n\r\n`,
      ],
      ['a folded line', `GET / HTTP/1.1\r\n${host}X-A: a\r\n b\r\n\r\n`],
      ['a bare CR', `GET / HTTP/1.1\r\n${host}X-A: a\rb\r\n\r\n`],
      ['a bare LF', `GET / HTTP/1.1\r\n${host}X-A: a\nX-B: b\r\n\r\n`],
      ['a NUL', `GET / HTTP/1.1\r\n${host}X-A: a\0b\r\n\r\n`],
      ['a space before the colon', `GET / HTTP/1.1\r\n${host}X-A : a\r\n\r\n`],
      ['a space before a name', `GET / HTTP/1.1\r\n X-A: a\r\n${host}\r\n`],
      ['a line without a colon', `GET / HTTP/1.1\r\n${host}X-A\r\n\r\n`],
      ['a fragment in its target', `GET /a#b HTTP/1.1\r\n${host}\r\n`],
      ['a backslash in its target', `GET /a\\b HTTP/1.1\r\n${host}\r\n`],
      ['a dot segment', `GET /a/../b HTTP/1.1\r\n${host}\r\n`],
      ['an encoded dot segment', `GET /static/%2e%2e%2fb HTTP/1.1\r\n${host}\r\n`],
      ['a dot segment with parameters', `GET /static/..;x/b HTTP/1.1\r\n${host}\r\n`],
      ['an encoded NUL in its path', `GET /a%00.css HTTP/1.1\r\n${host}\r\n`],
      ['a target that is no path', `GET a HTTP/1.1\r\n${host}\r\n`],
      ['an asterisk for a GET', `GET * HTTP/1.1\r\n${host}\r\n`],
      ['another scheme in its target', `GET ftp://a.example/ HTTP/1.1\r\n${host}\r\n`],
      ['a user in its target', `GET http://u@a.example/ HTTP/1.1\r\n${host}\r\n`],
      ['https in its target, without TLS', `GET https://a.example/ HTTP/1.1\r\n${host}\r\n`, 421],
      ['TRACE for a method', `TRACE / HTTP/1.1\r\n${host}\r\n`, 405],
      ['PURGE for a method', `PURGE / HTTP/1.1\r\n${host}\r\n`, 405],
      ['CONNECT for a method', `CONNECT a.example:443 HTTP/1.1\r\n${host}\r\n`, 405],
      ['an expectation nobody knows', `GET / HTTP/1.1\r\n${host}Expect: tea\r\n\r\n`, 417],
      ['a target that is too long', `GET /${'a'.repeat(9000)} HTTP/1.1\r\n${host}\r\n`, 414],
      ['too large a head', `GET / HTTP/1.1\r\n${host}X-A: ${'a'.repeat(20_000)}\r\n\r\n`, 431],
      ['too many fields', `GET / HTTP/1.1\r\n${host}${'X: 1\r\n'.repeat(1500)}\r\n`, 431],
      ['an announced body that is too large', `POST / HTTP/1.1\r\n${host}Content-Length: 99999999999\r\n\r\n`, 413],
    ];
    for (const [title, request, status = 400] of cases) {
      it(title, async () => {
        const { proxy, origin, bodies } = await makeEcho();
        // What stands behind a request that is refused must not be taken for the next one.
        const behind = `GET /behind HTTP/1.1\r\n${host}\r\n`;
        const received = await speak(proxy.port, request + behind);
        expect(received.match(/HTTP\/1\.1 \d{3}/g)).to.deep.equal([`HTTP/1.1 ${status}`]);
        expect(received).to.match(/^connection: close\r$/im);
        expect(bodies).to.deep.equal([]);
        expect(origin.requests.map(({ url }) => url)).to.not.include('/behind');
      });
    }
  });

  it('goes by the authority of an absolute target rather than by Host', async () => {
    const { proxy, origin } = await makeEcho();
    await speak(
      proxy.port,
      'GET http://Right.Example/x?y HTTP/1.1\r\nHost: wrong.example\r\nConnection: close\r\n\r\n',
    );
    expect(origin.requests[0]!.url).to.equal('/x?y');
    expect(origin.requests[0]!.headers['x-forwarded-host']).to.equal('right.example');
  });

  it('never makes the proxy contact anybody but the configured origin', async () => {
    const { proxy, origin } = await makeEcho();
    const other = await httpOrigin(opened, (_, response) => response.end());
    await speak(proxy.port, `GET ${other.url}/ HTTP/1.1\r\nHost: 127.0.0.1:${other.port}\r\nConnection: close\r\n\r\n`);
    expect(other.requests).to.have.length(0);
    expect(origin.requests).to.have.length(1);
  });

  it('reaches the origin with exactly the path and query that were keyed', async () => {
    const { proxy, origin } = await makeEcho();
    const targets = ['/A//b;c/%2F%3f%23?B=2&a=1&a=1&', '/%0d%0aX:%20y', '/?', '/a%5cb', '/|{}^"<>`'];
    for (const target of targets) {
      await speak(proxy.port, Buffer.from(`GET ${target} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`, 'latin1'));
    }
    expect(origin.requests.map(({ url }) => url)).to.deep.equal(targets);
  });

  it('loses every field by which it could pose as somebody else, and gets ours', async () => {
    const { proxy, origin } = await makeEcho();
    await ask(proxy.url, {
      headers: {
        'x-forwarded-for': '1.2.3.4',
        'x-forwarded-host': 'evil.example',
        'x-forwarded-proto': 'https',
        'x-forwarded-prefix': '/evil',
        forwarded: 'for=1.2.3.4',
        'x-real-ip': '1.2.3.4',
        'x-original-url': '/admin',
        'x-rewrite-url': '/admin',
        'x-http-method-override': 'DELETE',
        'x-middleware-subrequest': 'middleware',
        proxy: 'http://evil.example',
        'proxy-authorization': 'secret',
        x_user: 'root',
        te: 'gzip',
        'x-kept': 'yes',
        traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
        'x-request-id': 'r-1',
      },
    });
    const { headers } = origin.requests[0]!;
    expect(headers).to.deep.equal({
      host: new URL(origin.url).host,
      connection: 'keep-alive',
      'x-kept': 'yes',
      traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
      'x-request-id': 'r-1',
      'x-forwarded-for': '127.0.0.1',
      'x-forwarded-host': new URL(proxy.url).host,
      'x-forwarded-proto': 'http',
      via: headers['via'],
    });
    expect(headers['via']).to.match(/^1\.1 cachewarp-[0-9a-f]+$/);
  });

  it('keeps what a trusted proxy in front says of the client', async () => {
    const { proxy, origin } = await makeEcho({ trustedProxies: ['127.0.0.0/8'] });
    await ask(proxy.url, {
      headers: { 'x-forwarded-for': '1.2.3.4', 'x-forwarded-host': 'shop.example', 'x-forwarded-proto': 'https' },
    });
    expect(origin.requests[0]!.headers).to.include({
      'x-forwarded-for': '1.2.3.4, 127.0.0.1',
      'x-forwarded-host': 'shop.example',
      'x-forwarded-proto': 'https',
    });
  });

  it('cannot strip Cookie, Authorization, Cache-Control or Host by Connection, but what it lists besides', async () => {
    const { proxy, origin } = await makeEcho();
    await ask(proxy.url, {
      headers: {
        connection: 'close, cookie, Authorization, cache-control, host, x-hop',
        cookie: 'a=1',
        authorization: 'Basic x',
        'cache-control': 'no-cache',
        'x-hop': '1',
      },
    });
    const { headers } = origin.requests[0]!;
    expect(headers).to.include({ cookie: 'a=1', authorization: 'Basic x', 'cache-control': 'no-cache' });
    expect(headers).to.not.have.property('x-hop');
  });

  it('does not get a body of a GET through, and its connection goes on', async () => {
    const { proxy, origin, bodies } = await makeEcho();
    const get = 'GET /fat HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbody';
    const received = await speak(proxy.port, `${get}GET /next HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`);
    expect(received.match(/HTTP\/1\.1 200/g)).to.have.length(2);
    expect(bodies).to.deep.equal(['', '']);
    expect(origin.requests.map(({ headers }) => headers['content-length'])).to.deep.equal([undefined, undefined]);
  });

  it('passes a body on with its length or in chunks, as it came', async () => {
    const { proxy, origin, bodies } = await makeEcho();
    await ask(proxy.url, { method: 'POST', body: 'sized', headers: { 'content-length': '5' } });
    await ask(proxy.url, { method: 'PUT', body: 'chunked', headers: { 'transfer-encoding': 'chunked' } });
    expect(bodies).to.deep.equal(['sized', 'chunked']);
    const [sized, chunked] = origin.requests;
    expect(sized!.headers['content-length']).to.equal('5');
    expect(chunked!.headers['transfer-encoding']).to.equal('chunked');
  });

  it('is invited by 100 Continue only when the origin takes its body', async () => {
    const { proxy, bodies } = await makeEcho();
    const socket = await dial(opened, proxy.port);
    let received = '';
    socket.on('data', (data) => (received += String(data)));
    socket.write('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n');
    await until(() => received.startsWith('HTTP/1.1 100 Continue\r\n\r\n'));
    socket.write('body');
    await until(() => received.includes('HTTP/1.1 200'));
    expect(bodies).to.deep.equal(['body']);
  });

  it('is cut off when more comes than may, and the origin never has it whole', async () => {
    let isWhole: boolean | undefined;
    const origin = await httpOrigin(opened, (request) => {
      request.resume();
      request.on('end', () => (isWhole = true));
      request.on('error', () => (isWhole = false));
    });
    const proxy = await makeProxy(opened, origin.url, { limits: { bodyBytes: 10 } });
    const received = await speak(
      proxy.port,
      'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n8\r\n01234567\r\n8\r\n01234567\r\n0\r\n\r\n',
    );
    expect(statusOf(received)).to.equal(413);
    await until(() => origin.requests.length === 0 || isWhole !== undefined);
    expect(isWhole).to.not.equal(true);
  });

  it('that breaks off in the middle of a body destroys the request at the origin', async () => {
    let isWhole: boolean | undefined;
    const origin = await httpOrigin(opened, (request) => {
      request.resume();
      request.on('end', () => (isWhole = true));
      request.on('error', () => (isWhole = false));
    });
    const proxy = await makeProxy(opened, origin.url);
    for (const framing of ['Content-Length: 100\r\n\r\nhalf', 'Transfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n']) {
      isWhole = undefined;
      const socket = await dial(opened, proxy.port);
      socket.write(`POST / HTTP/1.1\r\nHost: a\r\n${framing}`);
      await until(() => origin.requests.length > 0);
      socket.destroy();
      await until(() => isWhole !== undefined);
      expect(isWhole).to.equal(false);
      origin.requests.length = 0;
    }
  });

  it('may be answered before its body has come, and the connection goes on behind the body', async () => {
    const origin = await httpOrigin(opened, (request, response) => {
      if (request.method === 'POST') response.writeHead(401, { connection: 'close' }).end('no');
      else response.end('next');
    });
    const proxy = await makeProxy(opened, origin.url);
    const socket = await dial(opened, proxy.port);
    let received = '';
    socket.on('data', (data) => (received += String(data)));
    socket.write('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 300000\r\n\r\nbegin');
    await until(() => received.includes('HTTP/1.1 401'));
    socket.write(`${'x'.repeat(300_000 - 5)}GET / HTTP/1.1\r\nHost: a\r\n\r\n`);
    await until(() => received.endsWith('next') || received.includes('next\r\n0\r\n'));
  });

  it('counts down Max-Forwards of OPTIONS and is answered here at 0', async () => {
    const { proxy, origin } = await makeEcho();
    const own = await ask(proxy.url, { method: 'OPTIONS', headers: { 'max-forwards': '0' } });
    expect([own.status, own.headers['allow']]).to.deep.equal([204, 'GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS']);
    expect(origin.requests).to.have.length(0);
    await ask(proxy.url, { method: 'OPTIONS', headers: { 'max-forwards': '3' } });
    expect(origin.requests[0]!.headers['max-forwards']).to.equal('2');
  });

  it('is answered 508 when it has passed this proxy before', async () => {
    const origins: string[] = [];
    const origin = await httpOrigin(opened, (request, response) => {
      origins.push(request.headers['via']!);
      response.end();
    });
    const { url } = await makeProxy(opened, origin.url);
    await ask(url);
    expect((await ask(url, { headers: { via: origins[0]! } })).status).to.equal(508);
    expect((await ask(url, { headers: { via: '1.1 another' } })).status).to.equal(200);
  });

  it('is answered 421 under a host that is not served', async () => {
    const { proxy } = await makeEcho({ hosts: ['Shop.example'] });
    expect((await ask(proxy.url, { headers: { host: 'shop.example' } })).status).to.equal(200);
    expect((await ask(proxy.url, { headers: { host: 'other.example' } })).status).to.equal(421);
  });

  it('may be HTTP/1.0, whose answers end with the connection', async () => {
    const { proxy } = await makeEcho();
    const received = await speak(proxy.port, 'GET / HTTP/1.0\r\nHost: a\r\n\r\n');
    expect(statusOf(received)).to.equal(200);
    expect(received).to.match(/\r\n\r\nok$/);
    expect(received).to.not.match(/transfer-encoding/i);
  });
});
