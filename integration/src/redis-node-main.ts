import {
  createCache,
  systemClock,
  type Clock,
  type CreateCacheOptions,
  type EntryOptions,
  type Targets,
} from '@cachewarp/core';
import { redisStore, type RedisStoreOptions } from '@cachewarp/redis';
import { setTimeout as pause } from 'node:timers/promises';

/*
 * A process of a service with a cache over Redis. It does what its parent says, and reads from the parent what would be in a database.
 */

/** What the parent gives: JSON. */
export interface NodeOptions {
  readonly redis: RedisStoreOptions;
  readonly cache?: Omit<CreateCacheOptions, 'store' | 'clock'>;
  /** How far this process's clock is ahead. */
  readonly clockAheadMs?: number;
}

/** How a value is loaded. */
export interface LoadOptions {
  /** How long the database takes. */
  readonly delayMs?: number;
  readonly entry?: EntryOptions<string>;
}

const { redis, cache: cacheOptions = {}, clockAheadMs = 0 } = JSON.parse(process.argv[2]!) as NodeOptions;

const clock: Clock = {
  now: () => systemClock.now() + clockAheadMs,
  coarseNow: () => systemClock.coarseNow() + clockAheadMs,
  setTimer: (action, delayMs) => systemClock.setTimer(action, delayMs),
};
const cache = createCache({ name: 'app', clock, store: redisStore(redis), ...cacheOptions });

const events: Record<string, number> = {};
for (const name of [
  'leaseWait',
  'leaseLost',
  'logGap',
  'logSilence',
  'undelivered',
  'storeError',
  'breaker',
  'fenced',
] as const) {
  cache.events.on(name, () => void (events[name] = (events[name] ?? 0) + 1));
}
const told: string[] = [];
cache.events.on('storeError', ({ operation, error }) => void told.push(`${operation}: ${String(error)}`));
cache.events.on('breaker', ({ state }) => void told.push(`breaker ${state}`));
process.on('unhandledRejection', (error) => {
  console.error('unhandled rejection', error);
  process.exit(70);
});

const questions = new Map<number, (value: string) => void>();
let asked = 0;
let loads = 0;

function database(key: string): Promise<string> {
  return new Promise((resolve) => {
    questions.set(++asked, resolve);
    process.send!({ type: 'database', id: asked, key });
  });
}

async function load(key: string, { delayMs = 0, entry }: LoadOptions = {}): Promise<string> {
  const loader = async (): Promise<string> => {
    loads++;
    const value = await database(key);
    if (delayMs > 0) await pause(delayMs);
    return value;
  };
  return cache.getOrLoad(key, loader, entry as never);
}

const operations = {
  load,
  burst: (key: string, callers: number, options?: LoadOptions) =>
    Promise.all(Array.from({ length: callers }, () => load(key, options))),
  set: (key: string, value: unknown, options?: EntryOptions) => cache.set(key, value, options),
  get: (key: string) => cache.get(key),
  peek: (key: string) => cache.peek(key),
  invalidate: (targets: Targets) => cache.invalidate(targets),
  invalidateMany: async (keys: string[]) => {
    await Promise.all(keys.map((key) => cache.invalidate(key)));
  },
  expire: (targets: Targets) => cache.expire(targets),
  inspect: (key: string) => cache.inspect(key),
  stats: () => cache.stats(),
  loads: () => loads,
  events: () => events,
  told: () => told,
  /** The longest of many hits in a row, in ms. */
  slowestHit: async (key: string, times: number) => {
    let slowest = 0;
    for (let index = 0; index < times; index++) {
      const began = performance.now();
      await load(key);
      slowest = Math.max(slowest, performance.now() - began);
    }
    return slowest;
  },
  time: async (key: string, options?: LoadOptions) => {
    const began = performance.now();
    await load(key, options);
    return performance.now() - began;
  },
  close: () => cache.close(),
} satisfies Record<string, (...args: never[]) => unknown>;

/** What a node can be told to do. */
export type Operations = typeof operations;

type Message =
  | { type: 'call'; id: number; operation: keyof Operations; args: unknown[] }
  | { type: 'database'; id: number; value: string };

process.on('message', (message: Message) => {
  if (message.type === 'database') {
    questions.get(message.id)?.(message.value);
    questions.delete(message.id);
    return;
  }
  const { id, operation, args } = message;
  const run = operations[operation] as (...args: unknown[]) => unknown;
  const answer = (result: object): void => void process.send!({ type: 'result', id, ...result });
  void (async () => run(...args))().then(
    (value) => answer({ value }),
    (error: unknown) => answer({ error: String(error) }),
  );
});
process.on('disconnect', () => process.exit());
process.send!({ type: 'ready' });
