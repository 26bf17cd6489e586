import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { rejects } from 'node:assert/strict';
import { expect } from 'chai';
import { CacheClient } from '#src/cache-client.js';
import { CacheClientError, CacheConnectionError, CacheResponseError, CacheTimeoutError } from '#src/errors.js';

type Reply = (response: ServerResponse, request: IncomingMessage) => void;

describe('what the client does when the service does not answer', () => {
  const servers: Server[] = [];

  afterEach(async () => {
    for (const server of servers.splice(0)) {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
  });

  /** A service that gives these answers, the last one again and again. */
  async function makeClient(...replies: Reply[]): Promise<{ client: CacheClient; requests: string[] }> {
    const requests: string[] = [];
    const server = createServer((request, response) => {
      requests.push(`${request.method} ${request.url}`);
      request.resume();
      (replies.length > 1 ? replies.shift()! : replies[0]!)(response, request);
    });
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    return { client: new CacheClient({ url, retryDelay: 1, timeout: 200 }), requests };
  }

  const problem =
    (status: number, fields: Record<string, string> = {}): Reply =>
    (response) => {
      response.writeHead(status, { 'content-type': 'application/problem+json', ...fields });
      response.end(JSON.stringify({ type: 'about:blank', title: 'T', status, detail: 'why', field: 'ttl', value: 0 }));
    };
  const broken: Reply = (response) => void response.destroy();
  const silent: Reply = () => undefined;
  const found: Reply = (response) => {
    response.writeHead(200, {
      'content-type': 'application/json',
      etag: '"a"',
      age: '1',
      'cache-control': 'max-age=9',
    });
    response.end('{"key":"k","value":1,"ttl":10,"tags":["t"]}');
  };
  const put: Reply = (response) => void response.writeHead(201).end('{"etag":"x","confirmed":true}');

  it('asks again where the connection broke or the service is too busy', async () => {
    const { client, requests } = await makeClient(broken, problem(503), found);
    expect(await client.getEntry('k')).to.deep.equal({
      value: 1,
      etag: '"a"',
      age: 1,
      ttlLeft: 9,
      tags: ['t'],
      contentType: undefined,
    });
    expect(requests).to.deep.equal(['GET /cache/k', 'GET /cache/k', 'GET /cache/k']);
  });

  it('gives up after the retries, and says what happened', async () => {
    const { client, requests } = await makeClient(broken);
    await rejects(client.get('k'), CacheConnectionError);
    expect(requests).to.have.length(3);
  });

  it('gives each try its time', async () => {
    const { client, requests } = await makeClient(silent);
    await rejects(client.get('k'), (error: unknown) => {
      expect(error).to.be.instanceOf(CacheTimeoutError).and.instanceOf(CacheClientError);
      expect((error as Error).message).to.equal('GET /cache/k took longer than 200 ms');
      return true;
    });
    expect(requests).to.have.length(3);
  });

  it('sends no conditional write again that may have been done, but one that was turned away', async () => {
    const once = await makeClient(broken);
    await rejects(once.client.set('k', 1, { ifAbsent: true }), CacheConnectionError);
    expect(once.requests).to.have.length(1);
    const again = await makeClient(problem(503), problem(429, { 'retry-after': '0' }), put);
    expect(await again.client.set('k', 1, { ifMatch: '"x"' })).to.deep.equal({ etag: 'x', confirmed: true });
    expect(again.requests).to.have.length(3);
  });

  it('tells what was refused and why, and does not ask again', async () => {
    const { client, requests } = await makeClient(problem(422));
    await rejects(client.set('k', 1, { ttl: 0 }), (error: unknown) => {
      expect(error).to.be.instanceOf(CacheResponseError);
      expect(error).to.include({
        status: 422,
        message: 'PUT /cache/k was answered 422: why',
        code: 'ERR_CACHEWARP_CLIENT_RESPONSE',
      });
      expect((error as CacheResponseError).problem).to.include({ field: 'ttl', value: 0 });
      return true;
    });
    expect(requests).to.have.length(1);
  });

  it('refuses keys, values and options that cannot be sent', async () => {
    const client = new CacheClient({ url: 'http://127.0.0.1:9' });
    await rejects(client.get(''), /key must be text that is not empty, got ""/);
    await rejects(client.get('\ud800'), /lone surrogates/);
    await rejects(client.set('k', undefined), /value must be JSON or Uint8Array, got undefined/);
    await rejects(client.set('k', new Uint8Array(1), { tags: ['a b'], ifAbsent: true }), /tags without spaces/);
    expect(() => new CacheClient({ url: 'localhost' })).to.throw(TypeError, 'got "localhost"');
    expect(() => new CacheClient({ url: 'http://x', timeout: 0 })).to.throw(
      TypeError,
      'timeout must be a number from 1, got 0',
    );
  });
});
