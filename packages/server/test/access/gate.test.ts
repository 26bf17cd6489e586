import { request } from 'node:http';
import { rejects } from 'node:assert/strict';
import { expect } from 'chai';
import { FakeClock } from '@cachewarp/core/testing';
import { startServer } from '#src/server/start-server.js';
import { ServiceMaker } from '../support/make-service.js';

const ADMIN = 'the-token-of-the-whole';
const TEAM = 'the-token-of-team-a-0';
const READER = 'the-token-that-reads';

describe('who may use the service', () => {
  const services = new ServiceMaker();
  afterEach(() => services.closeAll());

  const tokens = [{ token: ADMIN }, { token: TEAM, namespace: 'team-a' }, { token: READER, readOnly: true }];
  const as = (token: string): { headers: Record<string, string> } => ({
    headers: { authorization: `Bearer ${token}` },
  });

  /** With fields that fetch does not let a program set. */
  function withFields(port: number, headers: Record<string, string>): Promise<number> {
    return new Promise((resolve, reject) => {
      const sent = request({ host: '127.0.0.1', port, path: '/cache', headers }, (response) => {
        response.resume();
        response.on('end', () => resolve(response.statusCode!));
      });
      sent.on('error', reject);
      sent.end();
    });
  }

  it('refuses to start beyond loopback without tokens', async () => {
    await rejects(
      startServer({ port: 0, host: '0.0.0.0' }),
      /host must be a loopback address unless tokens are set, got "0\.0\.0\.0"/,
    );
    await rejects(startServer({ port: 0, host: '::' }), /host must be/);
    const service = await services.make({ host: '0.0.0.0', tokens });
    expect(service.port).to.be.above(0);
  });

  it('without tokens answers this machine only: no other host name, no page of another site, nobody behind a proxy', async () => {
    const { port } = await services.make();
    const host = `127.0.0.1:${port}`;
    expect(await withFields(port, { host })).to.equal(200);
    expect(await withFields(port, { host: `localhost:${port}` })).to.equal(200);
    expect(await withFields(port, { host: 'evil.example' })).to.equal(403);
    expect(await withFields(port, { host, origin: 'http://evil.example' })).to.equal(403);
    expect(await withFields(port, { host, origin: `http://${host}` })).to.equal(200);
    expect(await withFields(port, { host, 'sec-fetch-site': 'cross-site' })).to.equal(403);
    expect(await withFields(port, { host, 'x-forwarded-for': '10.0.0.1' })).to.equal(403);
  });

  it('with tokens asks for one, and says how', async () => {
    const service = await services.make({ tokens });
    const without = await service.ask('GET', '/cache');
    expect(without.status).to.equal(401);
    expect(without.headers.get('www-authenticate')).to.equal('Bearer realm="cachewarp"');
    expect((await service.ask('GET', '/cache', as('not-a-token-of-ours'))).status).to.equal(401);
    expect((await service.ask('GET', '/cache', { headers: { authorization: `Basic ${ADMIN}` } })).status).to.equal(401);
    expect((await service.ask('GET', '/cache', as(ADMIN))).status).to.equal(200);
    expect((await service.ask('GET', '/openapi.json')).status).to.equal(401);
    expect((await service.ask('GET', '/health')).json).to.deep.equal({
      status: 'ok',
      store: 'disabled',
      redis: 'disabled',
    });
  });

  it('makes an address wait that guesses, also with the right token', async () => {
    const clock = new FakeClock();
    const service = await services.make({ tokens, clock });
    for (let guess = 0; guess < 10; guess++)
      expect((await service.ask('GET', '/cache', as(`guess-number-000${guess}`))).status).to.equal(401);
    const waiting = await service.ask('GET', '/cache', as(ADMIN));
    expect(waiting.status).to.equal(429);
    expect(Number(waiting.headers.get('retry-after'))).to.be.within(1, 6);
    clock.advance(6_100);
    expect((await service.ask('GET', '/cache', as(ADMIN))).status).to.equal(200);
  });

  it('lets a read-only token read, also many, and change nothing', async () => {
    const service = await services.make({ tokens });
    const put = (token: string): Promise<{ status: number }> =>
      service.ask('PUT', '/cache/a', {
        json: { value: 1 },
        ...as(token),
        headers: { ...as(token).headers, 'content-type': 'application/json' },
      });
    expect((await put(ADMIN)).status).to.equal(201);
    expect((await put(READER)).status).to.equal(403);
    const json = { 'content-type': 'application/json', ...as(READER).headers };
    expect((await service.ask('GET', '/cache/a', as(READER))).status).to.equal(200);
    expect(
      (await service.ask('POST', '/cache/batch', { body: '{"get":["a"]}', headers: json })).json.get[0].value,
    ).to.equal(1);
    expect(
      (await service.ask('POST', '/cache/batch', { body: '{"set":[{"key":"a","value":2}]}', headers: json })).status,
    ).to.equal(403);
    expect((await service.ask('POST', '/cache/batch', { body: '{"delete":["a"]}', headers: json })).status).to.equal(
      403,
    );
    expect((await service.ask('DELETE', '/cache/a', as(READER))).status).to.equal(403);
    expect((await service.ask('DELETE', '/cache', as(READER))).status).to.equal(403);
    expect((await service.ask('POST', '/invalidate', { body: '{"all":true}', headers: json })).status).to.equal(403);
    expect((await service.ask('GET', '/cache/a', as(ADMIN))).json.value).to.equal(1);
  });

  it('gives a namespace its own keys, tags and prefixes, and shows it nothing of others', async () => {
    const service = await services.make({ tokens });
    const put = (token: string, key: string): Promise<unknown> =>
      service.ask('PUT', `/cache/${key}`, {
        json: { value: token, tags: ['t'] },
        headers: { ...as(token).headers, 'content-type': 'application/json' },
      });
    const invalidate = (token: string, json: object): Promise<unknown> =>
      service.ask('POST', '/invalidate', {
        json,
        headers: { ...as(token).headers, 'content-type': 'application/json' },
      });
    const keys = async (token: string): Promise<string[]> => (await service.ask('GET', '/cache', as(token))).json.keys;
    await put(ADMIN, 'k');
    await put(TEAM, 'k');
    expect((await service.ask('GET', '/cache/k', as(TEAM))).json).to.deep.include({
      key: 'k',
      value: TEAM,
      tags: ['t'],
    });
    expect((await service.ask('GET', '/cache/k', as(ADMIN))).json.value).to.equal(ADMIN);
    expect(await keys(TEAM)).to.deep.equal(['k']);
    expect(await keys(ADMIN)).to.deep.equal(['k', 'team-a:k']);
    await invalidate(ADMIN, { tag: 't' });
    expect(await keys(ADMIN)).to.deep.equal(['team-a:k']);
    await put(ADMIN, 'k');
    await invalidate(TEAM, { all: true });
    expect(await keys(ADMIN)).to.deep.equal(['k']);
    await put(TEAM, 'k');
    await service.ask('DELETE', '/cache', as(TEAM));
    expect(await keys(ADMIN)).to.deep.equal(['k']);
    expect((await service.ask('GET', '/stats', as(TEAM))).status).to.equal(403);
  });

  it('limits the rate of each token by itself', async () => {
    const clock = new FakeClock();
    const service = await services.make({ tokens, clock, limits: { requestsPerSecond: 5 } });
    const statuses = async (token: string, count: number): Promise<number[]> => {
      const seen: number[] = [];
      for (let at = 0; at < count; at++) seen.push((await service.ask('GET', '/cache', as(token))).status);
      return seen;
    };
    expect(await statuses(ADMIN, 12)).to.deep.equal([...Array<number>(10).fill(200), 429, 429]);
    expect(await statuses(READER, 1)).to.deep.equal([200]);
    clock.advance(400);
    expect(await statuses(ADMIN, 3)).to.deep.equal([200, 200, 429]);
  });

  const faulty: [unknown, RegExp][] = [
    [[{ token: 'short' }], /tokens\[0\]\.token must be 16 to 512 .*got "5 characters"/],
    [[{ token: ADMIN }, { token: ADMIN }], /tokens\[1\]\.token must not be the same/],
    [[{ token: ADMIN, namespace: 'a:b' }], /tokens\[0\]\.namespace must be .*got "a:b"/],
    [[{ token: ADMIN, readonly: true }], /tokens\[0\]\.readonly is not an option/],
  ];
  for (const [given, message] of faulty) {
    it(`refuses tokens with ${String(message)}`, async () => {
      await rejects(startServer({ port: 0, tokens: given as never }), (error: Error) => {
        expect(error.message).to.match(message).and.not.to.contain(ADMIN);
        return true;
      });
    });
  }
});
