import { expect } from 'chai';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { isInstalled, removeOrphans, root, workspaces } from '../bootstrap.mjs';
import { makeTemporaryFolder } from './temporary-folder.mjs';

describe('bootstrap', () => {
  let folder;

  beforeEach(() => (folder = makeTemporaryFolder()));
  afterEach(() => folder.remove());

  const lodash = { version: '1.0.0', integrity: 'sha512-a' };

  function writeLock(packages) {
    folder.write('package-lock.json', { packages: { '': { name: 'root' }, ...packages } });
  }

  function writeInstalled(packages) {
    folder.write('node_modules/.package-lock.json', { packages });
  }

  it('knows this workspace as installed', () => {
    expect(isInstalled(root)).to.equal(true);
  });

  it('installs when there is no node_modules', () => {
    writeLock({ 'node_modules/lodash': lodash });

    expect(isInstalled(folder.path)).to.equal(false);
  });

  it('does not install again what is there', () => {
    writeLock({ 'node_modules/lodash': lodash });
    writeInstalled({ 'node_modules/lodash': lodash });

    expect(isInstalled(folder.path)).to.equal(true);
  });

  it('installs when the lockfile names another version, another content or one package more', () => {
    writeInstalled({ 'node_modules/lodash': lodash });

    for (const packages of [
      { 'node_modules/lodash': { ...lodash, version: '1.0.1' } },
      { 'node_modules/lodash': { ...lodash, integrity: 'sha512-b' } },
      { 'node_modules/lodash': lodash, 'node_modules/more': lodash },
    ]) {
      writeLock(packages);
      expect(isInstalled(folder.path)).to.equal(false);
    }
  });

  it('does not ask for optional packages of other platforms', () => {
    writeLock({ 'node_modules/lodash': lodash, 'node_modules/lodash-win32': { ...lodash, optional: true } });
    writeInstalled({ 'node_modules/lodash': lodash });

    expect(isInstalled(folder.path)).to.equal(true);
  });

  it('removes what was compiled from a source that is gone, and nothing else', () => {
    for (const name of ['kept', 'gone', 'inside/gone']) {
      for (const end of ['.js', '.js.map', '.d.ts', '.d.ts.map']) folder.write(`dist/${name}${end}`, '');
    }
    for (const end of ['.js', '.d.ts.map']) folder.write(`dist-test/gone.test${end}`, '');
    folder.write('src/kept.ts', '');
    folder.write('dist/copied-asset.js', '');

    removeOrphans(folder.path);

    const left = (name) => existsSync(join(folder.path, name));
    expect(['dist/kept.js', 'dist/kept.d.ts.map', 'dist/copied-asset.js'].filter(left)).to.have.length(3);
    expect(['dist/gone.js', 'dist/gone.d.ts', 'dist/inside/gone.js.map', 'dist-test/gone.test.js'].filter(left)).to.be
      .empty;
  });

  it('lists the packages of the workspace', () => {
    expect(workspaces()).to.include.members(['packages/core', 'examples/koa-api', 'benchmarks', 'integration']);
  });
});
