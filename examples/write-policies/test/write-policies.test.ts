import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { CacheClient, CacheResponseError } from '@cachewarp/client';
import { Database } from '#src/database.js';
import { demonstrateCacheAside, demonstratePolicy } from '#src/demonstrate.js';

const SERVE = fileURLToPath(import.meta.resolve('#src/serve.js'));
const MAIN = fileURLToPath(import.meta.resolve('#src/main.js'));

describe('write policies over SQLite', () => {
  const folders: string[] = [];
  const children: ChildProcess[] = [];

  afterEach(async () => {
    for (const child of children.splice(0)) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
    for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
  });

  function makeFolder(): string {
    const folder = mkdtempSync(join(tmpdir(), 'cachewarp-write-policies-'));
    folders.push(folder);
    return folder;
  }

  async function serve(policy: string, path: string): Promise<{ child: ChildProcess; url: string }> {
    const child = spawn(process.execPath, [SERVE, policy, path], { stdio: ['ignore', 'pipe', 'inherit'] });
    children.push(child);
    const [line] = (await once(child.stdout, 'data')) as [Buffer];
    return { child, url: line.toString().trim() };
  }

  const newest = { id: '1', name: 'Lamp', price: 10 };

  it('cache-aside: every write is in the database, and one read fills the cache', async () => {
    expect(await demonstrateCacheAside(makeFolder())).to.deep.include({
      writesBeforeAnswer: 10,
      reads: 1,
      writes: 10,
      found: newest,
    });
  });

  it('write-through: every write is in the database and in the cache', async () => {
    expect(await demonstratePolicy('write-through', makeFolder())).to.deep.include({
      writesBeforeAnswer: 10,
      reads: 0,
      writes: 10,
      found: newest,
    });
  });

  it('write-around: every write is in the database, and the first read fills the cache', async () => {
    expect(await demonstratePolicy('write-around', makeFolder())).to.deep.include({
      writesBeforeAnswer: 10,
      reads: 1,
      writes: 10,
      found: newest,
    });
  });

  it('write-behind: answered before anything is written, and ten writes become a few', async () => {
    const shown = await demonstratePolicy('write-behind', makeFolder());
    expect(shown).to.deep.include({ reads: 0, found: newest });
    expect(shown.writes).to.be.within(1, 3);
    expect(shown.writesBeforeAnswer).to.be.at.most(shown.writes);
  });

  it('the program prints a line for each policy', async () => {
    const child = spawn(process.execPath, [MAIN], { stdio: ['ignore', 'pipe', 'inherit'] });
    children.push(child);
    let output = '';
    child.stdout.on('data', (data: Buffer) => (output += data.toString()));
    expect(await once(child, 'close')).to.deep.equal([0, null]);
    for (const policy of ['cache-aside', 'write-through', 'write-around', 'write-behind'])
      expect(output).to.match(new RegExp(`^${policy} +\\d+ +\\d+ +\\d+$`, 'm'));
  }).timeout(30_000);

  /** Puts products one after another until the process is killed in the middle; answers how many were acknowledged. */
  async function putUntilKilled(policy: string, path: string, count: number, killAfter: number): Promise<number> {
    const { child, url } = await serve(policy, path);
    const client = new CacheClient({ url, retries: 0 });
    let acknowledged = 0;
    const exited = once(child, 'exit');
    while (acknowledged < count) {
      const product = { id: String(acknowledged), name: 'P', price: acknowledged };
      try {
        await client.set(`product:${acknowledged}`, product);
        if (++acknowledged === killAfter) child.kill('SIGKILL');
      } catch (error) {
        // The process is gone, or the queue is full: then there is room in a moment.
        if (!(error instanceof CacheResponseError && error.status === 503)) break;
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    }
    await exited;
    return acknowledged;
  }

  for (const policy of ['write-through', 'write-around']) {
    it(`${policy} loses nothing that was acknowledged when the process is killed in the middle`, async () => {
      const path = join(makeFolder(), 'products.sqlite');
      const acknowledged = await putUntilKilled(policy, path, 1000, 100);
      expect(acknowledged).to.be.within(100, 999);
      const database = await Database.open(path);
      for (let n = 0; n < acknowledged; n++)
        expect(database.find(String(n))?.price, `product ${n} of ${acknowledged}`).to.equal(n);
      database.close();
    }).timeout(30_000);
  }

  it('write-behind loses at most what its queue holds, and only what was newest', async () => {
    const path = join(makeFolder(), 'products.sqlite');
    const acknowledged = await putUntilKilled('write-behind', path, 1000, 500);
    const database = await Database.open(path);
    let kept = 0;
    while (database.find(String(kept)) !== undefined) kept++;
    const lost = acknowledged - database.count();
    database.close();
    expect(acknowledged).to.be.within(500, 999);
    expect(lost, 'the bound of the queue').to.be.at.most(200);
    expect(kept, 'what came first is there').to.be.at.least(acknowledged - 200 - 8);
  }).timeout(30_000);

  it('write-behind loses nothing when it is ended in order', async () => {
    const path = join(makeFolder(), 'products.sqlite');
    const { child, url } = await serve('write-behind', path);
    const client = new CacheClient({ url });
    for (let n = 0; n < 100; n++) await client.set(`product:${n}`, { id: String(n), name: 'P', price: n });
    child.kill('SIGTERM');
    expect(await once(child, 'exit')).to.deep.equal([0, null]);
    const database = await Database.open(path);
    expect(database.count()).to.equal(100);
    database.close();
  }).timeout(30_000);
});
