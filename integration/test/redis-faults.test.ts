import { expect } from 'chai';
import { execFile } from 'node:child_process';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Opened } from '#src/opened.js';
import type { NodeOptions } from '#src/redis-node-main.js';
import { Database, RedisNode } from '#src/redis-node.js';
import { joined, ROUNDS } from '#src/redis-rounds.js';
import { freePort, RedisServer } from '#src/redis-server.js';
import { SlowLink } from '#src/slow-link.js';
import { until } from '#src/until.js';

/** What a process may serve of before, at the most: how long it trusts its memory while the log is silent, and a little. */
const BOUND_MS = 2_000 + 1_500;

describe('Redis at fault', function () {
  this.timeout(60_000);

  let opened: Opened;
  let server: RedisServer;
  let database: Database;
  beforeEach(async () => {
    opened = new Opened();
    database = new Database();
  });
  afterEach(() => opened.close());

  const start = async (...options: string[]): Promise<void> => {
    server = await RedisServer.start(opened, ...options);
  };
  const startNodes = (count: number, options: Partial<NodeOptions> = {}): Promise<RedisNode[]> =>
    RedisNode.startAll(opened, database, { redis: { url: server.url }, ...options }, count);
  const startJoined = async (count: number, options: Partial<NodeOptions> = {}): Promise<RedisNode[]> => {
    const nodes = await startNodes(count, options);
    await Promise.all(nodes.map((node) => joined(node)));
    return nodes;
  };
  /** Waits until a process serves a value, and fails if that takes longer than documented. */
  const serves = async (node: RedisNode, key: string, value: string, withinMs = BOUND_MS): Promise<void> => {
    const began = Date.now();
    await until(async () => {
      const found = await node.call('load', key);
      if (found !== value && Date.now() - began > withinMs) throw new Error(`${found} instead of ${value}`);
      return found === value;
    });
  };

  it('that is not there: a process starts, serves, and joins when Redis comes', async () => {
    const port = await freePort();
    const options = { redis: { url: `redis://127.0.0.1:${port}` } };
    const [one, other] = await RedisNode.startAll(opened, database, options, 2);
    database.write('key', 'alone');
    expect(await one!.call('load', 'key')).to.equal('alone');
    await one!.call('invalidate', 'key');
    database.write('key', 'later');
    server = await RedisServer.start(opened, '--port', String(port));
    await joined(one!);
    await joined(other!);
    await serves(one!, 'key', 'later');
    await serves(other!, 'key', 'later');
  });

  it('that kills every client while invalidations are made: none is lost', async () => {
    await start();
    const [one, other] = await startJoined(2);
    for (let round = 0; round < Math.max(5, ROUNDS / 4); round++) {
      const keys = Array.from({ length: 40 }, (_, index) => `k${index}`);
      for (const key of keys) database.write(key, `${round}`);
      const invalidated = one!.call('invalidateMany', keys);
      for (let kill = 0; kill < 3; kill++) {
        await server.client.send('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
        await pause(Math.random() * 10);
      }
      await invalidated;
      for (const key of keys) expect(await one!.call('load', key), `round ${round}`).to.equal(`${round}`);
      for (const key of keys) await serves(other!, key, `${round}`);
    }
  });

  it('whose log is trimmed while a process sleeps: it sees the gap and keeps nothing that was invalidated', async () => {
    await start();
    const [one, sleeper] = await startJoined(2, { redis: { url: server.url, maxRecords: 10 } });
    database.write('key', 'old');
    database.write('untouched', 'same');
    expect(await sleeper!.call('load', 'key')).to.equal('old');
    await sleeper!.call('load', 'untouched');
    sleeper!.freeze();
    database.write('key', 'new');
    await one!.call('invalidate', 'key');
    // A stream that is trimmed about as long as asked keeps a node of a hundred records.
    for (let index = 0; index < 300; index++) await one!.call('invalidate', `other ${index}`);
    sleeper!.thaw();
    await serves(sleeper!, 'key', 'new');
    await until(async () => (await sleeper!.call('events')).logGap !== undefined);
    expect(await sleeper!.call('load', 'untouched')).to.equal('same');
  });

  it('that is flushed: nothing that was invalidated before comes back', async () => {
    await start();
    const [one, other] = await startJoined(2);
    for (let round = 0; round < 5; round++) {
      database.write('key', `${round}`);
      await one!.call('invalidate', 'key');
      await serves(other!, 'key', `${round}`);
      database.write('key', `${round} again`);
      const flushed = server.client.send('FLUSHALL');
      await one!.call('invalidate', 'key');
      await flushed;
      await serves(one!, 'key', `${round} again`, 0);
      await serves(other!, 'key', `${round} again`);
    }
    await until(async () => (await other!.call('events')).logGap !== undefined);
  });

  it('that evicts the log: everything from before is invalid', async () => {
    await start();
    const [one] = await startJoined(1);
    await one!.call('load', 'key');
    await server.client.send('DEL', 'cachewarp:{app}:log');
    database.write('key', 'new');
    await serves(one!, 'key', 'new');
  });

  it('that is frozen: memory answers as fast as ever, misses within the timeout, and nothing is lost', async () => {
    await start();
    const [one, other] = await startJoined(2, { redis: { url: server.url, maxSilence: '30s' } });
    database.write('hot', 'hot');
    database.write('key', 'old');
    await one!.call('load', 'hot', { entry: { ttl: 60 } });
    await one!.call('load', 'key');
    await other!.call('load', 'key');
    server.freeze();
    expect(await one!.call('slowestHit', 'hot', 2_000)).to.be.below(50);
    // 100 ms for the store and 20 ms for the load, on a busy machine.
    expect(await one!.call('time', 'cold', { delayMs: 20 })).to.be.below(600);
    database.write('key', 'new');
    await one!.call('invalidate', 'key');
    expect(await one!.call('load', 'key')).to.equal('new');
    for (let miss = 0; miss < 12; miss++) await one!.call('load', `cold ${miss}`);
    expect(await one!.call('told')).to.include('breaker open');
    expect((await one!.call('events')).undelivered).to.be.at.least(1);
    server.thaw();
    await serves(other!, 'key', 'new');
    await until(
      async () =>
        (await one!.call('told')).includes('breaker closed') || (await one!.call('load', `${Math.random()}`)) === '',
    );
    await joined(one!);
    const [third] = await startJoined(1);
    expect(await third!.call('load', 'key')).to.equal('new');
  });

  it('that is frozen for longer than memory is trusted: nothing older than the bound is served', async () => {
    await start();
    const [one] = await startJoined(1, { redis: { url: server.url, maxSilence: '500ms' } });
    database.write('key', 'old');
    await one!.call('load', 'key', { entry: { ttl: 60 } });
    server.freeze();
    database.write('key', 'new');
    await serves(one!, 'key', 'new', 1_500);
    server.thaw();
    await until(async () => (await one!.call('events')).logSilence === 2);
  });

  it('that is 200 ms away: slow, but right', async () => {
    await start();
    const link = await SlowLink.to(opened, server.port);
    const [near] = await startJoined(1);
    const far = (
      await startNodes(1, { redis: { url: `redis://127.0.0.1:${link.port}` }, cache: { storeTimeout: '1s' } })
    )[0]!;
    await joined(far);
    link.delayMs = 100;
    for (let round = 0; round < 3; round++) {
      database.write('key', `${round}`);
      await near!.call('invalidate', 'key');
      await serves(far, 'key', `${round}`);
      database.write('key', `${round} from afar`);
      await far.call('invalidate', 'key');
      expect(await far.call('load', 'key')).to.equal(`${round} from afar`);
      await serves(near!, 'key', `${round} from afar`);
    }
  });

  it('that a process is cut off from: it trusts its memory no longer than the bound, and catches up', async () => {
    await start();
    const link = await SlowLink.to(opened, server.port);
    const [near] = await startJoined(1);
    const [far] = await startJoined(1, { redis: { url: `redis://127.0.0.1:${link.port}` } });
    database.write('key', 'old');
    await far!.call('load', 'key', { entry: { ttl: 60 } });
    link.isSilent = true;
    database.write('key', 'new');
    await near!.call('invalidate', 'key');
    await serves(far!, 'key', 'new');
    link.isSilent = false;
    link.cut();
    await joined(far!);
    await serves(far!, 'key', 'new', 0);
  });

  it('that a process is cut off from which invalidates: the others are told when it is back', async () => {
    await start();
    const link = await SlowLink.to(opened, server.port);
    const [near] = await startJoined(1);
    const [far] = await startJoined(1, { redis: { url: `redis://127.0.0.1:${link.port}` } });
    const [bare] = await startJoined(1, { cache: { memory: false } });
    database.write('key', 'old');
    expect(await near!.call('load', 'key', { entry: { ttl: 60 } })).to.equal('old');
    link.isSilent = true;
    link.cut();
    database.write('key', 'new');
    await far!.call('invalidate', 'key');
    expect(await far!.call('load', 'key')).to.equal('new');
    // Nobody could have told them.
    for (const node of [near!, bare!]) expect(await node.call('load', 'key')).to.equal('old');
    link.isSilent = false;
    link.cut();
    await joined(far!);
    await serves(near!, 'key', 'new');
    await serves(bare!, 'key', 'new');
    expect(await far!.call('load', 'key')).to.equal('new');
  });

  it('that is a replica: what is read is not believed, and nothing fails', async () => {
    await start();
    const master = server;
    await start('--replicaof', '127.0.0.1', String(master.port));
    const [one] = await startNodes(1);
    database.write('key', 'value');
    for (let round = 0; round < 5; round++) expect(await one!.call('load', `key`)).to.equal('value');
    await one!.call('invalidate', 'key');
    database.write('key', 'new');
    await serves(one!, 'key', 'new');
  });

  it('that is out of memory: invalidations go on', async () => {
    await start('--maxmemory-policy', 'noeviction');
    const [one, other] = await startJoined(2);
    database.write('key', 'old');
    await one!.call('load', 'key');
    expect(await other!.call('load', 'key')).to.equal('old');
    await server.client.send('CONFIG', 'SET', 'maxmemory', '1');
    database.write('key', 'new');
    await one!.call('invalidate', 'key');
    expect(await one!.call('load', 'key')).to.equal('new');
    await serves(other!, 'key', 'new');
    await server.client.send('CONFIG', 'SET', 'maxmemory', '0');
    await joined(one!);
    await joined(other!);
    const [third] = await startJoined(1);
    expect(await third!.call('load', 'key')).to.equal('new');
  });

  it('that is full to the brim: the room in reserve lets the log go on at once', async () => {
    await start('--maxmemory-policy', 'noeviction');
    const [one, other] = await startJoined(2);
    database.write('key', 'old');
    await other!.call('load', 'key');
    await server.client.send('SET', 'filler', Buffer.alloc(1024 * 1024));
    const used = Number(/used_memory:(\d+)/.exec(await server.client.text('INFO', 'memory'))![1]);
    await server.client.send('CONFIG', 'SET', 'maxmemory', used - 1024);
    database.write('key', 'new');
    await one!.call('invalidate', 'key');
    await serves(other!, 'key', 'new');
    await until(async () => (await server.client.send('EXISTS', 'cachewarp:{app}:log')) === 1);
  });

  it('that refuses the password: the process serves without it and says so', async () => {
    await start('--requirepass', 'secret');
    const [one] = await startNodes(1, { redis: { url: `redis://:wrong@127.0.0.1:${server.port}` } });
    database.write('key', 'value');
    expect(await one!.call('load', 'key')).to.equal('value');
    await until(async () => (await one!.call('told')).some((text) => text.includes('WRONGPASS')));
    const [right] = await startJoined(1, { redis: { url: `redis://:secret@127.0.0.1:${server.port}` } });
    expect(await right!.call('load', 'key')).to.equal('value');
  });

  for (const [what, rights] of [
    [
      'gives the rights that the documentation names',
      ['~cachewarp:*', '&cachewarp:*', '+@all', '-@dangerous', '+info'],
    ],
    ['permits neither INFO nor subscribing', ['~*', '&*', '+@all', '-info', '-subscribe', '-publish']],
  ] as const) {
    it(`that ${what}: works`, async () => {
      await start();
      await server.client.send('ACL', 'SETUSER', 'app', 'on', '>secret', ...rights);
      const [one, other] = await startJoined(2, { redis: { url: `redis://app:secret@127.0.0.1:${server.port}` } });
      for (let round = 0; round < 3; round++) {
        database.write('key', `${round}`);
        await one!.call('invalidate', 'key');
        const answers = await Promise.all([one!, other!].map((node) => node.call('load', 'key', { delayMs: 20 })));
        expect(answers[0]).to.equal(`${round}`);
        await serves(other!, 'key', `${round}`);
      }
      // On a busy machine something may also take too long.
      expect((await one!.call('told')).filter((text) => text.includes('NOPERM'))).to.deep.equal([]);
    });
  }

  it('that has something else under our names: a miss, overwritten, never an exception', async () => {
    await start();
    const [one] = await startJoined(1);
    for (const kind of ['v', 'l']) {
      database.write(`key ${kind}`, 'value');
      await server.client.send('LPUSH', `cachewarp:app:${kind}{:key ${kind}}`, 'a list');
      expect(await one!.call('load', `key ${kind}`)).to.equal('value');
    }
    await until(async () => (await server.client.text('TYPE', 'cachewarp:app:v{:key v}')) === 'string');
    await server.client.send('DEL', 'cachewarp:{app}:log');
    await server.client.send('SET', 'cachewarp:{app}:log', 'not a hash');
    database.write('key v', 'new');
    await one!.call('invalidate', 'key v');
    expect(await one!.call('load', 'key v')).to.equal('new');
    await until(async () => (await server.client.text('TYPE', 'cachewarp:{app}:log')) === 'hash');
    await joined(one!);
  });

  it('that forgets its scripts: they are sent again', async () => {
    await start();
    const [one, other] = await startJoined(2);
    for (let round = 0; round < 5; round++) {
      await server.client.send('SCRIPT', 'FLUSH');
      database.write('key', `${round}`);
      await one!.call('invalidate', 'key');
      expect(await one!.call('load', 'key')).to.equal(`${round}`);
      await serves(other!, 'key', `${round}`);
    }
    expect((await one!.call('told')).filter((text) => text.includes('NOSCRIPT'))).to.deep.equal([]);
  });

  it('that is restarted and remembers: it may have lost invalidations, so nothing from before is served', async () => {
    await start('--appendonly', 'yes', '--appendfsync', 'always');
    const [one, other] = await startJoined(2);
    database.write('key', 'old');
    await one!.call('load', 'key');
    await other!.call('load', 'key');
    await server.kill();
    database.write('key', 'new');
    await one!.call('invalidate', 'key');
    await server.start();
    await joined(one!);
    await serves(other!, 'key', 'new');
    await until(async () => (await other!.call('events')).logGap !== undefined);
    const [third] = await startJoined(1);
    expect(await third!.call('load', 'key')).to.equal('new');
  });

  it('or not: does not keep a process alive that has nothing else to do', async () => {
    await start();
    const program = `
      import { createCache } from '@cachewarp/core';
      import { redisStore } from '@cachewarp/redis';
      const cache = createCache({ store: redisStore({ url: process.argv[1] }) });
      await cache.set('key', 'value');
      console.log(await cache.get('key'));
      await cache.invalidate('key');`;
    for (const url of [server.url, `redis://127.0.0.1:${await freePort()}`]) {
      const folder = fileURLToPath(new URL('..', import.meta.url));
      const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', program, url], {
        cwd: folder,
        timeout: 20_000,
      });
      expect(stdout).to.equal('value\n');
    }
  });

  it('that dies for good: a process that is told to close does so', async () => {
    await start();
    const [one] = await startJoined(1);
    await server.kill();
    await one!.call('invalidate', 'key');
    await one!.call('close');
  });
});
