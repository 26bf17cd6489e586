import { connect, type Socket } from 'node:net';
import { expect } from 'chai';
import fc from 'fast-check';
import { ServiceMaker, type Service } from '../support/make-service.js';

/** Sends bytes over a connection of its own, and collects what comes until the other side ends it. */
function sendRaw(port: number, text: string | Buffer, sockets: Set<Socket>, leaves = true): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    sockets.add(socket);
    let received = '';
    socket.on('data', (data) => (received += data.toString('latin1')));
    socket.on('error', () => undefined);
    socket.on('close', () => {
      sockets.delete(socket);
      resolve(received);
    });
    socket.write(typeof text === 'string' ? Buffer.from(text, 'latin1') : text);
    if (leaves) socket.end();
  });
}

const statusesOf = (received: string): number[] =>
  [...received.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map((match) => Number(match[1]));

describe('requests as bytes', () => {
  const services = new ServiceMaker();
  const sockets = new Set<Socket>();
  afterEach(async () => {
    for (const socket of sockets) socket.destroy();
    await services.closeAll();
  });

  const send = async (service: Service, text: string | Buffer, leaves?: boolean): Promise<string> =>
    sendRaw(service.port, text, sockets, leaves);

  const PUT = 'PUT /cache/a HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: a/b\r\n';
  const NEXT = 'GET /cache/smuggled HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n';
  const faulty: [string, string, number][] = [
    ['two lengths', `${PUT}Content-Length: 3\r\nContent-Length: 4\r\n\r\nabc${NEXT}`, 400],
    ['length and chunked', `${PUT}Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${NEXT}`, 400],
    ['chunked that is not last', `${PUT}Transfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n${NEXT}`, 400],
    ['an unknown coding', `${PUT}Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n${NEXT}`, 501],
    ['a length with a sign', `${PUT}Content-Length: +3\r\n\r\nabc${NEXT}`, 400],
    ['a bad chunk size', `${PUT}Transfer-Encoding: chunked\r\n\r\nxyz\r\nabc\r\n0\r\n\r\n${NEXT}`, 400],
    ['no host', 'GET /cache/a HTTP/1.1\r\n\r\n', 400],
    ['two hosts', 'GET /cache/a HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n', 400],
    [
      'two media types',
      `PUT /cache/a HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: a/b\r\nContent-Type: application/json\r\nContent-Length: 0\r\n\r\n`,
      400,
    ],
    ['another version', 'GET /cache/a HTTP/2.0\r\nHost: 127.0.0.1\r\n\r\n', 505],
    ['a space before the colon', 'GET /cache/a HTTP/1.1\r\nHost : 127.0.0.1\r\n\r\n', 400],
    ['a folded line', 'GET /cache/a HTTP/1.1\r\nHost: 127.0.0.1\r\nX: a\r\n b\r\n\r\n', 400],
    ['too many fields', `GET /cache/a HTTP/1.1\r\nHost: 127.0.0.1\r\n${'X: y\r\n'.repeat(100)}\r\n`, 431],
    ['a head that is too large', `GET /cache/a HTTP/1.1\r\nHost: 127.0.0.1\r\nX: ${'y'.repeat(20_000)}\r\n\r\n`, 431],
    ['an expectation that nobody knows', 'GET /cache/a HTTP/1.1\r\nHost: 127.0.0.1\r\nExpect: more\r\n\r\n', 417],
    ['CONNECT', 'CONNECT a:1 HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n', 405],
    ['a body over the limit', `${PUT}Content-Length: 99999999\r\n\r\n${'x'.repeat(1000)}`, 413],
  ];
  for (const [what, text, status] of faulty) {
    it(`answers ${what} with ${status} and ends the connection`, async () => {
      const service = await services.make();
      const received = await send(service, text);
      expect(statusesOf(received)).to.deep.equal([status]);
      expect(received)
        .to.contain('application/problem+json')
        .and.to.match(/connection: close/i);
    });
  }

  it('tells a client that waits for 100-continue to go on, or at once that it need not', async () => {
    const service = await services.make({ limits: { bodyBytes: 10 } });
    const head = `${PUT}Expect: 100-continue\r\nConnection: close\r\n`;
    expect(statusesOf(await send(service, `${head}Content-Length: 3\r\n\r\nabc`))).to.deep.equal([100, 201]);
    expect(statusesOf(await send(service, `${head}Content-Length: 11\r\n\r\n`))).to.deep.equal([413]);
  });

  it('answers requests that came in one piece in their order, and the absolute form, and HTTP/1.0', async () => {
    const service = await services.make();
    const received = await send(
      service,
      `${PUT}Content-Length: 3\r\n\r\nabcGET http://127.0.0.1/cache/a HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\nGET /cache/b HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n`,
      false,
    );
    expect(statusesOf(received)).to.deep.equal([201, 200, 404]);
  });

  it('keeps nothing of a body that broke off', async () => {
    const service = await services.make();
    await send(service, `${PUT}Content-Length: 10\r\n\r\nabc`);
    await send(service, `${PUT}Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n`);
    expect((await service.get('a')).status).to.equal(404);
  });

  it('falls over no bytes, and answers none with 5xx', async () => {
    const service = await services.make();
    const line = fc.constantFrom('GET ', 'PUT ', 'POST ', 'DELETE ', 'HEAD ', 'get ', '');
    const target = fc.oneof(
      fc.constantFrom('/cache/a', '/cache', '/cache/batch', '/invalidate', '/stats', '*', '//', '/cache/%'),
      fc.string(),
    );
    const field = fc.oneof(
      fc.constantFrom(
        'Host: 127.0.0.1',
        'Content-Type: application/json',
        'Content-Length: 5',
        'Transfer-Encoding: chunked',
        'If-Match: ',
        'If-None-Match: "',
        'Cache-Control: max-age=1e9',
        'Expect: 100-continue',
      ),
      fc.string(),
    );
    const request = fc
      .tuple(line, target, fc.array(field, { maxLength: 6 }), fc.string())
      .map(
        ([method, path, fields, body]) =>
          `${method}${path} HTTP/1.1\r\n${fields.map((one) => `${one}\r\n`).join('')}\r\n${body}`,
      );
    await fc.assert(
      fc.asyncProperty(fc.oneof(request, fc.string()), async (text) => {
        for (const status of statusesOf(await send(service, text))) {
          expect(status, text).to.satisfy((seen: number) => seen < 500 || seen === 501 || seen === 505);
        }
      }),
      { numRuns: 300 },
    );
    expect((await service.ask('GET', '/health')).status).to.equal(200);
  }).timeout(60_000);

  it('falls over no JSON, path, field or media type, and gives every answer as the document says', async () => {
    const service = await services.make();
    const json = fc.oneof(
      fc.json(),
      fc
        .record(
          {
            value: fc.jsonValue(),
            ttl: fc.oneof(fc.double(), fc.constant(null), fc.string()),
            tags: fc.oneof(fc.array(fc.string({ unit: 'binary' })), fc.string()),
          },
          { requiredKeys: [] },
        )
        .map((draft) => JSON.stringify(draft)),
      fc
        .record(
          {
            get: fc.array(fc.oneof(fc.string({ unit: 'binary' }), fc.jsonValue())),
            set: fc.array(fc.record({ key: fc.string(), value: fc.jsonValue() })),
            delete: fc.array(fc.string()),
          },
          { requiredKeys: [] },
        )
        .map((batch) => JSON.stringify(batch)),
      fc.constantFrom(
        '{"value":',
        '{"__proto__":1}',
        '{"value":{"__proto__":null}}',
        '['.repeat(5000),
        `{"value":${'['.repeat(5000)}${']'.repeat(5000)}}`,
      ),
    );
    const key = fc
      .uint8Array({ maxLength: 30 })
      .map((bytes) => [...bytes].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join(''));
    const path = fc.oneof(
      key.map((text) => `/cache/x${text}`),
      fc.constantFrom('/cache/batch', '/invalidate', '/cache?limit=3', '/cache?cursor=x', '/stats'),
    );
    const method = fc.constantFrom('GET', 'PUT', 'POST', 'DELETE', 'HEAD');
    const type = fc.constantFrom('application/json', 'application/json; charset=utf-8', 'text/plain', 'x', 'a/b; "');
    const condition = fc.constantFrom(undefined, '*', '"a"', 'W/"a", "b"', ',', '"');
    await fc.assert(
      fc.asyncProperty(method, path, json, type, condition, async (verb, where, body, contentType, ifNoneMatch) => {
        const hasBody = verb === 'PUT' || verb === 'POST';
        const headers = {
          'content-type': contentType,
          ...(ifNoneMatch !== undefined && { 'if-none-match': ifNoneMatch }),
        };
        const { status } = await service.ask(verb, where, hasBody ? { body, headers } : { headers });
        expect(status).to.be.below(500);
      }),
      { numRuns: 500 },
    );
  }).timeout(60_000);
});
