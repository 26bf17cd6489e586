import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { askAdmin } from '#src/commands/admin-client.js';

describe('askAdmin', () => {
  const servers: Server[] = [];
  afterEach(async () => {
    for (const server of servers.splice(0)) {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
  });

  /** Answers with what was asked, and 404 for what it does not have. */
  async function makeApplication(files: Readonly<Record<string, object>>): Promise<string> {
    const server = createServer(({ url = '', method }, response) => {
      const file = files[url] ?? (url.includes('paths.json') ? undefined : { asked: `${method} ${url}` });
      response.writeHead(file === undefined ? 404 : 200).end(JSON.stringify(file ?? {}));
    });
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  it('finds the parts of an admin API in an application where its list of paths says that they are', async () => {
    const paths = { explain: '/api/cache/explain', invalidate: '/api/invalidate' };
    const url = `${await makeApplication({ '/api/cache/dashboard/paths.json': paths })}/api/cache/`;
    const asked = [
      await askAdmin({ url, token: undefined }, '/explain?key=a%2Fb'),
      await askAdmin({ url, token: undefined }, '/invalidate', { all: true }),
    ];
    expect(asked).to.deep.equal([{ asked: 'GET /api/cache/explain?key=a%2Fb' }, { asked: 'POST /api/invalidate' }]);
  });

  it('takes the parts to lie side by side below the address where there is no list', async () => {
    const url = `${await makeApplication({})}/admin`;
    expect(await askAdmin({ url, token: undefined }, '/top?limit=1')).to.deep.equal({
      asked: 'GET /admin/top?limit=1',
    });
  });
});
