import { createCache } from '@cachewarp/core';
import { redisStore } from '@cachewarp/redis';
import { expect } from 'chai';
import { setTimeout as pause } from 'node:timers/promises';
import { Opened } from '#src/opened.js';
import { startCluster } from '#src/redis-groups.js';
import { Database, RedisNode } from '#src/redis-node.js';
import { joined, ROUNDS } from '#src/redis-rounds.js';
import type { RedisServer } from '#src/redis-server.js';
import { until } from '#src/until.js';

describe('a Redis Cluster', function () {
  this.timeout(60_000 + 300 * ROUNDS);

  let opened: Opened;
  let servers: RedisServer[];
  let database: Database;
  beforeEach(() => {
    opened = new Opened();
    database = new Database();
  });
  afterEach(() => opened.close());

  const startNodes = async (count: number, cache = {}): Promise<RedisNode[]> => {
    const nodes = servers.map(({ port }) => ({ host: '127.0.0.1', port }));
    const started = await RedisNode.startAll(opened, database, { redis: { cluster: { nodes } }, cache }, count);
    await Promise.all(started.map((node) => joined(node)));
    return started;
  };

  it('of three masters keeps entries, leases and invalidations in all its slots', async () => {
    servers = await startCluster(opened);
    const [one, other] = await startNodes(2);
    const [bare] = await startNodes(1, { memory: false });
    for (let round = 0; round < Math.max(3, ROUNDS / 5); round++) {
      const keys = Array.from({ length: 20 }, (_, index) => `key ${index}}`);
      for (const key of keys) database.write(key, `${round}`);
      await one!.call('invalidate', round % 2 === 0 ? { prefix: 'key' } : { all: true });
      const load = { delayMs: 5, entry: { ttl: 60 } };
      for (const node of [one!, bare!]) {
        const values = await Promise.all(keys.map((key) => node.call('load', key, load)));
        expect(new Set(values)).to.deep.equal(new Set([`${round}`]));
      }
      for (const key of keys) await until(async () => (await other!.call('load', key, load)) === `${round}`);
    }
    const sizes = await Promise.all(servers.map(async ({ client }) => Number(await client.send('DBSIZE'))));
    expect(
      sizes.every((size) => size > 0),
      sizes.join(),
    ).to.equal(true);
    expect((await one!.call('stats')).store!.entries).to.equal(20);
    database.reads = 0;
    const answers = await Promise.all(
      [one!, other!, bare!].map((node) => node.call('burst', 'cold', 20, { delayMs: 50 })),
    );
    expect([answers.flat().length, database.reads]).to.deep.equal([60, 1]);
  });

  it('carries messages between processes, whichever master each hears them from', async () => {
    servers = await startCluster(opened);
    const members = await Promise.all(
      servers.map(async ({ port }, index) => {
        const store = redisStore({ cluster: { nodes: [{ host: '127.0.0.1', port }] } });
        const cache = opened.add(createCache({ name: 'app', store }), (it) => it.close());
        const heard: string[] = [];
        let isOpen = false;
        const hearer = { onMessage: (text: string) => void heard.push(text), onOpen: () => void (isOpen = true) };
        const line = cache.parts.peers!.join(`member-${index}`, hearer, 'farewell');
        await until(() => isOpen);
        return { heard, line };
      }),
    );
    for (const [index, { line }] of members.entries()) {
      // The connection that tells is another one than the one that hears.
      await until(() =>
        line.tell(undefined, `${index}`).then(
          () => true,
          () => false,
        ),
      );
      await line.tell('member-0', `${index} to 0`);
    }
    const [first, ...others] = members;
    const toAll = members.map((_, index) => `${index}`);
    await until(() => first!.heard.length === 2 * members.length);
    expect(first!.heard).to.have.members([...toAll, ...toAll.map((name) => `${name} to 0`)]);
    for (const { heard } of others) {
      await until(() => heard.length === members.length);
      expect(heard).to.have.members(toAll);
    }
  });

  it('whose master of the log fails over serves nothing that was invalidated before', async () => {
    servers = await startCluster(opened, true);
    const [one, other] = await startNodes(2);
    const [bare] = await startNodes(1, { memory: false });
    const slot = Number(await servers[0]!.client.send('CLUSTER', 'KEYSLOT', 'cachewarp:{app}:log'));
    const owner = servers[Math.floor((slot * 3) / 16_384)]!;
    const load = { entry: { ttl: 60 } };
    for (const node of [one!, other!, bare!]) await node.call('load', 'key', load);
    await owner.kill();
    const until3s = Date.now() + 4_000;
    for (let round = 0; Date.now() < until3s; round++) {
      database.write('key', `${round}`);
      await one!.call('invalidate', 'key');
      expect(await one!.call('load', 'key', load), `round ${round}`).to.equal(`${round}`);
      await pause(50);
    }
    const last = await one!.call('load', 'key', load);
    await until(async () => (await other!.call('load', 'key', load)) === last);
    await until(async () => (await bare!.call('load', 'key', load)) === last);
    await joined(one!);
    database.write('key', 'after');
    await one!.call('invalidate', 'key');
    for (const node of [one!, other!, bare!])
      await until(async () => (await node.call('load', 'key', load)) === 'after');
    await until(async () => (await other!.call('events')).logGap !== undefined);
  });
});
