import { Agent } from 'node:http';
import { expect } from 'chai';
import { ask, dial, speak, until } from '../support/clients.js';
import { httpOrigin, Opened } from '../support/origins.js';
import { makeProxy } from '../support/proxies.js';

describe('draining', () => {
  const opened = new Opened();
  afterEach(() => opened.close());

  it('answers what was asked before it ends, and takes no new connections', async () => {
    let finish: () => void = () => undefined;
    const origin = await httpOrigin(opened, (_, response) => void (finish = () => response.end('whole')));
    const proxy = await makeProxy(opened, origin.url);
    const running = ask(proxy.url);
    await until(() => origin.requests.length === 1);
    const drained = proxy.drain();
    let isDrained = false;
    void drained.then(() => (isDrained = true));
    const refused = await ask(proxy.url).catch((error: unknown) => (error as NodeJS.ErrnoException).code);
    expect(refused).to.equal('ECONNREFUSED');
    expect(isDrained).to.equal(false);
    finish();
    const got = await running;
    expect([got.body, got.headers['connection']]).to.deep.equal(['whole', 'close']);
    await drained;
  });

  it('says that it is not ready for more, and still that it lives', async () => {
    let finish: () => void = () => undefined;
    const origin = await httpOrigin(opened, (_, response) => void (finish = () => response.end('whole')));
    const proxy = await makeProxy(opened, origin.url, { admin: { port: 0 } });
    const status = async (path: string): Promise<number> => (await ask(`${proxy.adminUrl!}/health${path}`)).status;
    expect([await status('/ready'), await status('/live')]).to.deep.equal([200, 200]);
    const running = ask(proxy.url);
    await until(() => origin.requests.length === 1);
    const drained = proxy.drain();
    expect([await status('/ready'), await status('/live'), await status('')]).to.deep.equal([503, 200, 200]);
    finish();
    await running;
    await drained;
  });

  it('answers requests that are already on their way on open connections, as the last ones there', async () => {
    const origin = await httpOrigin(opened, (_, response) =>
      response.setHeader('cache-control', 'max-age=60').end('ok'),
    );
    const proxy = await makeProxy(opened, origin.url);
    const agent = new Agent({ keepAlive: true });
    opened.add(() => agent.destroy());
    await ask(proxy.url, { agent });
    const drained = proxy.drain();
    const got = await ask(proxy.url, { agent });
    expect([got.headers['x-cache'], got.headers['connection']]).to.deep.equal(['HIT', 'close']);
    await drained;
  });

  it('closes connections on which nothing comes any more', async () => {
    const origin = await httpOrigin(opened, (_, response) => response.end());
    const proxy = await makeProxy(opened, origin.url);
    const socket = (await dial(opened, proxy.port)).resume();
    const closed = new Promise((resolve) => socket.on('close', resolve));
    await until(() => proxy.counters.connections === 1);
    await proxy.drain();
    await closed;
  });

  it('cuts what takes longer than drainTimeout', async () => {
    const origin = await httpOrigin(opened, () => undefined);
    const proxy = await makeProxy(opened, origin.url, { limits: { drainTimeout: '50ms' } });
    const hanging = speak(proxy.port, 'GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    await until(() => origin.requests.length === 1);
    await proxy.drain();
    expect(await hanging).to.equal('');
  });

  it('is cut short by close', async () => {
    const origin = await httpOrigin(opened, () => undefined);
    const proxy = await makeProxy(opened, origin.url);
    const hanging = speak(proxy.port, 'GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    await until(() => origin.requests.length === 1);
    const drained = proxy.drain();
    await proxy.close();
    await drained;
    expect(await hanging).to.equal('');
  });
});
