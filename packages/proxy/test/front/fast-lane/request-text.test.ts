import { expect } from 'chai';
import { cutRequest, isWholeAndBare } from '#src/front/fast-lane/request-text.js';

const isBare = (text: string): boolean => {
  const cut = cutRequest(Buffer.from(text, 'latin1'));
  return cut !== undefined && isWholeAndBare(cut);
};
const withLines = (...lines: string[]): string =>
  `GET / HTTP/1.1\r\n${lines.map((line) => `${line}\r\n`).join('')}\r\n`;

describe('cutRequest', () => {
  it('cuts at the target, and touches nothing', () => {
    const cut = cutRequest(Buffer.from('GET /a?b HTTP/1.1\r\nHost: a\r\n\r\nrest', 'latin1'));
    expect(cut).to.deep.equal({ method: 'GET', target: '/a?b', block: '\r\nHost: a\r\n\r\nrest' });
  });

  for (const text of [
    '',
    'GET',
    'GET /',
    'GET / HTTP/1.0\r\nHost: a\r\n\r\n',
    ' HTTP/1.1\r\n',
    'GET HTTP/1.1\r\n',
    `GET /${'x'.repeat(17_000)} HTTP/1.1\r\n`,
  ]) {
    it(`does not cut ${JSON.stringify(text.slice(0, 40))}`, () => {
      expect(cutRequest(Buffer.from(text, 'latin1'))).to.equal(undefined);
    });
  }
});

describe('isWholeAndBare', () => {
  for (const text of [
    withLines('Host: a'),
    withLines('Host: a', 'X-A:', 'X-B: caf\u00e9\t!', 'connection:  Keep-Alive '),
    'DELETE /x HTTP/1.1\r\nHost: a\r\n\r\n',
  ]) {
    it(`holds for ${JSON.stringify(text)}`, () => {
      expect(isBare(text)).to.equal(true);
    });
  }

  for (const text of [
    'GET / HTTP/1.1\r\n\r\n',
    `${withLines('Host: a')}x`,
    withLines('Host: a') + withLines('Host: a'),
    withLines('Host: a').slice(0, -1),
    withLines('Host: a').replaceAll('\r\n', '\n'),
    withLines('Host : a'),
    withLines(' Host: a'),
    withLines('Host: a', ' b'),
    withLines('Host: a\rb'),
    withLines('Host: a\nb: c'),
    withLines('Host: \0'),
    withLines('Host: \u007f'),
    withLines('Host'),
    withLines(': a'),
    withLines('Host: a', 'Content-Length: 0'),
    withLines('Host: a', 'transfer-encoding: chunked'),
    withLines('Host: a', 'EXPECT: 100-continue'),
    withLines('Host: a', 'Upgrade: h2c'),
    withLines('Host: a', 'Connection: close'),
    withLines('Host: a', 'Connection: keep-alive, x'),
    withLines('Host: a', 'Proxy-Connection: keep-alive'),
    'get / HTTP/1.1\r\nHost: a\r\n\r\n',
    'CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n',
    'GET /a b HTTP/1.1\r\nHost: a\r\n\r\n',
    'GET /\u00e9 HTTP/1.1\r\nHost: a\r\n\r\n',
    '\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n',
  ]) {
    it(`does not hold for ${JSON.stringify(text)}`, () => {
      expect(isBare(text)).to.equal(false);
    });
  }

  it('holds for fields that only look like those', () => {
    expect(
      isBare(withLines('Host: a', 'Upgrade-Insecure-Requests: 1', 'X-Upgrade: 1', 'X-Connection: close')),
    ).to.equal(true);
  });
});
