import { createCache, EventBus, systemClock, type CacheEntry, type SharedTier } from '@cachewarp/core';
import { redisStore } from '@cachewarp/redis';
import { interleave, type Contestant, type Measured } from '../harness/interleave.js';
import { printTable } from '../harness/table.js';
import { redisPeers, type RedisPeer } from './redis-peers.js';
import { ioredis, startRedis, type PlainClient } from './redis-process.js';

const ROUNDS = 9;
const CONCURRENT = 100;
const KEYS = 1_000;
const READS = 30_000;
const WRITES = 5_000;
const TAGS = 2_000;
const ENTRIES = 100_000;

const BODY = { id: 1, text: 'x'.repeat(980) };

/** Questions: what does a read, a fill and an invalidation cost over Redis; and how much room do the markers and the log take? */
export async function benchRedis(): Promise<void> {
  const { url, stop } = await startRedis();
  try {
    const plain = new ioredis.Redis(url);
    const tier = await openTier(url, 'bench');
    await measureReads(url, plain, tier);
    await measureWrites(url, tier);
    await measureRoom(url, plain);
  } finally {
    stop();
  }
}

async function measureReads(url: string, plain: PlainClient, { store, log }: SharedTier): Promise<void> {
  const pipelined = new ioredis.Redis(url, { enableAutoPipelining: true });
  const options = { name: 'bench', store: redisStore({ url }), storeTimeout: '5s' as const };
  const cache = createCache({ ...options, memory: false });
  // Holds a few hundred of the entries, and none of them until it is read again.
  const small = createCache({ ...options, memory: { maxBytes: '256kb' as const } });
  for (let key = 0; key < KEYS; key++) {
    await plain.set(`plain:${key}`, JSON.stringify(BODY));
    await store.set(`key:${key}`, entryOf(log, BODY));
  }
  const never = (): Promise<never> => Promise.reject(new Error('a read was a miss'));
  const lease = { leaseMs: 1_000, replaces: false };
  const contestants: Contestant<Cost>[] = [
    concurrent('ioredis get (Buffer)', READS, (index) => plain.getBuffer(`plain:${index % KEYS}`)),
    concurrent('ioredis get and JSON.parse', READS, async (index) =>
      JSON.parse((await plain.get(`plain:${index % KEYS}`))!),
    ),
    concurrent('ioredis get, auto-pipelined', READS, (index) => pipelined.getBuffer(`plain:${index % KEYS}`)),
    concurrent('store.get', READS, (index) => store.get(`key:${index % KEYS}`)),
    concurrent('store.acquire, a hit', READS, (index) => store.acquire(`key:${index % KEYS}`, lease)),
    concurrent('getOrLoad without memory', READS, (index) => cache.getOrLoad(`key:${index % KEYS}`, never)),
    concurrent('getOrLoad, memory too small', READS, (index) => small.getOrLoad(`key:${index % KEYS}`, never)),
    ...(await Promise.all(redisPeers.map((peer) => peerReads(peer, plain)))),
  ];
  printCosts(
    `Read of 1 KB from Redis, ${CONCURRENT} at once`,
    await interleave(contestants, ROUNDS),
    'ioredis get (Buffer)',
  );
  await cache.close();
  await small.close();
  pipelined.disconnect();
}

/** Fills a peer, and measures its hits. */
async function peerReads(peer: RedisPeer, client: PlainClient): Promise<Contestant<Cost>> {
  let loads = 0;
  const read = peer.make(client, () => {
    loads++;
    return Promise.resolve(BODY);
  });
  for (let key = 0; key < KEYS; key++) await read(`peer:${peer.name}:${key}`);
  if (loads !== KEYS) throw new Error(`${peer.name} loaded ${loads} times`);
  return concurrent(peer.name, READS, async (index) => {
    await read(`peer:${peer.name}:${index % KEYS}`);
    if (loads !== KEYS) throw new Error(`a read of ${peer.name} was a miss`);
  });
}

async function measureWrites(url: string, { store, log }: SharedTier): Promise<void> {
  const cache = createCache({ name: 'misses', memory: false, store: redisStore({ url }), storeTimeout: '5s' });
  let missed = 0;
  let round = 0;
  const fill = async (index: number): Promise<void> => {
    const key = `fill:${index}:${round}`;
    const acquired = await store.acquire(key, { leaseMs: 1_000, replaces: false });
    if (acquired.word !== 'lease') throw new Error(`no lease: ${acquired.word}`);
    await store.fill(key, acquired.token, entryOf(log, BODY));
  };
  const contestants: Contestant<Cost>[] = [
    {
      ...concurrent('lease and fill', WRITES, fill),
      measure: () => {
        round++;
        return concurrent('lease and fill', WRITES, fill).measure();
      },
    },
    concurrent('getOrLoad, a miss', WRITES, () => cache.getOrLoad(`miss:${missed++}`, () => Promise.resolve(BODY))),
    concurrent('set', WRITES, (index) => store.set(`set:${index % KEYS}`, entryOf(log, BODY))),
    concurrent('invalidation', WRITES, (index) =>
      log.append({ markers: [{ kind: 'tag', name: `tag:${index % TAGS}` }], soft: false, at: 0 }),
    ),
  ];
  printCosts(`Writes to Redis, ${CONCURRENT} at once`, await interleave(contestants, ROUNDS), 'set');
  await cache.close();
}

/** Fills a Redis as a service would, and asks it for its sizes. */
async function measureRoom(url: string, plain: PlainClient): Promise<void> {
  await plain.flushall();
  const { store, log } = await openTier(url, 'room');
  const before = await usedMemory(plain);
  await concurrent('', ENTRIES, (index) =>
    store.set(`key:${index}`, { ...entryOf(log, BODY), tags: [`tag:${index % TAGS}`] }),
  ).measure();
  const stored = await usedMemory(plain);
  await concurrent('', TAGS, (index) =>
    log.append({ markers: [{ kind: 'tag', name: `tag:${index}` }], soft: false, at: Date.now() }),
  ).measure();
  console.log(
    `\nRoom in Redis for ${ENTRIES.toLocaleString('en')} entries of 1 KB and ${TAGS.toLocaleString('en')} tags\n`,
  );
  console.log(`entries: ${kilobytes(stored - before)} KB; everything else, after every tag was invalidated once:`);
  for (const part of ['log', 'marks', 'stream', 'reserve']) {
    const bytes = Number(await plain.call('MEMORY', 'USAGE', `cachewarp:{room}:${part}`, 'SAMPLES', 0));
    console.log(`  ${part}: ${kilobytes(bytes)} KB`);
  }
}

/** What an operation costs, in µs: of time, and of the processor time of this process, which is steadier on a busy machine. */
interface Cost {
  readonly time: number;
  readonly processor: number;
}

function printCosts(title: string, measured: readonly Measured<Cost>[], base: string): void {
  for (const [part, unit] of [
    ['time', 'µs'],
    ['processor', 'µs of the client'],
  ] as const) {
    const figures = measured.map(({ name, rounds }) => ({ name, rounds: rounds.map((cost) => cost[part]) }));
    printTable(title, unit, figures, base);
  }
}

/** Measures an operation of which so many are under way at any time. */
function concurrent(name: string, count: number, operation: (index: number) => unknown): Contestant<Cost> {
  return {
    name,
    measure: async () => {
      let next = 0;
      const startedAt = process.hrtime.bigint();
      const usedBefore = process.cpuUsage();
      const work = async (): Promise<void> => {
        while (next < count) await operation(next++);
      };
      await Promise.all(Array.from({ length: CONCURRENT }, work));
      const { user, system } = process.cpuUsage(usedBefore);
      const time = Number(process.hrtime.bigint() - startedAt) / 1_000 / count;
      return { time, processor: (user + system) / count };
    },
  };
}

async function openTier(url: string, name: string): Promise<SharedTier> {
  const user = { name, clock: systemClock, random: Math.random, events: new EventBus() };
  const tier = redisStore({ url }).open(user);
  await tier.store.get('joined');
  return tier;
}

function entryOf({ epoch, position }: SharedTier['log'], value: unknown): CacheEntry {
  const now = systemClock.now();
  const times = { createdAt: now, freshUntil: now + 3_600_000, staleUntil: 0, errorUntil: 0, keepUntil: 0, loadMs: 1 };
  return { value, ...times, isError: false, tags: [], parent: undefined, epoch, position, size: 1_000 };
}

async function usedMemory(plain: PlainClient): Promise<number> {
  return Number(/used_memory:(\d+)/.exec(await plain.info('memory'))![1]);
}

function kilobytes(bytes: number): string {
  return Math.round(bytes / 1024).toLocaleString('en');
}
