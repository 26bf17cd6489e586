import { createServer, type ServerResponse } from 'node:http';
import { createCache } from '@cachewarp/core';
import { FakeClock } from '@cachewarp/core/testing';
import { HeaderFields, HttpCache, resolveHttpPolicy, type FreshHit, type HttpRequest } from '@cachewarp/http';
import { expect } from 'chai';
import { HitWriter } from '#src/front/hit-writer.js';
import { ask, speak, type Got } from '../support/clients.js';
import { httpOrigin, listen, Opened } from '../support/origins.js';
import { makeProxy } from '../support/proxies.js';

describe('rendered hits', () => {
  const opened = new Opened();
  afterEach(() => opened.close());

  /** A server that answers everything with what is stored, and the clock of the store. */
  async function makeServer(body: Buffer, knowsInsides: boolean): Promise<{ url: string; clock: FakeClock }> {
    const clock = new FakeClock();
    const cache = createCache({ clock });
    opened.add(() => cache.close());
    const http = new HttpCache(cache);
    const policy = resolveHttpPolicy();
    const request: HttpRequest = {
      method: 'GET',
      scheme: 'http',
      authority: 'a',
      target: '/',
      headers: HeaderFields.empty,
    };
    const headers = HeaderFields.fromRaw(['Cache-Control', 'max-age=60', 'Content-Length', String(body.length)]);
    await http.handle(request, () => Promise.resolve({ status: 200, headers, body }), policy);
    const writer = new HitWriter('CacheWarp', 5_000, knowsInsides);
    const server = createServer((incoming, response: ServerResponse) => {
      writer.write(response, http.fresh(request, policy) as FreshHit, incoming.method === 'HEAD');
    });
    opened.add(() => void server.close());
    return { url: `http://127.0.0.1:${await listen(server)}`, clock };
  }

  const ending = (got: Got): unknown => [got.status, got.body.length, got.headers.age, got.headers['cache-status']];

  for (const knowsInsides of [true, false]) {
    for (const length of [0, 1_000, 20_000]) {
      const way = knowsInsides ? 'directly' : 'through Node where its insides are not known';
      it(`hold ${length} bytes ${way}, and tell of every second anew`, async () => {
        const body = Buffer.alloc(length, 'é', 'latin1');
        const { url, clock } = await makeServer(body, knowsInsides);
        for (const [age, ttl, laterMs] of [
          [0, 59, 0],
          [1, 58, 1_000],
          [12, 47, 11_000],
        ] as const) {
          clock.advance(laterMs);
          for (let at = 0; at < 3; at++) {
            const got = await ask(url);
            expect(ending(got)).to.deep.equal([200, length, String(age), `CacheWarp;hit;ttl=${ttl}`]);
            expect(got.body).to.equal(body.toString('latin1'));
          }
          expect(ending(await ask(url, { method: 'HEAD' }))).to.deep.equal([
            200,
            0,
            String(age),
            `CacheWarp;hit;ttl=${ttl}`,
          ]);
        }
      });
    }
  }

  it('leave what comes with a request unread, and take none of it for the next request', async () => {
    const origin = await httpOrigin(opened, (_, response) =>
      response.writeHead(200, { 'cache-control': 'max-age=60' }).end('hello'),
    );
    const { port, url } = await makeProxy(opened, origin.url);
    await ask(url, { headers: { host: 'a' } });
    for (const content of ['', 'GET /evil HTTP/1.1\r\nHost: a\r\n\r\n', 'x'.repeat(300_000)]) {
      const one = `GET / HTTP/1.1\r\nHost: a\r\nContent-Length: ${content.length}\r\n\r\n${content}`;
      const received = await speak(port, one.repeat(3), (text) => text.split('hello').length > 3);
      expect(received.match(/HTTP\/1\.1 200 OK/g)).to.have.length(3);
      expect(received.match(/X-Cache: HIT/g)).to.have.length(3);
    }
    expect(origin.requests).to.have.length(1);
  });
});
