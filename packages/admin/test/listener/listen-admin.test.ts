import { rejects } from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { createCache } from '@cachewarp/core';
import { expect } from 'chai';
import { listenAdmin, type AdminListener, type ListenAdminOptions } from '#src/listener/listen-admin.js';

describe('listenAdmin', () => {
  const listeners: AdminListener[] = [];
  const listen = async (options: Partial<ListenAdminOptions> = {}): Promise<AdminListener> => {
    const listener = await listenAdmin({ cache: createCache(), port: 0, ...options });
    listeners.push(listener);
    return listener;
  };

  afterEach(async () => {
    for (const listener of listeners.splice(0)) await listener.close();
  });

  it('serves the admin API on loopback', async () => {
    const cache = createCache();
    await cache.set('GET:/a', 1);
    const { url } = await listen({ cache });

    const answer = await fetch(`${url}/invalidate/GET:/a`, { method: 'DELETE' });

    expect(await answer.json()).to.deep.equal({ message: 'Cache key deleted' });
    expect(cache.peek('GET:/a')).to.equal(undefined);
    expect(url).to.match(/^http:\/\/127\.0\.0\.1:\d+$/);
  });

  it('reads bodies and answers HEAD without one', async () => {
    const { url } = await listen();
    const posted = await fetch(`${url}/invalidate`, { method: 'POST', body: '{"all":true}' });
    expect(await posted.json()).to.include({ targets: 1 });
    const head = await fetch(`${url}/health`, { method: 'HEAD' });
    expect([head.status, await head.text()]).to.deep.equal([200, '']);
  });

  it('refuses a body over the limit, whether its length was said or not', async () => {
    const { url } = await listen({ maxBodyBytes: 100 });
    const body = JSON.stringify({ key: 'a'.repeat(200) });
    expect((await fetch(`${url}/invalidate`, { method: 'POST', body })).status).to.equal(413);
    const stream = new Blob([body]).stream();
    const chunked = await fetch(`${url}/invalidate`, { method: 'POST', body: stream, duplex: 'half' } as RequestInit);
    expect(chunked.status).to.equal(413);
  });

  it('survives a client that breaks off its body', async () => {
    const warnings: unknown[] = [];
    const { url, port } = await listen({ onError: (error) => warnings.push(error) });
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'connect');
    socket.write('POST /invalidate HTTP/1.1\r\nHost: localhost\r\nContent-Length: 50\r\n\r\n{"key":');
    await new Promise((resolve) => setTimeout(resolve, 20));
    socket.destroy();
    await new Promise((resolve) => setTimeout(resolve, 20));

    expect((await fetch(`${url}/health`)).status).to.equal(200);
    expect(warnings).to.deep.equal([]);
  });

  it('serves the dashboard at its root, and sends elsewhere whoever has moved it', async () => {
    const { url } = await listen();
    const page = await (await fetch(url)).text();
    expect(page).to.include('src="dashboard/main.js"');
    for (const [, path] of page.matchAll(/(?:src|href)="(dashboard\/[^"]+)"/g)) {
      const { status, headers } = await fetch(new URL(path!, `${url}/`));
      expect([path, status]).to.deep.equal([path, 200]);
      expect(headers.get('content-security-policy')).to.include("script-src 'self'");
    }
    const moved = await listen({ basePath: '/admin', paths: { dashboard: '/ui' } });
    const redirect = await fetch(moved.url, { redirect: 'manual' });
    expect([redirect.status, redirect.headers.get('location')]).to.deep.equal([302, '/admin/ui']);
    expect(await (await fetch(`${moved.url}/admin/ui`)).text()).to.include('src="ui/main.js"');
    const without = await listen({ paths: { dashboard: false } });
    expect((await fetch(without.url)).status).to.equal(404);
  });

  it('gives the page to everybody who may reach it, and data to those with the token', async () => {
    const { url } = await listen({ token: 'secret' });
    const headers = { 'x-forwarded-for': '192.0.2.1' };
    expect((await fetch(url, { headers })).status).to.equal(200);
    expect((await fetch(`${url}/dashboard/paths.json`, { headers })).status).to.equal(200);
    expect((await fetch(`${url}/events`, { headers })).status).to.equal(401);
  });

  it('ends streams of events when it closes', async () => {
    const listener = await listenAdmin({ cache: createCache(), port: 0 });
    const { body } = await fetch(`${listener.url}/events`);
    const reader = body!.getReader();
    await reader.read();
    await listener.close();
    let isOver = false;
    // Whether it ends in order or is cut, the page comes again.
    while (!isOver)
      isOver = await reader.read().then(
        ({ done }) => done,
        () => true,
      );
  });

  it('does not listen beyond loopback without a token', async () => {
    await rejects(listen({ host: '0.0.0.0' }), /host must be a loopback address unless a token is set, got "0.0.0.0"/);
    await listen({ host: '0.0.0.0', token: 'secret' });
  });

  it('refuses a faulty port, and says when one is taken', async () => {
    await rejects(listen({ port: 70_000 }), /port must be a whole number from 0 to 65535, got 70000/);
    const { port } = await listen();
    await rejects(listen({ port }), { code: 'EADDRINUSE' });
  });

  it('refuses to be called without options', async () => {
    await rejects(listenAdmin(undefined as never), /options must be an object, got undefined/);
  });
});
