import {
  assertFunction,
  assertKnownOptions,
  assertNumber,
  assertObject,
  assertOneOf,
  assertText,
  InvalidOptionError,
  parseBytes,
  parseDuration,
  systemClock,
  type Clock,
  type CreateCacheOptions,
  type Duration,
  type MemoryOptions,
} from '@cachewarp/core';
import type { ListenAdminOptions } from '@cachewarp/admin';
import { checkReach } from '../access/gate.js';
import { checkTokens, type TokenOptions } from '../access/token-options.js';
import { WRITE_POLICIES, type Backing, type WritePolicy } from '../backing/backing.js';
import { readWriteBehindOptions, type WriteBehindOptions } from '../backing/write-behind-queue.js';
import { resolveLimits, type LimitOptions, type Limits } from '../base/limits.js';

/** Options of {@link startServer}. Every one has a default. */
export interface ServerOptions {
  /** 0 takes a free port. @defaultValue 8000 */
  port?: number;
  /** Where to listen. Anything but this machine's loopback needs `tokens`. @defaultValue '127.0.0.1' */
  host?: string;
  /** Who may use the service. Without any, programs of this machine. @defaultValue none */
  tokens?: readonly TokenOptions[];
  /** The memory tier: bounds and eviction policy. */
  memory?: MemoryOptions;
  /**
   * What becomes of a new value when memory is full: `evict` lets others go for it, `refuse` answers 507.
   * @defaultValue 'evict'
   */
  whenFull?: 'evict' | 'refuse';
  /** The tier behind the memory, from `@cachewarp/redis` or `@cachewarp/disk`. @defaultValue none */
  store?: CreateCacheOptions['store'];
  /** How long the store may take before the service goes on without it. @defaultValue '1s' */
  storeTimeout?: Duration;
  /** Names the cache; separates its keys from other caches' in a shared store. @defaultValue 'server' */
  name?: string;
  /** How long entries live that give no ttl; `null`: as long as there is room. @defaultValue 3600 */
  defaultTtl?: Duration | null;
  /** The place behind the cache that has every value. @defaultValue none */
  backing?: Backing;
  /** When writes reach the backing, or the store. @defaultValue 'write-through' */
  writePolicy?: WritePolicy;
  /** Bounds of what write-behind can lose. */
  writeBehind?: WriteBehindOptions;
  /** What the service accepts. */
  limits?: LimitOptions;
  /** A listener of the admin API (`@cachewarp/admin`) over the same cache; false: none. @defaultValue false */
  admin?: Omit<ListenAdminOptions, 'cache'> | false;
  /** Hears faults that clients are only told as 5xx, and of the write-behind queue. Default: a process warning. */
  onError?: (error: unknown) => void;
  /** Time, for tests. */
  clock?: Clock;
}

/** {@link ServerOptions}, checked and with every default filled in. */
export interface ServerSettings {
  readonly port: number;
  readonly host: string;
  readonly tokens: readonly TokenOptions[];
  readonly memory: MemoryOptions;
  readonly maxBytes: number;
  readonly policy: string;
  readonly maxEntryFraction: number;
  readonly whenFull: 'evict' | 'refuse';
  readonly store: CreateCacheOptions['store'];
  readonly storeTimeout: Duration;
  readonly name: string;
  /** Seconds; null: no end. */
  readonly defaultTtl: number | null;
  readonly backing: Backing | undefined;
  readonly writePolicy: WritePolicy;
  readonly writeBehind: ReturnType<typeof readWriteBehindOptions>;
  readonly limits: Limits;
  readonly admin: Omit<ListenAdminOptions, 'cache'> | false;
  readonly onError: (error: unknown) => void;
  readonly clock: Clock;
}

const OPTIONS = [
  'port',
  'host',
  'tokens',
  'memory',
  'whenFull',
  'store',
  'storeTimeout',
  'name',
  'defaultTtl',
  'backing',
  'writePolicy',
  'writeBehind',
  'limits',
  'admin',
  'onError',
  'clock',
] as const satisfies readonly (keyof ServerOptions)[];

/** @throws InvalidOptionError naming the first faulty option and its value; a token is not repeated */
export function readServerOptions(options: ServerOptions): ServerSettings {
  const given: unknown = options;
  assertObject('options', given);
  assertKnownOptions('', options, OPTIONS);
  const {
    port = 8000,
    host = '127.0.0.1',
    memory = {},
    store,
    storeTimeout = '1s',
    name = 'server',
    backing,
  } = options;
  const { writePolicy = 'write-through', admin = false, onError = warn, clock = systemClock } = options;
  assertNumber('port', port, 0, 65_535);
  assertText('host', host, 255);
  assertText('name', name, 128);
  const tokens = checkTokens(options.tokens ?? []);
  checkReach(host, tokens);
  const bounds: unknown = memory;
  assertObject('memory', bounds);
  assertOneOf('writePolicy', writePolicy, WRITE_POLICIES);
  if (backing !== undefined) checkBacking(backing);
  assertFunction('onError', onError);
  if (admin !== false) assertObject('admin', admin);
  const { policy = DEFAULT_EVICTION, maxEntryFraction = DEFAULT_ENTRY_FRACTION } = memory;
  const { defaultTtl = 3600, whenFull = 'evict' } = options;
  assertOneOf('whenFull', whenFull, ['evict', 'refuse']);
  return {
    port,
    host,
    tokens,
    memory: { ...memory, policy, maxEntryFraction },
    maxBytes: parseBytes('memory.maxBytes', memory.maxBytes ?? '64mb'),
    policy,
    maxEntryFraction,
    whenFull,
    store,
    storeTimeout,
    name,
    defaultTtl: defaultTtl === null ? null : parseDuration('defaultTtl', defaultTtl) / 1000,
    backing,
    writePolicy,
    writeBehind: readWriteBehindOptions(options.writeBehind),
    limits: resolveLimits(options.limits),
    admin,
    onError,
    clock,
  };
}

/** The engine's own, and told in the stats. */
const DEFAULT_EVICTION = 's3fifo';
/**
 * The largest part of the memory that one entry may take. The engine's default is smaller, for the sake of the hit ratio; but who puts a
 * value by hand wants it kept, and is told with 413 where it is not.
 */
const DEFAULT_ENTRY_FRACTION = 0.25;

function checkBacking(backing: unknown): void {
  assertObject('backing', backing);
  for (const method of ['load', 'write', 'remove']) {
    if (typeof backing[method] === 'function') continue;
    throw new InvalidOptionError(`backing.${method}`, 'must be a function (see Backing)', backing[method]);
  }
}

function warn(error: unknown): void {
  const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
  process.emitWarning(`the cache service failed: ${detail}`, { type: 'CacheWarpWarning' });
}
