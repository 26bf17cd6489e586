import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';

const CORE = new URL('../../dist/index.js', import.meta.url).href;

/** Runs a program that imports the core in a process of its own, until it ends by itself. */
function run(program: string): { code: number | null; output: string } {
  const source = `import { createCache } from '${CORE}';\n${program}`;
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', source], {
    cwd: fileURLToPath(new URL('.', import.meta.url)),
    encoding: 'utf8',
    timeout: 20_000,
  });
  return { code: status, output: stdout + stderr };
}

describe('a process with a cache', () => {
  it('ends by itself while timeouts, refreshes, hits and stores are pending: no timer keeps it alive', () => {
    const { code, output } = run(`
      const slow = { name: 'slow', get: () => new Promise(() => {}), getMany: () => new Promise(() => {}), set() {}, delete() {},
        clear() {}, keys: () => [], stats: () => ({}), close: async () => {} };
      const cache = createCache({ store: slow, storeTimeout: '30d' });
      cache.getOrLoad('hanging', () => new Promise(() => {}), { hardTimeout: '90d', softTimeout: '30d' });
      const quick = createCache();
      await quick.getOrLoad('k', () => 1, { ttl: '90d', refreshAhead: true });
      await quick.getOrLoad('k', () => 1);
      console.log('done');
    `);
    expect(output).to.equal('done\n');
    expect(code).to.equal(0);
  });

  it('has no unhandled rejection when refreshes fail, waiters leave, and loads are called off', () => {
    const { code, output } = run(`
      const cache = createCache({ defaults: { ttl: '1ms', staleWhileRevalidate: '1h' } });
      await cache.set('k', 'old');
      await new Promise((resolve) => setTimeout(resolve, 20));
      console.log(await cache.getOrLoad('k', () => Promise.reject(new Error('refresh failed'))));
      const controller = new AbortController();
      const left = cache.getOrLoad('left', () => new Promise((_, reject) => setTimeout(reject, 5, new Error('late'))), { signal: controller.signal });
      controller.abort(new Error('gone'));
      console.log(await left.catch((error) => error.message));
      const hanging = cache.getOrLoad('hanging', () => new Promise(() => {}));
      const told = hanging.catch((error) => error.code);
      const closing = cache.close({ timeout: '10ms' });
      await new Promise((resolve) => setTimeout(resolve, 50));
      await closing;
      console.log(await told);
    `);
    expect(output).to.equal('old\ngone\nERR_CACHEWARP_CLOSED\n');
    expect(code).to.equal(0);
  });
});
