import { rejects } from 'node:assert/strict';
import { createCache } from '@cachewarp/core';
import { expect } from 'chai';
import type { AnsweredRequest } from '@cachewarp/core';
import type { ProxyOptions } from '#src/proxy/proxy-options.js';
import { startProxy } from '#src/proxy/start-proxy.js';
import { ask, until, xCache } from '../support/clients.js';
import { httpOrigin, Opened } from '../support/origins.js';
import { makeProxy } from '../support/proxies.js';

describe('startProxy', () => {
  const opened = new Opened();
  afterEach(() => opened.close());

  describe('refuses, naming field and value,', () => {
    const origin = 'http://127.0.0.1:1';
    const cases: [title: string, options: unknown, message: string][] = [
      ['a missing origin', {}, "origin must be a URL such as 'https://api.example.com', got undefined"],
      [
        'an origin that is no URL',
        { origin: 'localhost' },
        'origin must be a URL such as \'https://api.example.com\', got "localhost"',
      ],
      [
        'an origin of another scheme',
        { origin: 'ftp://a' },
        'origin must be a URL such as \'https://api.example.com\', got "ftp://a"',
      ],
      [
        'an origin with a path',
        { origin: 'http://a/b' },
        'origin must be a server without a path: the origin gets the path that the client asked for, got "http://a/b"',
      ],
      [
        'an origin with a password, without showing it',
        { origin: 'http://u:secret@a' },
        'origin must not hold a user name or password, got "http://…@a"',
      ],
      [
        'one bad origin of several',
        { origin: ['http://a', 'b'] },
        'origin[1] must be a URL such as \'https://api.example.com\', got "b"',
      ],
      ['no origin at all', { origin: [] }, 'origin must name at least one URL, got []'],
      ['a bad port', { origin, port: 70_000 }, 'port must be a whole number from 0 to 65535, got 70000'],
      ['an unknown option', { origin, cach: {} }, 'cach is not an option'],
      [
        'a bad limit',
        { origin, limits: { headerBytes: -1 } },
        "limits.headerBytes must be a number of bytes above 0 (or text such as '64mb'), got -1",
      ],
      ['an unknown limit', { origin, limits: { body: 1 } }, 'limits.body is not an option'],
      [
        'limits that contradict each other',
        { origin, limits: { headersTimeout: '10m' } },
        'limits.headersTimeout must not be above requestTimeout, got "10m"',
      ],
      [
        'too many retries',
        { origin, upstream: { retries: 9 } },
        'upstream.retries must be a number from 0 to 2, got 9',
      ],
      [
        'a bad timeout',
        { origin, upstream: { idleTimeout: 'soon' } },
        'upstream.idleTimeout must be a duration above 0',
      ],
      [
        'a bad breaker',
        { origin, upstream: { breaker: { openFor: -1 } } },
        'breaker.openFor must be a duration above 0',
      ],
      [
        'a bad probe',
        { origin, upstream: { health: { path: 'health' } } },
        'upstream.health.path must begin with \'/\', got "health"',
      ],
      ['a bad policy', { origin, policy: { ttl: -5 } }, 'policy.ttl must be a duration above 0'],
      [
        'a bad rule',
        { origin, rules: [{}, { path: 'x' }] },
        'rules[1].path must be a path pattern that begins with \'/\', got "x"',
      ],
      [
        'a bad trusted proxy',
        { origin, trustedProxies: ['10.0.0.0/40'] },
        'trustedProxies[0] must have a valid prefix length, got "10.0.0.0/40"',
      ],
      [
        'h2c among the upgrades',
        { origin, upgrades: ['h2c'] },
        'upgrades[0] must be a protocol such as \'websocket\', other than h2c, got "h2c"',
      ],
      [
        'a bad host',
        { origin, hosts: ['a b'] },
        "hosts[0] must be a host such as 'example.com' or 'example.com:8080', got \"a b\"",
      ],
      ['a key that is no text', { origin, tls: { cert: 'x', key: 5 } }, 'tls.key must be PEM text, got "number"'],
      [
        'an address to preserve Host for',
        { origin: 'https://127.0.0.1', upstream: { preserveHost: true } },
        'upstream.tls.servername is needed with preserveHost',
      ],
    ];
    for (const [title, options, message] of cases) {
      it(title, async () => {
        await rejects(startProxy(options as ProxyOptions), (error: Error & { code?: string }) => {
          expect(error.code).to.equal('ERR_CACHEWARP_INVALID_OPTION');
          expect(error.message.startsWith(message), error.message).to.equal(true);
          return true;
        });
      });
    }
  });

  it('says in one line that a port is in use', async () => {
    const origin = await httpOrigin(opened, (_, response) => response.end());
    await rejects(startProxy({ origin: origin.url, port: origin.port, host: '127.0.0.1' }), {
      code: 'ERR_CACHEWARP_PORT_IN_USE',
      message: `127.0.0.1:${origin.port} is in use: choose another port, or stop what listens there`,
    });
    await rejects(startProxy({ origin: origin.url, port: 0, host: '127.0.0.1', admin: { port: origin.port } }), {
      code: 'ERR_CACHEWARP_PORT_IN_USE',
      message: `the admin port ${origin.port} is in use: choose another`,
    });
  });

  it('says in one line that an address is not ours', async () => {
    await rejects(startProxy({ origin: 'http://127.0.0.1:1', port: 0, host: '192.0.2.1' }), {
      code: 'ERR_CACHEWARP_LISTEN',
    });
  });

  it('serves a cache that it was given, and leaves it open', async () => {
    const cache = createCache({ name: 'shared' });
    opened.add(() => cache.close());
    const origin = await httpOrigin(opened, (_, response) =>
      response.setHeader('cache-control', 'max-age=60').end('ok'),
    );
    const proxy = await makeProxy(opened, origin.url, { cache });
    await ask(proxy.url);
    await proxy.close();
    const next = await startProxy({ origin: origin.url, cache, port: proxy.port, host: '127.0.0.1' });
    opened.add(() => next.close());
    expect(await xCache(next.url)).to.equal('HIT');
  });

  it('tells of each answered request', async () => {
    const told: AnsweredRequest[] = [];
    const origin = await httpOrigin(opened, (_, response) =>
      response.setHeader('cache-control', 'max-age=60').end('hello'),
    );
    const proxy = await makeProxy(opened, origin.url, { onAnswered: (request) => told.push(request) });
    await ask(`${proxy.url}/a?b`, { headers: { 'x-request-id': 'r-1' } });
    await ask(`${proxy.url}/a?b`);
    await until(() => told.length === 2);
    expect(told.map(({ word, status, bytes, target, route }) => [word, status, bytes, target, route])).to.deep.equal([
      ['miss', 200, 5, '/a?b', 'default'],
      ['hit', 200, 5, '/a?b', 'default'],
    ]);
    expect(told[0]).to.include({ requestId: 'r-1', client: '127.0.0.1', method: 'GET', fault: undefined });
  });

  it('goes on when who is told of requests throws', async () => {
    const warned = new Promise<Error>((resolve) => process.once('warning', resolve));
    const origin = await httpOrigin(opened, (_, response) =>
      response.setHeader('cache-control', 'max-age=60').end('hello'),
    );
    const proxy = await makeProxy(opened, origin.url, {
      onAnswered: () => {
        throw new Error('no log');
      },
    });
    for (let round = 0; round < 3; round++) expect((await ask(proxy.url)).body).to.equal('hello');
    expect((await warned).message).to.match(/^a request log threw: Error: no log/);
  });

  it('serves the admin API on a listener of its own, and PURGE nowhere', async () => {
    const origin = await httpOrigin(opened, (_, response) =>
      response.setHeader('cache-control', 'max-age=60').end('hello'),
    );
    const proxy = await makeProxy(opened, origin.url, { admin: { port: 0, token: 'secret' } });
    const admin = proxy.adminUrl!;
    await ask(`${proxy.url}/a`);
    const purge = { method: 'POST', body: JSON.stringify({ key: `GET:${proxy.url}/a` }) };
    const headers = { 'content-type': 'application/json', authorization: 'Bearer secret' };
    expect(
      (await ask(`${admin}/invalidate`, { ...purge, headers: { ...headers, authorization: 'Bearer no' } })).status,
    ).to.equal(401);
    expect(await xCache(`${proxy.url}/a`)).to.equal('HIT');
    expect((await ask(`${admin}/invalidate`, { ...purge, headers })).status).to.equal(200);
    expect(await xCache(`${proxy.url}/a`)).to.equal('MISS');
    expect((await ask(`${admin}/health`, { headers })).status).to.equal(200);
    const metrics = (await ask(`${admin}/metrics`, { headers })).body;
    const { host } = new URL(origin.url);
    for (const line of [
      'cachewarp_requests_total{cache="proxy",route="default",status="hit"} 1',
      'cachewarp_requests_total{cache="proxy",route="default",status="miss"} 2',
      'cachewarp_request_duration_seconds_count{cache="proxy",status="hit"} 1',
      'cachewarp_request_duration_seconds_bucket{cache="proxy",status="miss",le="+Inf"} 2',
      `cachewarp_origin_requests_total{origin="${host}"} 2`,
      `cachewarp_origin_duration_seconds_count{origin="${host}"} 2`,
      `cachewarp_origin_breaker_state{origin="${host}"} 0`,
      'cachewarp_connections 0',
    ]) {
      expect(metrics).to.include(line);
    }
    expect((await ask(proxy.url, { method: 'PURGE' })).status).to.equal(405);
    expect((await ask(`${proxy.url}/metrics`)).body).to.equal('hello');
  });
});
