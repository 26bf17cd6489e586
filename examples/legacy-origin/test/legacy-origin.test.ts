import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { makeLegacyOrigin, makeSwitch } from '#src/legacy-origin.js';

describe('the legacy origin', () => {
  const servers: Server[] = [];

  afterEach(async () => {
    for (const server of servers.splice(0)) {
      server.closeAllConnections();
      if (server.listening) await new Promise((resolve) => server.close(resolve));
    }
  });

  async function listen(server: Server): Promise<string> {
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  it('answers without caching fields or validators, and counts its requests', async () => {
    const url = await listen(makeLegacyOrigin(0));
    const response = await fetch(`${url}/products/2`);
    expect(await response.json()).to.deep.equal({ content: { id: 2, name: 'Bellows' }, requestsSeenByOrigin: 1 });
    for (const field of ['cache-control', 'expires', 'etag', 'last-modified', 'age']) {
      expect(response.headers.has(field), field).to.equal(false);
    }
    const missing = await fetch(`${url}/products/9`);
    expect(missing.status).to.equal(404);
    expect(await missing.json()).to.deep.equal({ content: null, requestsSeenByOrigin: 2 });
  });

  it('can be stopped and started by its switch', async () => {
    const origin = makeLegacyOrigin(0);
    const url = await listen(origin);
    const lever = await listen(makeSwitch(origin, Number(new URL(url).port)));
    expect(await (await fetch(`${lever}/stop`, { method: 'POST' })).text()).to.contain('stopped');
    let reached = true;
    await fetch(`${url}/products`).catch(() => (reached = false));
    expect(reached).to.equal(false);
    expect(await (await fetch(`${lever}/start`, { method: 'POST' })).text()).to.contain('running again');
    expect((await fetch(`${url}/products`)).status).to.equal(200);
  });
});
