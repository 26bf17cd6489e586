import { spawnSync } from 'node:child_process';
import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../bootstrap.mjs';
import { makeTemporaryFolder } from './temporary-folder.mjs';

describe('the mocha reporter', () => {
  let folder;

  beforeEach(() => (folder = makeTemporaryFolder()));
  afterEach(() => folder.remove());

  function runMocha(test) {
    const totals = join(folder.path, 'totals.json');
    const file = folder.write('one.test.cjs', test);
    const mocha = join(root, 'node_modules/mocha/bin/mocha.js');
    const reporter = join(root, 'tools/mocha-reporter.cjs');
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      [mocha, '--no-config', '--reporter', reporter, file],
      {
        cwd: folder.path,
        encoding: 'utf8',
        env: { ...process.env, CACHEWARP_TEST_TOTALS: totals, CACHEWARP_TEST_GRACE_MS: '50' },
      },
    );
    return { status, output: stdout + stderr, totals: JSON.parse(readFileSync(totals, 'utf8')) };
  }

  it('writes the totals beside the usual output', () => {
    const { status, output, totals } = runMocha(
      `it('one', () => {}); it('two', () => {}); it('three', () => { throw new Error('no'); });`,
    );

    expect(status).to.equal(1);
    expect(output).to.match(/2 passing.*1 failing/s);
    expect(totals).to.deep.equal({ passed: 2, failed: 1, pending: 0 });
  });

  it('fails a run that leaves a server open, instead of waiting for ever', () => {
    const { status, output } = runMocha(
      `it('one', (done) => { require('node:net').createServer().listen(0, '127.0.0.1', done); });`,
    );

    expect(status).to.equal(1);
    expect(output).to.include('something keeps the process alive: TCPServerWrap');
  });

  it('leaves a run that ends by itself alone', () => {
    const { status, output } = runMocha(`it('one', () => {});`);

    expect(status).to.equal(0);
    expect(output).not.to.include('keeps the process alive');
  });
});
