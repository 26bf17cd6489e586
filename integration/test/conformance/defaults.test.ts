import { expect } from 'chai';
import type { Case, Field } from '#src/conformance.js';
import { ask } from '#src/http-client.js';
import { Opened } from '#src/opened.js';
import { makeRawOrigin } from '#src/raw-origin.js';
import { makeProxy } from '#src/test-proxy.js';
import { describeCases } from './describe-cases.js';

const cc = (value: string): Field => ['Cache-Control', value];
const NOW: Field = ['Date', 0];

describeCases(
  'with no options',
  [
    {
      title: 'keeps nothing that states no lifetime',
      section: 'RFC 9111 §3',
      steps: [{ wait: 3 }, { from: 'origin' }],
    },
    {
      title: 'lets what is stale stand in for an origin that closes the connection',
      section: 'RFC 9111 §4.2.4',
      steps: [
        { fields: [cc('max-age=2')], wait: 3 },
        { breaks: true, is: 200, text: 'answer 1', lacks: ['Warning'] },
      ],
    },
    {
      title: 'passes a 503 on, though something stale is there',
      section: 'RFC 9111 §4.3.3',
      steps: [
        { fields: [cc('max-age=2')], wait: 3 },
        { status: 503, from: 'origin' },
      ],
    },
    {
      title: 'lets nothing stand in for longer than an hour',
      section: 'RFC 9111 §4.2.4',
      steps: [
        { fields: [cc('max-age=2')], wait: 3603 },
        { breaks: true, is: 502 },
      ],
    },
    {
      title: 'lets an answer say itself for how long it stands in',
      section: 'RFC 5861 §4',
      steps: [
        { fields: [cc('max-age=2, stale-if-error=4')], wait: 7 },
        { breaks: true, is: 502 },
      ],
    },
    ...['must-revalidate', 'proxy-revalidate', 'no-cache', 's-maxage=2'].map((directive): Case => ({
      title: `lets nothing with ${directive} stand in`,
      section: 'RFC 9111 §4.2.4',
      steps: [
        { fields: [cc(`max-age=2, ${directive}`)], wait: 3 },
        { breaks: true, is: 502 },
      ],
    })),
    {
      title: 'invalidates after a method that nobody knows',
      section: 'RFC 9111 §4.4',
      steps: [{ fields: [cc('max-age=3600'), NOW] }, { method: 'M-SEARCH', body: 'abc' }, { from: 'origin' }],
    },
    {
      title: 'does not let an answer that is not stored put out one that is fresh',
      section: 'RFC 9111 §5.2.2.5',
      steps: [
        { fields: [cc('max-age=10000'), NOW, ['A', '1']], wait: 3 },
        { fields: [cc('no-store'), NOW, ['A', '2']], wait: 3 },
        { from: 'cache', has: [['A', '1']] },
      ],
    },
    {
      title: 'gives a 304 to whoever has it, with the tag',
      section: 'RFC 9111 §4.3.2',
      steps: [
        { fields: [cc('max-age=3600'), ['ETag', '"abcdef"'], ['Last-Modified', -5000], NOW] },
        {
          sends: [
            ['If-None-Match', '"abcdef"'],
            ['If-Modified-Since', -1],
          ],
          from: 'cache',
          is: 304,
          has: [['ETag', '"abcdef"']],
        },
      ],
    },
  ],
  {},
);

describe('RFC conformance: framing of answers', () => {
  const opened = new Opened();
  afterEach(() => opened.close());

  const head = (...fields: string[]): string => `HTTP/1.1 200 OK\r\n${fields.join('\r\n')}\r\n\r\n`;

  it('takes an answer under a transfer coding that nobody knows to its connection’s end (RFC 9112 §6.3)', async () => {
    const origin = await makeRawOrigin(opened, (socket) => {
      socket.end(`${head('Cache-Control: max-age=3600', 'Transfer-Encoding: xyzzy')}0123456789`);
    });
    const { url } = await makeProxy(opened, origin.url);
    for (const word of ['MISS', 'HIT']) {
      const answer = await ask(`${url}/a`);
      expect([answer.status, answer.text, answer.cache]).to.deep.equal([200, '0123456789', word]);
      if (word === 'HIT') expect(answer.headers['transfer-encoding']).to.equal(undefined);
    }
  });

  for (const coding of ['gzip', 'gzip, chunked', 'xchunked', 'chunked, chunked', 'deflate']) {
    it(`refuses an answer under ${coding}, whose content would be another one`, async () => {
      const origin = await makeRawOrigin(opened, (socket) => {
        socket.end(`${head('Cache-Control: max-age=3600', `Transfer-Encoding: ${coding}`)}5\r\nhello\r\n0\r\n\r\n`);
      });
      const { url } = await makeProxy(opened, origin.url);
      expect((await ask(`${url}/a`)).status).to.equal(502);
    });
  }

  it('takes as many bytes as Content-Length says, and no more (RFC 9112 §6.3)', async () => {
    const origin = await makeRawOrigin(opened, (socket) => {
      socket.write(`${head('Cache-Control: max-age=3600', 'Content-Length: 10')}0123456789 and more`);
    });
    const { url } = await makeProxy(opened, origin.url);
    for (const word of ['MISS', 'HIT', 'HIT']) {
      const answer = await ask(`${url}/a`);
      expect([answer.status, answer.text, answer.cache]).to.deep.equal([200, '0123456789', word]);
    }
    // The connection on which there was more is not used again.
    expect((await ask(`${url}/b`)).text).to.equal('0123456789');
    expect(origin.connections()).to.equal(2);
  });

  it('keeps the length that was stored, whatever a 304 says (RFC 9111 §3.2)', async () => {
    const origin = await makeRawOrigin(opened, (socket, count) => {
      const tag = ['ETag: "a"', 'Cache-Control: max-age=2'];
      if (count === 1) socket.write(`${head(...tag, 'Content-Length: 5')}01234`);
      else socket.write(`HTTP/1.1 304 Not Modified\r\n${tag.join('\r\n')}\r\nContent-Length: 10\r\n\r\n`);
    });
    const { url, clock } = await makeProxy(opened, origin.url);
    await ask(`${url}/a`);
    await clock.advanceAsync(3000);
    for (const word of ['REVALIDATED', 'HIT']) {
      const answer = await ask(`${url}/a`);
      expect([answer.text, answer.cache, answer.headers['content-length']]).to.deep.equal(['01234', word, '5']);
    }
    expect(origin.heads).to.have.length(2);
  });

  it('is not kept from the origin by some URLs at which it breaks off', async () => {
    const origin = await makeRawOrigin(opened, (socket, _, request) => {
      if (request.includes(' /broken')) socket.destroy();
      else socket.write(`${head('Content-Length: 4')}fine`);
    });
    const { url } = await makeProxy(opened, origin.url);
    await ask(`${url}/fine`);
    const broken = Array.from({ length: 10 }, async (_, number) => ask(`${url}/broken/${number}`));
    for (const answer of await Promise.all(broken)) expect(answer.status).to.equal(502);
    expect((await ask(`${url}/fine`)).text).to.equal('fine');
  });
});
