import { assertFunction, assertKnownOptions, assertObject, assertOneOf, assertText } from '../base/assert.js';
import { systemClock, type Clock } from '../base/clock.js';
import { parseDuration, type Duration } from '../base/duration.js';
import { InvalidOptionError } from '../base/errors.js';
import type { InvalidationLog } from '../invalidation/invalidation-log.js';
import type { EntryOptions, ValueMode } from '../policy/cache-options.js';
import { DEFAULT_POLICY, resolvePolicy } from '../policy/cache-policy.js';
import type { CacheStore } from '../store/cache-store.js';
import type { MemoryOptions } from '../store/memory-store.js';
import { Cache } from './cache.js';
import type { TierSource } from './shared-tier.js';

/** Options of {@link createCache}. Every one has a default. */
export interface CreateCacheOptions {
  /**
   * Names the cache in metrics and messages, and separates its keys from other caches' in a shared store.
   * @defaultValue 'default'
   */
  name?: string;
  /** The memory tier (L1), or false for none. */
  memory?: MemoryOptions | false;
  /**
   * The tier behind the memory (L2): one that several processes share, such as `redisStore()` and `diskStore()` return, or a plain store.
   * @defaultValue none
   */
  store?: CacheStore | TierSource;
  /**
   * How long a caller waits for the tier behind before going on without it.
   * @defaultValue '100ms'
   */
  storeTimeout?: Duration;
  /** Entry options for whatever does not give its own. */
  defaults?: EntryOptions;
  /**
   * `share` hands out the kept object itself; `freeze` freezes it deeply first; `clone` hands every caller a copy.
   * @defaultValue 'share'
   */
  values?: ValueMode;
  /**
   * Where invalidations are ordered. A shared tier brings its own.
   * @defaultValue a log in this process
   */
  log?: InvalidationLog;
  /** Time, for tests. */
  clock?: Clock;
  /** Numbers from 0 to 1 for jitter, back-off and refresh-ahead, for tests. */
  random?: () => number;
}

const OPTIONS = ['name', 'memory', 'store', 'storeTimeout', 'defaults', 'values', 'log', 'clock', 'random'] as const;
const MAX_NAME_LENGTH = 128;

/**
 * Makes a cache. `createCache()` alone is an in-memory cache of 64 MB whose entries are fresh for 30 s.
 * @throws InvalidOptionError naming the first faulty option and its value
 */
export function createCache(options: CreateCacheOptions = {}): Cache {
  checkShape(options);
  if (options.memory !== undefined && options.memory !== false) assertObject('memory', options.memory);
  const { name = 'default', values = 'share', random = Math.random, clock = systemClock } = options;
  assertText('name', name, MAX_NAME_LENGTH);
  assertOneOf('values', values, ['share', 'freeze', 'clone']);
  assertFunction('random', random);
  return new Cache({
    name,
    values,
    random,
    clock,
    memory: options.memory ?? {},
    store: readStore(options.store),
    storeTimeoutMs: parseDuration('storeTimeout', options.storeTimeout ?? '100ms'),
    defaults: resolvePolicy(options.defaults, DEFAULT_POLICY, 'defaults'),
    log: options.log,
  });
}

function checkShape(options: unknown): void {
  assertObject('options', options);
  assertKnownOptions('', options, OPTIONS);
  if (options.log === undefined || !isTierSource(options.store)) return;
  throw new InvalidOptionError('log', 'must be left out beside a shared store, which brings its own', options.log);
}

const STORE_METHODS = [
  'get',
  'getMany',
  'set',
  'delete',
  'clear',
  'keys',
  'stats',
  'close',
] as const satisfies readonly (keyof CacheStore)[];

function isTierSource(store: unknown): store is TierSource {
  return typeof store === 'object' && store !== null && typeof (store as Partial<TierSource>).open === 'function';
}

function readStore(store: unknown): CacheStore | TierSource | undefined {
  if (store === undefined || isTierSource(store)) return store;
  assertObject('store', store);
  for (const method of STORE_METHODS) {
    if (typeof store[method] !== 'function') {
      throw new InvalidOptionError(`store.${method}`, 'must be a function (see CacheStore)', store[method]);
    }
  }
  return store as unknown as CacheStore;
}
