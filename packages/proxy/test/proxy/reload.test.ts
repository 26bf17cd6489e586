import { throws } from 'node:assert/strict';
import { Agent } from 'node:http';
import { connect } from 'node:tls';
import { expect } from 'chai';
import { startProxy, type Proxy } from '#src/proxy/start-proxy.js';
import type { ProxyOptions } from '#src/proxy/proxy-options.js';
import { makeCertificate } from '../support/certificate.js';
import { ask } from '../support/clients.js';
import { httpOrigin, Opened } from '../support/origins.js';

describe('reloading a proxy', () => {
  const opened = new Opened();
  afterEach(() => opened.close());

  async function start(options: ProxyOptions): Promise<Proxy> {
    const proxy = await startProxy({ port: 0, host: '127.0.0.1', ...options });
    opened.add(() => proxy.close());
    return proxy;
  }

  it('changes rules, policy and limits at once, and keeps what is stored', async () => {
    const origin = await httpOrigin(opened, (request, response) => response.end(request.url));
    const options = { origin: origin.url, port: 0, host: '127.0.0.1', policy: { defaultTtl: '30s' as const } };
    const proxy = await start(options);
    await ask(`${proxy.url}/a`);
    const rules = [{ path: '/b', cache: false as const }];
    expect(proxy.reload({ ...options, rules, limits: { targetLength: 10 } })).to.deep.equal([]);
    expect((await ask(`${proxy.url}/a`)).headers['x-cache']).to.equal('HIT');
    for (let round = 0; round < 2; round++) expect((await ask(`${proxy.url}/b`)).headers['x-cache']).to.equal('BYPASS');
    expect((await ask(`${proxy.url}/far-too-long`)).status).to.equal(414);
    expect([...proxy.counters.routes.keys()]).to.include('/b');
  });

  it('changes nothing where an option is faulty', async () => {
    const origin = await httpOrigin(opened, (_, response) => response.end('a'));
    const options = { origin: origin.url, port: 0, host: '127.0.0.1' };
    const proxy = await start(options);
    throws(() => proxy.reload({ ...options, limits: { targetLength: 2 }, rules: [{ path: 'a' }] }), {
      name: 'InvalidOptionError',
    });
    expect((await ask(`${proxy.url}/long`)).status).to.equal(200);
  });

  it('names what needs a restart, and leaves it as it is', async () => {
    const options = { origin: 'http://127.0.0.1:9', port: 0, host: '127.0.0.1' };
    const proxy = await start(options);
    const changed = { ...options, port: 1, cache: { name: 'b' }, http2: false, limits: { streams: 7 } };
    expect(proxy.reload(changed)).to.deep.equal(['port', 'http2', 'cache', 'limits.streams']);
    expect(proxy.reload(changed)).to.deep.equal(['port', 'http2', 'cache', 'limits.streams']);
    expect(proxy.reload(options)).to.deep.equal([]);
  });

  it('asks another origin from the next request on; those under way end where they began', async () => {
    let release = (): void => undefined;
    const first = await httpOrigin(opened, (_, response) => {
      response.write('one ');
      release = () => response.end('two');
    });
    const second = await httpOrigin(opened, (_, response) => response.end('three'));
    const options = {
      origin: first.url,
      port: 0,
      host: '127.0.0.1',
      upstream: { maxConcurrency: 1, queueTimeout: '5s' },
    };
    const proxy = await start(options as ProxyOptions);
    const running = ask(`${proxy.url}/a`);
    while (first.requests.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    // It stands in the queue of the origin of before, and is asked for there.
    const waiting = ask(`${proxy.url}/b`);
    while (proxy.origin.queued === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    proxy.reload({ ...options, origin: second.url } as ProxyOptions);
    expect((await ask(`${proxy.url}/c`)).body).to.equal('three');
    release();
    expect((await running).body).to.equal('one two');
    while (first.requests.length < 2) await new Promise((resolve) => setTimeout(resolve, 5));
    release();
    expect((await waiting).body).to.equal('one two');
    expect(proxy.origin.upstreams.map(({ name }) => name)).to.deep.equal([new URL(second.url).host]);
  });

  it('drops no request while it reloads again and again under load', async () => {
    const origins = await Promise.all(
      ['a', 'b'].map((text) => httpOrigin(opened, (_, response) => void setTimeout(() => response.end(text), 2))),
    );
    const optionsOf = (turn: number): ProxyOptions => ({
      origin: origins[turn % 2]!.url,
      port: 0,
      host: '127.0.0.1',
      rules: turn % 3 === 0 ? [{ path: '/**', cache: false }] : [],
    });
    const proxy = await start(optionsOf(0));
    const agent = new Agent({ keepAlive: true, maxSockets: 10 });
    opened.add(() => agent.destroy());
    const answers = Array.from({ length: 300 }, async (_, number) => ask(`${proxy.url}/${number}`, { agent }));
    for (let turn = 1; turn <= 20; turn++) {
      proxy.reload(optionsOf(turn));
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    const statuses = new Set((await Promise.all(answers)).map(({ status }) => status));
    expect([...statuses]).to.deep.equal([200]);
  });

  it('takes another certificate for the connections to come; a faulty one changes nothing', async () => {
    const one = makeCertificate();
    const origin = await httpOrigin(opened, (_, response) => response.end('a'));
    const options = { origin: origin.url, port: 0, host: '127.0.0.1', tls: one };
    const proxy = await start(options);
    throws(() => proxy.reload({ ...options, tls: { cert: 'none', key: 'none' }, limits: { targetLength: 1 } }), {
      code: 'ERR_CACHEWARP_TLS',
    });
    const serial = (): Promise<string> =>
      new Promise((resolve) => {
        const socket = connect({ port: proxy.port, host: '127.0.0.1', rejectUnauthorized: false }, () => {
          resolve(socket.getPeerCertificate().serialNumber);
          socket.destroy();
        });
      });
    const before = await serial();
    expect(await serial()).to.equal(before);
    expect(proxy.reload({ ...options, tls: makeCertificate() })).to.deep.equal([]);
    expect(await serial()).to.not.equal(before);
    expect(proxy.reload({ ...options, tls: undefined } as unknown as ProxyOptions)).to.deep.equal(['tls']);
  });
});
