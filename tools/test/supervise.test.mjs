import { spawn } from 'node:child_process';
import { expect } from 'chai';
import { once } from 'node:events';
import { makeTemporaryFolder } from './temporary-folder.mjs';

// A process that says its id and stays, one that goes at once, and one that will not go.
const staying = `console.log(process.pid); setInterval(() => {}, 1000);`;
const failing = `console.log(process.pid); setTimeout(() => process.exit(3), 100);`;
const stubborn = `process.on('SIGTERM', () => {}); ${staying}`;

describe('supervise', () => {
  let folder;
  let parent;

  beforeEach(() => (folder = makeTemporaryFolder()));
  afterEach(() => {
    parent?.kill('SIGKILL');
    folder.remove();
  });

  /** Runs these as children of one supervisor; settles when each has said its process id. */
  async function start(scripts, { through, ...options } = {}) {
    const programs = scripts.map((script, index) => ({
      name: `program ${index}`,
      args: [folder.write(`program-${index}.cjs`, script)],
    }));
    const main = folder.write(
      'main.mjs',
      `import { supervise } from '${new URL('../supervise.mjs', import.meta.url).href}';
       process.exitCode = await supervise(${JSON.stringify(programs)}, ${JSON.stringify(options)});`,
    );
    const between = folder.write(
      'between.cjs',
      `require('node:child_process').spawn(process.execPath, [${JSON.stringify(main)}], { stdio: 'inherit' });`,
    );
    parent = spawn(process.execPath, [through === 'a parent' ? between : main], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const ended = once(parent, 'close');
    let output = '';
    await new Promise((resolve) => {
      parent.stdout.on('data', (chunk) => {
        output += chunk;
        if (output.split('\n').length > scripts.length) resolve();
      });
    });
    return { ended, pids: output.trim().split('\n').map(Number) };
  }

  function isAlive(pid) {
    try {
      process.kill(pid, 0);
      return true;
    } catch (error) {
      if (error.code === 'ESRCH') return false;
      throw error;
    }
  }

  for (const signal of ['SIGINT', 'SIGTERM']) {
    it(`stops every program on ${signal} and ends well`, async () => {
      const { ended, pids } = await start([staying, staying]);

      parent.kill(signal);

      expect(await ended).to.deep.equal([0, null]);
      expect(pids.filter(isAlive)).to.deep.equal([]);
    });
  }

  it('stops every program when its parent is killed', async () => {
    const { ended, pids } = await start([staying, staying], { through: 'a parent' });

    parent.kill('SIGKILL');

    // Their common output closes when the last of them has gone.
    expect(await ended).to.deep.equal([null, 'SIGKILL']);
    expect(pids.filter(isAlive)).to.deep.equal([]);
  });

  it('stops the others when one fails, and ends with its exit code', async () => {
    const { ended, pids } = await start([staying, failing]);

    expect(await ended).to.deep.equal([3, null]);
    expect(pids.filter(isAlive)).to.deep.equal([]);
  });

  it('kills a program that does not go', async () => {
    const { ended, pids } = await start([stubborn], { patience: 50 });

    parent.kill('SIGTERM');

    expect(await ended).to.deep.equal([0, null]);
    expect(pids.filter(isAlive)).to.deep.equal([]);
  });
});
