import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { makeHttpOrigin } from '#src/http-origin.js';
import { Opened } from '#src/opened.js';
import { runProgram } from '#src/run-program.js';
import { makeTarball } from '#src/tarball.js';
import { makeTemporaryFolder } from '#src/temporary-folder.js';
import { makeProxy } from '#src/test-proxy.js';

const NAME = 'seen-through-the-proxy';

describe('npm through the proxy', function () {
  this.timeout(60_000);
  const opened = new Opened();
  afterEach(() => opened.close());

  /** A registry with one package. Where it is reached it learns from the proxy, as registries behind one do. */
  async function makeRegistry() {
    const manifest = { name: NAME, version: '1.2.3', main: 'index.js' };
    const tarball = makeTarball({ 'package.json': JSON.stringify(manifest), 'index.js': 'module.exports = 42;\n' });
    return makeHttpOrigin(opened, ({ url, headers }, response) => {
      const here = `${String(headers['x-forwarded-proto'])}://${String(headers['x-forwarded-host'])}`;
      if (url === `/${NAME}`) {
        const { integrity, shasum } = tarball;
        const dist = { tarball: `${here}/${NAME}/-/${NAME}-1.2.3.tgz`, integrity, shasum };
        response.writeHead(200, {
          'Content-Type': 'application/json',
          'Cache-Control': 'public, max-age=300',
          Vary: 'Accept, Accept-Encoding',
          ETag: '"packument"',
        });
        const versions = { '1.2.3': { ...manifest, dist } };
        return void response.end(JSON.stringify({ name: NAME, 'dist-tags': { latest: '1.2.3' }, versions }));
      }
      if (url !== `/${NAME}/-/${NAME}-1.2.3.tgz`) return void response.writeHead(404).end('{}');
      response.writeHead(200, {
        'Content-Type': 'application/octet-stream',
        'Cache-Control': 'public, immutable, max-age=31557600',
      });
      response.end(tarball.bytes);
    });
  }

  /** Installs into a folder of its own, with an empty npm cache. */
  async function install(registry: string): Promise<string> {
    const folder = makeTemporaryFolder(opened);
    mkdirSync(join(folder, 'app'));
    writeFileSync(join(folder, 'app', 'package.json'), JSON.stringify({ name: 'app', version: '1.0.0' }));
    const env = { PATH: process.env['PATH'], HOME: folder };
    const flags = ['--no-audit', '--no-fund', '--no-update-notifier', '--ignore-scripts', '--userconfig', '/dev/null'];
    const { code, stdout, stderr } = await runProgram(
      'npm',
      ['install', NAME, '--registry', registry, '--cache', join(folder, 'cache'), ...flags],
      { cwd: join(folder, 'app'), env },
    );
    expect(code, stdout + stderr).to.equal(0);
    return join(folder, 'app');
  }

  it('installs a package, and a second install elsewhere asks the registry nothing', async () => {
    const registry = await makeRegistry();
    const { url } = await makeProxy(opened, registry.url);

    const first = await install(url);
    const asked = registry.requests.map((request) => request.url);
    const second = await install(url);

    expect(asked).to.deep.equal([`/${NAME}`, `/${NAME}/-/${NAME}-1.2.3.tgz`]);
    expect(registry.requests).to.have.length(2);
    for (const app of [first, second]) {
      expect(readFileSync(join(app, 'node_modules', NAME, 'index.js'), 'utf8')).to.equal('module.exports = 42;\n');
    }
  });

  it('installs a package that the proxy has though the registry is gone', async () => {
    const registry = await makeRegistry();
    const { url } = await makeProxy(opened, registry.url);
    await install(url);
    registry.server.closeAllConnections();
    registry.server.close();

    const app = await install(url);

    expect(existsSync(join(app, 'node_modules', NAME, 'package.json'))).to.equal(true);
  });
});
