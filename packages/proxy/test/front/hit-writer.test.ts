import { Agent, createServer, get, type IncomingMessage } from 'node:http';
import { createCache } from '@cachewarp/core';
import { HeaderFields, HttpCache, resolveHttpPolicy, type HttpRequest } from '@cachewarp/http';
import { expect } from 'chai';
import { HitWriter } from '#src/front/hit-writer.js';
import { hasKnownInsides } from '#src/front/whole-answer.js';
import { listen, Opened } from '../support/origins.js';

describe('HitWriter', () => {
  const opened = new Opened();
  afterEach(() => opened.close());

  it('knows the insides of this Node', () => {
    expect(hasKnownInsides()).to.equal(true);
  });

  for (const [title, knows] of [
    ['by the short cut', true],
    ['the ordinary way', false],
  ] as const) {
    for (const size of [0, 100, 100_000]) {
      it(`writes a body of ${size} bytes ${title}, twice on one connection, and HEAD without it`, async () => {
        const cache = createCache();
        const http = new HttpCache(cache);
        const policy = resolveHttpPolicy();
        const request: HttpRequest = {
          method: 'GET',
          scheme: 'http',
          authority: 'a',
          target: '/',
          headers: HeaderFields.empty,
        };
        const body = Buffer.alloc(size, 'x');
        const origin = () =>
          Promise.resolve({
            status: 299,
            reason: 'Fine',
            headers: HeaderFields.fromRaw(['Cache-Control', 'max-age=60', 'X-A', '1', 'X-A', 'caf\u00e9']),
            body,
          });
        await http.handle(request, origin, policy);
        const writer = new HitWriter('CacheWarp', 5000, knows);
        const server = createServer((incoming, response) => {
          const hit = http.fresh({ ...request, method: incoming.method! }, policy)!;
          writer.write(response, hit, incoming.method === 'HEAD');
        });
        const port = await listen(server);
        opened.add(() => void server.close());
        const sockets = new Set<unknown>();
        const agent = new Agent({ keepAlive: true, maxSockets: 1 });
        opened.add(() => agent.destroy());
        for (const method of ['GET', 'HEAD', 'GET']) {
          const got = await new Promise<{ response: IncomingMessage; bytes: number }>((resolve, reject) => {
            const asked = get({ port, agent, method, host: '127.0.0.1' }, (response) => {
              let bytes = 0;
              sockets.add(response.socket);
              response.on('data', (chunk: Buffer) => (bytes += chunk.length));
              response.on('end', () => resolve({ response, bytes }));
            });
            asked.on('error', reject);
          });
          expect([got.response.statusCode, got.response.statusMessage]).to.deep.equal([299, 'Fine']);
          expect(got.bytes).to.equal(method === 'HEAD' ? 0 : size);
          expect(got.response.headers).to.include({
            'x-a': '1, caf\u00e9',
            'x-cache': 'HIT',
            'content-length': String(size),
          });
          expect(got.response.headers['age']).to.equal('0');
        }
        expect(sockets.size).to.equal(1);
      });
    }
  }
});
