import { expect } from 'chai';
import { chmodSync } from 'node:fs';
import { relative } from 'node:path';
import sinon from 'sinon';
import { privateCopy } from '../debian-package.mjs';
import { provide, wantedByTests } from '../programs.mjs';
import { makeTemporaryFolder } from './temporary-folder.mjs';

describe('provide', () => {
  let folder;

  beforeEach(() => (folder = makeTemporaryFolder()));
  afterEach(() => {
    sinon.restore();
    folder.remove();
  });

  function writeProgram(name, script) {
    const path = folder.write(name, `#!/bin/sh\n${script}\n`);
    chmodSync(path, 0o755);
    return path;
  }

  it('takes the program that the environment names', () => {
    const path = writeProgram('my-chromium', 'echo Chromium 1');

    expect(provide('chromium', { CHROMIUM_BIN: path, PATH: '' })).to.equal(path);
  });

  it('fails when the program that the environment names does not run, instead of taking another', () => {
    const path = writeProgram('my-chromium', 'echo broken >&2; exit 3');
    writeProgram('chromium', 'echo Chromium 1');

    expect(() => provide('chromium', { CHROMIUM_BIN: path, PATH: folder.path })).to.throw(
      `CHROMIUM_BIN=${path} does not run: --version ended with 3: broken`,
    );
  });

  it('takes the first program on the PATH that runs', () => {
    writeProgram('first/chromium', 'exit 127');
    const path = writeProgram('second/chromium', 'echo Chromium 1');

    expect(provide('chromium', { PATH: `${folder.path}/first:${folder.path}/second` })).to.equal(path);
  });

  it('knows that wrk runs though it tells its version with an error, and that no test needs it', () => {
    const path = writeProgram('wrk', 'echo wrk 4; exit 1');

    expect(provide('wrk', { PATH: folder.path })).to.equal(path);
    expect(wantedByTests).to.include('nginx').and.not.include('wrk');
  });

  it('takes the private copy that is there', () => {
    const environment = { PATH: '', CACHEWARP_CACHE_DIR: `${folder.path}/cache` };
    const path = writeProgram(relative(folder.path, privateCopy('chromium', environment)), 'echo Chromium 1');

    expect(provide('chromium', environment)).to.equal(path);
  });

  it('fails naming what was tried and what to do', () => {
    const environment = { PATH: '', CACHEWARP_CACHE_DIR: `${folder.path}/cache` };
    sinon.stub(console, 'error');

    expect(() => provide('chromium', environment))
      .to.throw()
      .with.property('message')
      .which.includes('The tests need chromium, and there is none:')
      .and.includes('  - CHROMIUM_BIN is not set')
      .and.includes('  - no chromium, chromium-browser')
      .and.includes('  - there is no apt-get here to fetch a Debian package with')
      .and.includes('Install chromium so that it is on the PATH, or set CHROMIUM_BIN to its path');
  });
});
