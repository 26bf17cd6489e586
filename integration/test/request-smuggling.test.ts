import type { IncomingMessage } from 'node:http';
import { expect } from 'chai';
import { makeHttpOrigin } from '#src/http-origin.js';
import { Opened } from '#src/opened.js';
import { openRaw, sendRaw } from '#src/raw-client.js';
import { makeProxy } from '#src/test-proxy.js';

const CANARY = 'GET /canary HTTP/1.1\r\nHost: a.example\r\n\r\n';
const HOST = 'Host: a.example\r\n';
const POST = `POST /upload HTTP/1.1\r\n${HOST}`;
const CHUNKED = `${POST}Transfer-Encoding: chunked\r\n\r\n`;

/** What has two readings: name, bytes. Whatever comes behind it on its connection is not to be read. */
const REFUSED: readonly (readonly [string, string])[] = [
  // RFC 9112 §6.1, §6.3: which length counts.
  ['Content-Length with Transfer-Encoding', `${POST}Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`],
  ['Transfer-Encoding with Content-Length', `${POST}Transfer-Encoding: chunked\r\nContent-Length: 6\r\n\r\n0\r\n\r\n`],
  ['two Content-Lengths that differ', `${POST}Content-Length: 0\r\nContent-Length: ${CANARY.length}\r\n\r\n`],
  ['two Content-Lengths that agree', `${POST}Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc`],
  ['a list of Content-Lengths', `${POST}Content-Length: 3, 3\r\n\r\nabc`],
  ['a signed Content-Length', `${POST}Content-Length: +3\r\n\r\nabc`],
  ['a negative Content-Length', `${POST}Content-Length: -3\r\n\r\n`],
  ['a hexadecimal Content-Length', `${POST}Content-Length: 0x3\r\n\r\nabc`],
  ['a Content-Length with a space in it', `${POST}Content-Length: 1 2\r\n\r\nabc`],
  ['an empty Content-Length', `${POST}Content-Length:\r\n\r\n`],
  ['a Content-Length beyond every number', `${POST}Content-Length: 99999999999999999999999\r\n\r\n`],
  // RFC 9112 §6.1, §7: only chunked, once, last.
  ['an unknown coding', `${POST}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n`],
  ['chunked that is not last', `${POST}Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n`],
  ['chunked twice', `${POST}Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n`],
  [
    'two lines of Transfer-Encoding',
    `${POST}Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n`,
  ],
  ['Transfer-Encoding: identity', `${POST}Transfer-Encoding: identity\r\nContent-Length: 3\r\n\r\nabc`],
  ['a quoted coding', `${POST}Transfer-Encoding: "chunked"\r\n\r\n0\r\n\r\n`],
  ['a coding behind a vertical tab', `${POST}Transfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n`],
  ['a space before the colon', `${POST}Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n`],
  ['a tab before the colon', `${POST}Content-Length\t: 3\r\n\r\nabc`],
  ['a folded Transfer-Encoding', `${POST}Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n`],
  ['Transfer-Encoding in HTTP/1.0', `POST / HTTP/1.0\r\n${HOST}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n`],
  // RFC 9112 §7.1: sizes of chunks.
  ['a chunk size with 0x', `${CHUNKED}0x3\r\nabc\r\n0\r\n\r\n`],
  ['a negative chunk size', `${CHUNKED}-1\r\nabc\r\n0\r\n\r\n`],
  ['a signed chunk size', `${CHUNKED}+3\r\nabc\r\n0\r\n\r\n`],
  ['a chunk size that is no number', `${CHUNKED}xyz\r\nabc\r\n0\r\n\r\n`],
  ['an empty chunk size', `${CHUNKED}\r\nabc\r\n0\r\n\r\n`],
  ['a chunk size beyond every number', `${CHUNKED}fffffffffffffffff1\r\nabc\r\n0\r\n\r\n`],
  ['a chunk longer than its size', `${CHUNKED}3\r\nabcdef\r\n0\r\n\r\n`],
  ['a bare line feed behind a chunk size', `${CHUNKED}3\nabc\r\n0\r\n\r\n`],
  ['a bare line feed behind a chunk', `${CHUNKED}3\r\nabc\n0\r\n\r\n`],
  ['a bare line feed in a chunk extension', `${CHUNKED}3;a\nb\r\nabc\r\n0\r\n\r\n`],
  // RFC 9112 §2.2, §5: lines and fields.
  ['a folded field', `GET / HTTP/1.1\r\n${HOST}X-A: b\r\n c\r\n\r\n`],
  ['a folded first field', `GET / HTTP/1.1\r\n X-A: b\r\n${HOST}\r\n`],
  ['a bare carriage return in a value', `GET / HTTP/1.1\r\n${HOST}X-A: b\rX-B: c\r\n\r\n`],
  ['NUL in a value', `GET / HTTP/1.1\r\n${HOST}X-A: b\0c\r\n\r\n`],
  ['a control character in a value', `GET / HTTP/1.1\r\n${HOST}X-A: b\x01c\r\n\r\n`],
  ['NUL in a name', `GET / HTTP/1.1\r\n${HOST}X\0A: b\r\n\r\n`],
  ['a space in a name', `GET / HTTP/1.1\r\n${HOST}X A: b\r\n\r\n`],
  ['a parenthesis in a name', `GET / HTTP/1.1\r\n${HOST}X(A: b\r\n\r\n`],
  ['an empty name', `GET / HTTP/1.1\r\n${HOST}: b\r\n\r\n`],
  ['a line without a colon', `GET / HTTP/1.1\r\n${HOST}X-A\r\n\r\n`],
  ['NUL in the target', `GET /a\0b HTTP/1.1\r\n${HOST}\r\n`],
  ['a space in the target', `GET /a b HTTP/1.1\r\n${HOST}\r\n`],
  ['a fragment in the target', `GET /a#b HTTP/1.1\r\n${HOST}\r\n`],
  ['a backslash in the target', `GET /a\\b HTTP/1.1\r\n${HOST}\r\n`],
  ['dot segments', `GET /a/../b HTTP/1.1\r\n${HOST}\r\n`],
  ['encoded dot segments', `GET /a/%2e%2E/b HTTP/1.1\r\n${HOST}\r\n`],
  ['a target that is neither path nor URL', `GET canary HTTP/1.1\r\n${HOST}\r\n`],
  ['an asterisk for GET', `GET * HTTP/1.1\r\n${HOST}\r\n`],
  // RFC 9112 §2.3, §3: versions and methods.
  ['HTTP/0.9', 'GET /\r\n'],
  ['HTTP/2.0 in a request line', `GET / HTTP/2.0\r\n${HOST}\r\n`],
  ['the preface of HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
  ['a version in small letters', `GET / http/1.1\r\n${HOST}\r\n`],
  ['a method in small letters', `get / HTTP/1.1\r\n${HOST}\r\n`],
  ['TRACE', `TRACE / HTTP/1.1\r\n${HOST}\r\n`],
  ['CONNECT', 'CONNECT a.example:80 HTTP/1.1\r\nHost: a.example:80\r\n\r\n'],
  // RFC 9110 §7.2, RFC 9112 §3.2: Host.
  ['no Host', 'GET / HTTP/1.1\r\n\r\n'],
  ['two Hosts', `GET / HTTP/1.1\r\n${HOST}Host: b.example\r\n\r\n`],
  ['the same Host twice', `GET / HTTP/1.1\r\n${HOST}${HOST}\r\n`],
  ['an empty Host', 'GET / HTTP/1.1\r\nHost:\r\n\r\n'],
  ['Host with a user', 'GET / HTTP/1.1\r\nHost: evil:x@a.example\r\n\r\n'],
  ['Host with a path', 'GET / HTTP/1.1\r\nHost: a.example/b\r\n\r\n'],
  ['Host with a list', 'GET / HTTP/1.1\r\nHost: a.example, b.example\r\n\r\n'],
  ['Host with a space in it', 'GET / HTTP/1.1\r\nHost: a.example b\r\n\r\n'],
  ['Host with a port that is none', 'GET / HTTP/1.1\r\nHost: a.example:8a\r\n\r\n'],
];

/** What has one reading: name, bytes, and the target and body that the origin must see. */
const READ: readonly (readonly [string, string, string, string])[] = [
  ['a chunked body', `${CHUNKED}3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n`, '/upload', 'abcde'],
  ['chunk extensions', `${CHUNKED}3;a=b\r\nabc\r\n0;c\r\n\r\n`, '/upload', 'abc'],
  ['trailers', `${CHUNKED}3\r\nabc\r\n0\r\nX-Trailer: a\r\n\r\n`, '/upload', 'abc'],
  ['a coding in capitals', `${POST}Transfer-Encoding: CHUNKED\r\n\r\n3\r\nabc\r\n0\r\n\r\n`, '/upload', 'abc'],
  [
    'a request that is the body of another',
    `${POST}Content-Length: ${CANARY.length}\r\n\r\n${CANARY}`,
    '/upload',
    CANARY,
  ],
  [
    'Content_Length beside Content-Length',
    `${POST}Content_Length: 0\r\nContent-Length: 3\r\n\r\nabc`,
    '/upload',
    'abc',
  ],
  [
    'Transfer_Encoding beside Content-Length',
    `${POST}Transfer_Encoding: chunked\r\nContent-Length: 3\r\n\r\nabc`,
    '/upload',
    'abc',
  ],
  ['empty lines before the request', `\r\n\r\n${POST}Content-Length: 3\r\n\r\nabc`, '/upload', 'abc'],
  ['leading zeros in Content-Length', `${POST}Content-Length: 003\r\n\r\nabc`, '/upload', 'abc'],
  ['absolute form', `POST http://a.example/upload HTTP/1.1\r\n${HOST}Content-Length: 3\r\n\r\nabc`, '/upload', 'abc'],
];

describe('requests with two readings', () => {
  const opened = new Opened();
  afterEach(() => opened.close());

  async function makeBoth() {
    const origin = await makeHttpOrigin(opened, (request, response) => {
      request.on('end', () => response.writeHead(200, { 'Content-Length': 2 }).end('ok'));
    });
    return { origin, proxy: await makeProxy(opened, origin.url) };
  }

  for (const [name, bytes] of REFUSED) {
    it(`${name}: refused, the connection closed, and nothing behind it reaches the origin`, async () => {
      const { origin, proxy } = await makeBoth();

      const { statuses, isClosed, text } = await sendRaw(opened, proxy.port, bytes + CANARY);

      expect(isClosed, text).to.equal(true);
      expect(statuses.length, text).to.be.at.most(1);
      for (const status of statuses) expect(status, text).to.be.within(400, 505);
      expect(origin.requests.map(({ url }) => url)).to.not.include('/canary');
      // Of a body that turns out to be malformed the beginning may have been sent on, but never as if it were whole.
      expect(origin.requests.filter(({ isWhole }) => isWhole)).to.have.length(0);
    });
  }

  for (const [name, bytes, target, body] of READ) {
    it(`${name}: one reading, the same at the proxy and the origin`, async () => {
      const { origin, proxy } = await makeBoth();

      const { statuses, text } = await sendRaw(opened, proxy.port, bytes, (received) => received.endsWith('ok'));

      expect(statuses, text).to.deep.equal([200]);
      expect(origin.requests.map((request) => [request.url, request.body])).to.deep.equal([[target, body]]);
    });
  }

  it('an upload that is cut never reaches the origin as complete', async () => {
    const { origin, proxy } = await makeBoth();
    const closed: Promise<unknown>[] = [];
    origin.server.on('request', (request: IncomingMessage) => {
      closed.push(new Promise((resolve) => void request.once('close', resolve)));
    });
    let sent = 0;

    for (const framing of ['Content-Length: 10\r\n\r\nabc', 'Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n']) {
      const socket = openRaw(opened, proxy.port);
      socket.write(`${POST}${framing}`);
      await origin.arrived(++sent);
      socket.destroy();
    }
    await Promise.all(closed);

    expect(origin.requests.map(({ isWhole }) => isWhole)).to.deep.equal([false, false]);
  });
});
