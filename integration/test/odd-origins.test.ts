import { expect } from 'chai';
import { ask } from '#src/http-client.js';
import { Opened } from '#src/opened.js';
import { makeRawOrigin } from '#src/raw-origin.js';
import { makeProxy } from '#src/test-proxy.js';

const KEPT = 'Cache-Control: max-age=60\r\n';

describe('an origin that answers oddly', () => {
  const opened = new Opened();
  afterEach(() => opened.close());

  /** The first request gets `first`; later ones get an answer that can be kept. */
  async function makeOdd(first: string) {
    const origin = await makeRawOrigin(opened, (socket, count) => {
      socket.write(count === 1 ? first : `HTTP/1.1 200 OK\r\n${KEPT}Content-Length: 4\r\n\r\nwell`, 'latin1');
    });
    const { url } = await makeProxy(opened, origin.url, { upstream: { firstByteTimeout: '300ms', retries: 0 } });
    return { origin, url };
  }

  for (const [what, first] of [
    ['304 that nobody asked for', `HTTP/1.1 304 Not Modified\r\n${KEPT}ETag: "a"\r\n\r\n`],
    [
      '206 that nobody asked for',
      `HTTP/1.1 206 Partial Content\r\n${KEPT}Content-Range: bytes 0-1/9\r\nContent-Length: 2\r\n\r\nab`,
    ],
    ['101 that nobody asked for', 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: foo\r\nConnection: upgrade\r\n\r\n'],
    ['two Content-Lengths', `HTTP/1.1 200 OK\r\n${KEPT}Content-Length: 2\r\nContent-Length: 4\r\n\r\nabcd`],
    [
      'Content-Length and chunked',
      `HTTP/1.1 200 OK\r\n${KEPT}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n`,
    ],
    ['a Content-Length that is no number', `HTTP/1.1 200 OK\r\n${KEPT}Content-Length: two\r\n\r\nab`],
    [
      'a coding that ends with no chunked, of those that we know',
      `HTTP/1.1 200 OK\r\n${KEPT}Transfer-Encoding: gzip\r\n\r\nab`,
    ],
    [
      'a chunk size that is no number',
      `HTTP/1.1 200 OK\r\n${KEPT}Transfer-Encoding: chunked\r\n\r\nzz\r\nab\r\n0\r\n\r\n`,
    ],
    ['a field with NUL', `HTTP/1.1 200 OK\r\n${KEPT}A: b\0c\r\nContent-Length: 2\r\n\r\nab`],
    ['a bare line feed in a field', `HTTP/1.1 200 OK\r\n${KEPT}A: b\nContent-Length: 2\r\n\r\nab`],
    ['no HTTP at all', 'SSH-2.0-OpenSSH_9.2\r\n\r\n'],
    ['a head without end', `HTTP/1.1 200 OK\r\n${`A: ${'b'.repeat(8000)}\r\n`.repeat(20)}`],
  ] as const) {
    it(`${what}: never stored, and the next client gets a whole answer`, async () => {
      const { url } = await makeOdd(first);

      const odd = await ask(`${url}/`).then(
        ({ status }) => status,
        () => 'cut',
      );
      const next = await ask(`${url}/`);

      expect(odd).to.be.oneOf([502, 504, 'cut', ...(what.startsWith('206') ? [206] : [])]);
      expect([next.text, next.cache]).to.deep.equal(['well', 'MISS']);
    });
  }

  it('a coding that nobody knows: what comes until the connection ends is the content (RFC 9112 §6.3)', async () => {
    const origin = await makeRawOrigin(opened, (socket) => {
      socket.end(`HTTP/1.1 200 OK\r\n${KEPT}Transfer-Encoding: foo\r\n\r\nab`, 'latin1');
    });
    const { url } = await makeProxy(opened, origin.url);

    const odd = await ask(`${url}/`);
    const next = await ask(`${url}/`);

    expect([odd.status, odd.text, odd.cache]).to.deep.equal([200, 'ab', 'MISS']);
    expect([next.status, next.text, next.cache]).to.deep.equal([200, 'ab', 'HIT']);
  });

  it('103 then 200: the hint reaches the client at once, and only the answer is kept', async () => {
    const { url } = await makeOdd(
      `HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\n\r\nHTTP/1.1 200 OK\r\n${KEPT}Content-Length: 2\r\n\r\nok`,
    );

    const first = await ask(`${url}/`);
    const hit = await ask(`${url}/`);

    expect(first.interim.map(({ status, headers }) => [status, headers['link']])).to.deep.equal([
      [103, '</a.css>; rel=preload'],
    ]);
    expect([first.status, first.text]).to.deep.equal([200, 'ok']);
    expect([hit.text, hit.cache, hit.interim.length]).to.deep.equal(['ok', 'HIT', 0]);
  });

  for (const status of [299, 499, 599]) {
    it(`${status}: passed on as it came, and kept for as long as the origin says`, async () => {
      const { url } = await makeOdd(`HTTP/1.1 ${status} Whatever It Is\r\n${KEPT}Content-Length: 3\r\n\r\nodd`);

      const first = await ask(`${url}/`);
      const hit = await ask(`${url}/`);

      expect([first.status, first.text, first.cache]).to.deep.equal([status, 'odd', 'MISS']);
      expect([hit.status, hit.text, hit.cache]).to.deep.equal([status, 'odd', 'HIT']);
    });
  }

  it('999: passed on as it came', async () => {
    const { url } = await makeOdd(`HTTP/1.1 999 Whatever It Is\r\nContent-Length: 3\r\n\r\nodd`);

    const first = await ask(`${url}/`);

    expect([first.status, first.text]).to.deep.equal([999, 'odd']);
  });

  it('many interim answers: all of them are passed over, and the answer counts', async () => {
    const { url } = await makeOdd(
      `${'HTTP/1.1 102 Processing\r\n\r\n'.repeat(30)}HTTP/1.1 200 OK\r\n${KEPT}Content-Length: 2\r\n\r\nok`,
    );

    expect((await ask(`${url}/`)).text).to.equal('ok');
  });

  it('a thousand fields: a private behind them is heard', async () => {
    const fields = Array.from({ length: 990 }, (_, index) => `X-${index}: a\r\n`).join('');
    const { url } = await makeOdd(
      `HTTP/1.1 200 OK\r\n${fields}Cache-Control: private, max-age=60\r\nContent-Length: 2\r\n\r\nmy`,
    );

    await ask(`${url}/`).catch(() => 'refused');
    const next = await ask(`${url}/`);

    expect(next.text).to.equal('well');
  });

  it('a body behind HEAD: the connection is not used again, and no other client gets that body', async () => {
    const { url, origin } = await makeOdd(`HTTP/1.1 200 OK\r\n${KEPT}Content-Length: 6\r\n\r\npoison`);

    const head = await ask(`${url}/a`, { method: 'HEAD' }).then(
      ({ status }) => status,
      () => 'cut',
    );
    const next = await ask(`${url}/b`);

    expect(head).to.be.oneOf([200, 502, 'cut']);
    expect(next.text).to.equal('well');
    expect(origin.connections()).to.equal(2);
  });
});
