import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { CacheClient } from '@cachewarp/client';
import { expect } from 'chai';
import { freePort } from '#src/listen.js';
import { Opened } from '#src/opened.js';
import { programPath } from '#src/programs.js';
import { makeRestProcess } from '#src/rest-process.js';
import { makeTemporaryFolder } from '#src/temporary-folder.js';

describe('cachewarp server on a store', function () {
  this.timeout(60_000);
  const opened = new Opened();
  afterEach(() => opened.close());

  /** A real Redis on a free port, with nothing on disk. */
  async function startRedis(...options: string[]): Promise<{ url: string; port: number; kill(): Promise<void> }> {
    const port = await freePort();
    const child = spawn(
      programPath('redis'),
      ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--dir', makeTemporaryFolder(opened), ...options],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    const ended = once(child, 'exit');
    const kill = async (): Promise<void> => {
      child.kill('SIGKILL');
      await ended;
    };
    opened.add(child, kill);
    let output = '';
    child.stdout.on('data', (data: Buffer) => (output += data.toString()));
    while (!output.includes('Ready to accept connections')) {
      if (child.exitCode !== null) throw new Error(`redis-server ended: ${output}`);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    return { url: `redis://127.0.0.1:${port}`, port, kill };
  }

  const stores: [string, () => Promise<string[]>][] = [
    ['Redis', async () => ['--store', 'redis', '--redis-url', (await startRedis()).url]],
    ['disk', () => Promise.resolve(['--store', 'disk', '--disk-path', makeTemporaryFolder(opened)])],
  ];
  for (const [name, start] of stores) {
    it(`on ${name} loses nothing that was acknowledged when it is killed in the middle of 1,000 writes`, async () => {
      const args = await start();
      const first = await makeRestProcess(opened, args);
      const client = new CacheClient({ url: first.url, retries: 0, timeout: 10_000 });
      const acknowledged: number[] = [];
      const write = async (from: number): Promise<void> => {
        for (let n = from; n < 1000; n += 4) {
          const written = await client.set(`key:${n}`, n);
          if (written?.confirmed !== true) continue;
          acknowledged.push(n);
          if (acknowledged.length === 500) void first.kill();
        }
      };
      const ends = await Promise.allSettled([0, 1, 2, 3].map(write));
      expect(ends.map(({ status }) => status)).to.deep.equal(Array(4).fill('rejected'));
      expect(acknowledged.length).to.be.within(500, 999);
      const second = await makeRestProcess(opened, args);
      const values = await new CacheClient({ url: second.url, timeout: 10_000 }).getMany(
        acknowledged.map((n) => `key:${n}`),
      );
      expect(values).to.deep.equal(acknowledged);
    });
  }

  it('shows two processes one cache: what one puts or invalidates, the other sees', async () => {
    const redis = await startRedis();
    const args = [
      '--store',
      'redis',
      '--redis-host',
      '127.0.0.1',
      '--redis-port',
      String(redis.port),
      '--redis-db',
      '3',
    ];
    const [one, two] = [await makeRestProcess(opened, args), await makeRestProcess(opened, args)].map(
      ({ url }) => new CacheClient({ url }),
    );
    await one!.set('a', 1, { tags: ['t'] });
    expect(await two!.get('a')).to.equal(1);
    await two!.set('a', 2, { tags: ['t'] });
    const soon = async (value: unknown): Promise<void> => {
      for (let turn = 0; turn < 200 && (await one!.get('a')) !== value; turn++)
        await new Promise((resolve) => setTimeout(resolve, 10));
      expect(await one!.get('a')).to.equal(value);
    };
    await soon(2);
    await two!.invalidate({ tag: 't' });
    await soon(undefined);
  });

  it('goes on in memory while Redis is gone, and says so', async () => {
    const redis = await startRedis();
    const service = await makeRestProcess(opened, ['--store', 'redis', '--redis-url', redis.url]);
    const client = new CacheClient({ url: service.url, timeout: 10_000 });
    expect(await client.set('a', 1)).to.include({ confirmed: true });
    await redis.kill();
    expect(await client.set('b', 2)).to.include({ confirmed: false });
    expect(await client.get('b')).to.equal(2);
    const stats = (await client.stats()) as { store: { name: string; errors: number } };
    expect(stats.store.name).to.equal('redis');
    expect(stats.store.errors).to.be.above(0);
    expect(await service.terminate()).to.equal(0);
  });

  it('starts while Redis is away, and joins it when it comes', async () => {
    const port = await freePort();
    const service = await makeRestProcess(opened, ['--store', 'redis', '--redis-url', `redis://127.0.0.1:${port}`]);
    const client = new CacheClient({ url: service.url, timeout: 10_000 });
    expect(await client.set('a', 1)).to.include({ confirmed: false });
    await startRedis('--port', String(port));
    let isConfirmed = false;
    for (let turn = 0; turn < 500 && !isConfirmed; turn++) {
      isConfirmed = (await client.set('a', 1))?.confirmed === true;
      if (!isConfirmed) await new Promise((resolve) => setTimeout(resolve, 20));
    }
    expect(isConfirmed).to.equal(true);
  });

  it('applies MAX_MEMORY_POLICY to a Redis that lets it, and does not start on one that does not', async () => {
    const redis = await startRedis();
    const args = ['--store', 'redis', '--redis-url', redis.url, '--max-memory-policy', 'volatile-ttl'];
    const service = await makeRestProcess(opened, args);
    const stats = (await new CacheClient({ url: service.url }).stats()) as { memory: { policy: string } };
    expect(stats.memory.policy).to.equal('ttl');
    const closed = await startRedis('--rename-command', 'CONFIG', '');
    let message = '';
    try {
      await makeRestProcess(opened, [
        '--store',
        'redis',
        '--redis-url',
        closed.url,
        '--max-memory-policy',
        'allkeys-lru',
      ]);
    } catch (error) {
      ({ message } = error as Error);
    }
    expect(message).to.match(
      /ended with 2: cachewarp: maxmemory-policy allkeys-lru was not applied: Redis does not let us set it: .*leave MAX_MEMORY_POLICY out/,
    );
  });
});
