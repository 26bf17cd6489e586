import { expect } from 'chai';
import { setTimeout as pause } from 'node:timers/promises';
import { Opened } from '#src/opened.js';
import type { NodeOptions } from '#src/redis-node-main.js';
import { Database, RedisNode } from '#src/redis-node.js';
import { RedisServer } from '#src/redis-server.js';
import { joined, ROUNDS } from '#src/redis-rounds.js';
import { until } from '#src/until.js';

describe('processes that share a Redis', function () {
  this.timeout(60_000 + 500 * ROUNDS);

  let opened: Opened;
  let server: RedisServer;
  let database: Database;
  beforeEach(async () => {
    opened = new Opened();
    database = new Database();
    server = await RedisServer.start(opened);
  });
  afterEach(() => opened.close());

  const startNodes = async (count: number, options: Partial<NodeOptions> = {}): Promise<RedisNode[]> => {
    const nodes = await RedisNode.startAll(opened, database, { redis: { url: server.url }, ...options }, count);
    await Promise.all(nodes.map((node) => joined(node)));
    return nodes;
  };

  it('load a cold key once, however many of their callers want it', async () => {
    const nodes = await startNodes(8);
    database.reads = 0;
    for (let round = 0; round < Math.max(3, ROUNDS / 10); round++) {
      const key = `cold ${round}`;
      database.write(key, `value ${round}`);
      const answers = await Promise.all(nodes.map((node) => node.call('burst', key, 50, { delayMs: 50 })));
      expect(new Set(answers.flat())).to.deep.equal(new Set([`value ${round}`]));
      expect(database.reads).to.equal(round + 1);
    }
  });

  const targets = {
    key: (key: string) => key,
    tag: () => ({ tag: 'a tag' }),
    prefix: (key: string) => ({ prefix: key.slice(0, 3) }),
    all: () => ({ all: true as const }),
  };
  for (const [what, target] of Object.entries(targets)) {
    it(`never serve what was invalidated by ${what}, though loads of the old value are running`, async () => {
      const [one, other] = await startNodes(2);
      // Has no memory, so that every read goes to Redis: there it holds from the moment that invalidate() resolves.
      const [bare] = await startNodes(1, { cache: { memory: false } });
      const load = { delayMs: 3, entry: { ttl: 60, tags: ['a tag'] } };
      for (let round = 0; round < ROUNDS; round++) {
        const key = `user:${round % 5}`;
        // (Who would join a load that runs in his own process has to hear of the invalidation first, as with memory.)
        const running = [one!.call('load', key, load), other!.call('load', key, load)];
        if (round % 2 === 0) await pause(Math.random() * 4);
        database.write(key, `${round}`);
        await one!.call('invalidate', target(key));
        const [here, there] = await Promise.all([one!.call('load', key, load), bare!.call('load', key, load)]);
        expect([here, there], `round ${round}`).to.deep.equal([`${round}`, `${round}`]);
        // The memory of another process hears of it a moment later, and never goes back.
        await until(async () => (await other!.call('load', key, load)) === `${round}`);
        await Promise.all(running);
        const nodes = [other!, one!, bare!];
        const later = await Promise.all(nodes.map((node) => node.call('load', key, load)));
        expect(later, `after round ${round}`).to.deep.equal([`${round}`, `${round}`, `${round}`]);
      }
    });
  }

  it('lose one lease time at most to a process that dies while it loads', async () => {
    const [one, other] = await startNodes(2);
    database.write('key', 'value');
    const lost = one!.call('load', 'key', { delayMs: 60_000 });
    lost.catch(() => undefined);
    await until(() => database.reads > 0);
    await one!.kill();
    const ms = await other!.call('time', 'key');
    expect(ms).to.be.below(2_500);
    expect(await other!.call('get', 'key')).to.equal('value');
  });

  it('store nothing of a process that was paused beyond its lease', async () => {
    const [one, other] = await startNodes(2);
    database.write('key', 'old');
    const late = one!.call('load', 'key', { delayMs: 100 });
    await until(() => database.reads > 0);
    one!.freeze();
    database.write('key', 'new');
    await pause(1_500);
    expect(await other!.call('load', 'key')).to.equal('new');
    one!.thaw();
    await late;
    await pause(100);
    expect(await other!.call('get', 'key')).to.equal('new');
    expect((await one!.call('events')).leaseLost).to.equal(1);
    const third = (await startNodes(1))[0]!;
    expect(await third.call('load', 'key')).to.equal('new');
  });

  it('agree though their clocks are 10 s ahead and behind', async () => {
    const [ahead] = await startNodes(1, { clockAheadMs: 10_000 });
    const [behind] = await startNodes(1, { clockAheadMs: -10_000 });
    database.write('short', 'value');
    await ahead!.call('load', 'short', { entry: { ttl: 2, jitter: 0 } });
    expect(await behind!.call('load', 'short')).to.equal('value');
    const [there, here] = [await ahead!.call('inspect', 'short'), await behind!.call('inspect', 'short')];
    expect(here!.ttlLeftMs).to.be.within(there!.ttlLeftMs - 500, there!.ttlLeftMs + 100);
    expect(here!.ageMs).to.be.within(0, 1_000);
    for (let round = 0; round < Math.min(ROUNDS, 50); round++) {
      const [from, to] = round % 2 === 0 ? [ahead!, behind!] : [behind!, ahead!];
      database.write('key', `${round}`);
      await from.call('invalidate', 'key');
      expect(await from.call('load', 'key')).to.equal(`${round}`);
      await until(async () => (await to.call('load', 'key')) === `${round}`);
    }
    await ahead!.call('load', 'soft', { entry: { ttl: 60, staleWhileRevalidate: 60 } });
    await behind!.call('load', 'soft', { entry: { ttl: 60, staleWhileRevalidate: 60 } });
    await ahead!.call('expire', 'soft');
    expect((await behind!.call('inspect', 'soft'))!.freshness).to.not.equal('expired');
  });

  it('converge on the same value when both set one key at once', async () => {
    const [one, other] = await startNodes(2);
    for (let round = 0; round < ROUNDS; round++) {
      await Promise.all([one!.call('set', 'key', `one ${round}`), other!.call('set', 'key', `other ${round}`)]);
      await until(async () => {
        const values = [await one!.call('load', 'key'), await other!.call('load', 'key')];
        return values[0] === values[1] && values[0]!.endsWith(` ${round}`);
      });
    }
  });

  it('give back a value of any kind from Redis as from memory', async () => {
    const [one, other] = await startNodes(2);
    const value = {
      text: 'näïve 🔑',
      date: new Date(1),
      map: new Map<unknown, unknown>([[1, new Set(['a', 1n])]]),
      bytes: new Uint8Array([0, 255]),
      nothing: undefined,
      list: [-0, NaN, Infinity],
      error: new RangeError('r'),
      large: 'x'.repeat(100_000),
    };
    await one!.call('set', 'key', value);
    const [here, there] = [await one!.call('get', 'key'), await other!.call('get', 'key')];
    expect(there).to.deep.equal(here);
    expect((there as typeof value).error).to.be.instanceOf(Error);
    expect((there as typeof value).large).to.equal(value.large);
  });
});
