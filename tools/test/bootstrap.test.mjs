import { expect } from 'chai';
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { forgetBrokenBuild, isInstalled, removeOrphans, root, workspaces } from '../bootstrap.mjs';
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
    function compile(output, source) {
      for (const end of ['.js', '.js.map', '.d.ts']) folder.write(output + end, '');
      folder.write(`${output}.d.ts.map`, { sources: [source] });
    }
    compile('dist/kept', '../src/kept.ts');
    compile('dist/gone', '../src/gone.ts');
    compile('dist/inside/gone', '../../src/inside/gone.ts');
    compile('dist-test/gone.test', '../test/gone.test.ts');
    compile('dist-test/another-project/test/kept.test', '../../../test/kept.test.ts');
    folder.write('src/kept.ts', '');
    folder.write('test/kept.test.ts', '');
    folder.write('dist/copied-asset.js', '');

    removeOrphans(folder.path);

    const left = ['dist', 'dist-test'].flatMap((out) => readdirSync(join(folder.path, out), { recursive: true }));
    expect(left.filter((name) => name.endsWith('.js') || name.includes('gone'))).to.have.members([
      'kept.js',
      'copied-asset.js',
      'another-project/test/kept.test.js',
    ]);
  });

  it('compiles again what lost an output, and only that', () => {
    const tsc = join(root, 'node_modules/typescript/bin/tsc');
    const options = {
      rootDir: 'src',
      outDir: 'dist',
      tsBuildInfoFile: 'dist/.tsbuildinfo',
      composite: true,
      types: [],
    };
    folder.write('tsconfig.json', { compilerOptions: options, include: ['src'] });
    folder.write('src/one.ts', 'export const one = 1;');
    folder.write('src/inside/two.ts', 'export const two = 2;');
    const compile = () => execFileSync(process.execPath, [tsc, '-b'], { cwd: folder.path });
    const has = (name) => existsSync(join(folder.path, name));

    compile();
    forgetBrokenBuild(folder.path);
    expect(has('dist/.tsbuildinfo')).to.equal(true);

    rmSync(join(folder.path, 'dist/inside/two.js'));
    forgetBrokenBuild(folder.path);
    compile();
    expect(has('dist/inside/two.js')).to.equal(true);
  });

  it('lists the packages of the workspace', () => {
    expect(workspaces()).to.include.members(['packages/core', 'examples/koa-api', 'benchmarks', 'integration']);
  });
});
