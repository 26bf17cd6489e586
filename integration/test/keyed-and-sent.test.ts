import { expect } from 'chai';
import { ask } from '#src/http-client.js';
import { makeHttpOrigin } from '#src/http-origin.js';
import { Opened } from '#src/opened.js';
import { sendRaw } from '#src/raw-client.js';
import { makeProxy } from '#src/test-proxy.js';

/** Fields by which a client could have another answer stored than the key says: name, value. */
const UNKEYED: readonly (readonly [string, string])[] = [
  ['X-Forwarded-Host', 'evil.example'],
  ['X-Forwarded-Proto', 'evil'],
  ['X-Forwarded-Port', '6666'],
  ['X-Forwarded-Prefix', '/evil'],
  ['X-Forwarded-Server', 'evil.example'],
  ['X-Forwarded-Scheme', 'evil'],
  ['X-Forwarded-For', '6.6.6.6'],
  ['Forwarded', 'host=evil.example'],
  ['X-Host', 'evil.example'],
  ['X-Original-Host', 'evil.example'],
  ['X-Original-URL', '/evil'],
  ['X-Original-URI', '/evil'],
  ['X-Rewrite-URL', '/evil'],
  ['X-HTTP-Method-Override', 'EVIL'],
  ['X-HTTP-Method', 'EVIL'],
  ['X-Method-Override', 'EVIL'],
  ['X-Real-IP', '6.6.6.6'],
  ['True-Client-IP', '6.6.6.6'],
  ['Client-IP', '6.6.6.6'],
  ['Proxy', 'http://evil.example'],
  ['Proxy-Authorization', 'evil'],
  ['Proxy-Connection', 'evil'],
  ['X_Forwarded_Host', 'evil.example'],
  ['X_Original_URL', '/evil'],
  ['HTTP_HOST', 'evil.example'],
  ['x-forwarded-hOsT', 'evil.example'],
  ['x-middleware-subrequest', 'evil'],
  ['x-invoke-path', '/evil'],
  ['X-Accel-Redirect', '/evil'],
  ['Keep-Alive', 'evil=6'],
  ['TE', 'evil'],
];

/** Targets that look alike and are not. */
const TARGETS: readonly string[] = [
  '/a',
  '/A',
  '/a/',
  '/a//b',
  '/a/b',
  '/a%2fb',
  '/a%2Fb',
  '/%61',
  '/a?',
  '/a?x=1&y=2',
  '/a?y=2&x=1',
  '/a?x=1&x=2',
  '/a?x=2&x=1',
  '/a?x=1;y=2',
  '/a;x=1',
  '/a%3Fx=1',
  '/a%23x',
  '/a%0d%0aX-Evil:%20b',
  '/a?x=%0d%0a',
  '/a%20b',
  '/a+b',
  '/a.css',
  '/a%0a.css',
  '/a;x.js',
  '/%C3%A9',
];

describe('the request that is keyed', () => {
  const opened = new Opened();
  afterEach(() => opened.close());

  /** An origin that says, storable, everything that it was told. */
  const makeEcho = () =>
    makeHttpOrigin(opened, ({ method, url, rawHeaders, headers }, response) => {
      const told = JSON.stringify({ method, url, host: headers.host, rawHeaders });
      response.writeHead(200, { 'Cache-Control': 'max-age=60' }).end(told);
    });

  for (const [name, value] of UNKEYED) {
    it(`is what the origin sees, without ${name} of a client`, async () => {
      const origin = await makeEcho();
      const { url } = await makeProxy(opened, origin.url);

      const poisoning = await ask(`${url}/page`, { headers: { [name]: value } });
      const innocent = await ask(`${url}/page`);

      expect(poisoning.status).to.equal(200);
      expect(poisoning.text).to.not.include(value);
      expect(innocent.text).to.not.include(value);
      expect(innocent.cache).to.equal('HIT');
    });
  }

  it('is what the origin sees, octet for octet, whatever the target looks like, and no two targets share an answer', async () => {
    const origin = await makeEcho();
    const { url, port } = await makeProxy(opened, origin.url);
    const get = (target: string) =>
      sendRaw(opened, port, `GET ${target} HTTP/1.1\r\nHost: ${url.slice(7)}\r\nConnection: close\r\n\r\n`);

    for (const round of ['MISS', 'HIT']) {
      for (const target of TARGETS) {
        const { text } = await get(target);
        expect(text, target).to.include(`X-Cache: ${round}`);
        expect(text, target).to.include(`"url":${JSON.stringify(target)},`);
      }
    }
    expect(origin.requests).to.have.length(TARGETS.length);
  });

  it('is what the origin sees when rules leave parameters out and sort the others', async () => {
    const origin = await makeEcho();
    const { url } = await makeProxy(opened, origin.url, {
      policy: { key: { sortQuery: true, ignoreParams: ['utm_*'] } },
    });

    const first = await ask(`${url}/p?b=2&utm_source=mail&a=1`);
    const second = await ask(`${url}/p?a=1&b=2&utm_campaign=evil`);

    expect(origin.requests.map((request) => request.url)).to.deep.equal(['/p?a=1&b=2']);
    expect([first.cache, second.cache]).to.deep.equal(['MISS', 'HIT']);
  });

  it('has no body when it is GET: what a client adds never reaches the origin', async () => {
    const origin = await makeEcho();
    const { url } = await makeProxy(opened, origin.url);

    await ask(`${url}/fat`, { body: 'evil=1', headers: { 'Content-Type': 'application/x-www-form-urlencoded' } });
    const innocent = await ask(`${url}/fat`);

    expect(origin.requests.map(({ body, method }) => [method, body])).to.deep.equal([['GET', '']]);
    expect(origin.requests[0]!.headers).to.not.have.any.keys('content-length', 'transfer-encoding');
    expect(innocent.cache).to.equal('HIT');
  });

  it('has one authority: that of an absolute target goes before Host, in the key and at the origin', async () => {
    const origin = await makeEcho();
    const { port } = await makeProxy(opened, origin.url, { upstream: { preserveHost: true } });
    const get = (target: string, host: string) =>
      sendRaw(opened, port, `GET ${target} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);

    const absolute = await get('http://a.example/x', 'b.example');
    const plain = await get('/x', 'a.example');
    const other = await get('/x', 'b.example');

    expect(absolute.text).to.include('X-Cache: MISS').and.include('"host":"a.example"').and.not.include('b.example');
    expect(plain.text).to.include('X-Cache: HIT');
    expect(other.text).to.include('X-Cache: MISS').and.include('"host":"b.example"');
  });

  it('keeps what makes it personal: Connection cannot name Cookie, Authorization, Cache-Control or Host away', async () => {
    const origin = await makeEcho();
    const { url } = await makeProxy(opened, origin.url);
    const personal = { Cookie: 'id=secret', Authorization: 'Bearer secret', 'Cache-Control': 'no-store' };

    await ask(`${url}/mine`, {
      headers: { ...personal, Connection: 'close, Cookie, Authorization, Cache-Control, Host, X-Mine', 'X-Mine': 'a' },
    });
    const innocent = await ask(`${url}/mine`);

    expect(origin.requests[0]!.headers).to.include({ cookie: 'id=secret', authorization: 'Bearer secret' });
    expect(origin.requests[0]!.headers).to.not.have.property('x-mine');
    expect(innocent.text).to.not.include('secret');
  });

  it('has its host in any letter case', async () => {
    const origin = await makeEcho();
    const { port } = await makeProxy(opened, origin.url);
    const get = (host: string) =>
      sendRaw(opened, port, `GET /x HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);

    expect((await get('A.Example')).text).to.include('X-Cache: MISS');
    expect((await get('a.example:80')).text).to.include('X-Cache: HIT');
  });

  it('never has another method: HEAD, OPTIONS, POST and strangers are not answered from GET’s answer or kept as it', async () => {
    const origin = await makeEcho();
    const { url } = await makeProxy(opened, origin.url);

    for (const method of ['OPTIONS', 'PROPFIND', 'SEARCH']) {
      const answer = await ask(`${url}/m`, { method });
      expect(answer.text, method).to.include(`"method":"${method}"`);
      expect((await ask(`${url}/m`, { method })).cache, method).to.not.equal('HIT');
    }
    await ask(`${url}/m`, { method: 'HEAD' });
    const got = await ask(`${url}/m`);

    expect(got.text).to.include('"method":"GET"');
  });
});

describe('whoever is not configured as origin', () => {
  const opened = new Opened();
  afterEach(() => opened.close());

  it('is never contacted, whatever clients and the origin say', async () => {
    let connections = 0;
    const canary = await makeHttpOrigin(opened, (_, response) => void response.end('canary'));
    canary.server.on('connection', () => connections++);
    const canaryHost = `127.0.0.1:${canary.port}`;
    const origin = await makeHttpOrigin(opened, (request, response) => {
      if (request.url === '/redirect') response.writeHead(302, { Location: canary.url, 'Cache-Control': 'max-age=60' });
      else response.setHeader('Content-Location', `${canary.url}/x`);
      response.end('origin');
    });
    const { url, port } = await makeProxy(opened, origin.url);
    const send = (head: string) => sendRaw(opened, port, `${head}\r\nConnection: close\r\n\r\n`);

    const answers = [
      await send(`GET ${canary.url}/ HTTP/1.1\r\nHost: ${canaryHost}`),
      await send(`GET ${canary.url}/ HTTP/1.1\r\nHost: ${url.slice(7)}`),
      await send(`GET / HTTP/1.1\r\nHost: ${canaryHost}`),
      await send(`GET @${canaryHost}/ HTTP/1.1\r\nHost: a.example`),
      await send(`GET //${canaryHost}/ HTTP/1.1\r\nHost: a.example`),
      await send(`GET /http://${canaryHost}/ HTTP/1.1\r\nHost: a.example`),
      await send(`GET / HTTP/1.1\r\nHost: a.example@${canaryHost}`),
      await send(`GET / HTTP/1.1\r\nHost: a.example\r\nX-Forwarded-Host: ${canaryHost}`),
      await send(`GET / HTTP/1.1\r\nHost: a.example\r\nForwarded: host=${canaryHost};for=${canaryHost}`),
      await send(`GET / HTTP/1.1\r\nHost: a.example\r\nX-Original-Host: ${canaryHost}`),
      await send(`CONNECT ${canaryHost} HTTP/1.1\r\nHost: ${canaryHost}`),
      await send(`GET / HTTP/1.1\r\nHost: ${canaryHost}\r\nUpgrade: websocket\r\nConnection: Upgrade`),
    ];
    const redirect = await ask(`${url}/redirect`);

    expect(connections).to.equal(0);
    for (const { text } of answers) expect(text).to.not.include('canary');
    expect([redirect.status, redirect.headers.location]).to.deep.equal([302, canary.url]);
  });
});
