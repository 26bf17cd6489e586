import type { Duration } from '@cachewarp/core';
import {
  assertKnownOptions,
  assertNumber,
  assertObject,
  assertOneOf,
  InvalidOptionError,
  parseBytes,
  parseDuration,
} from '@cachewarp/core';
import type { ClusterNode, ClusterOptions, RedisOptions } from 'ioredis';
import { Cluster, Redis } from 'ioredis';

/** How values are compressed: gzip costs less time, brotli (quality 4) needs less room. */
export type Compression = 'gzip' | 'brotli' | 'none';

/** Where Redis is, and how it is used. Name one of `url`, `client`, `cluster` and `sentinel`. */
export interface RedisStoreOptions {
  /**
   * `redis://[user:password@]host:port/db`, or `rediss://…` for TLS.
   * @defaultValue `redis://127.0.0.1:6379`
   */
  url?: string;
  /**
   * An ioredis client (or Cluster) whose settings are taken over. CacheWarp makes connections of its own with them, because it needs a
   * blocking one, a subscribed one, and one that never resends; the given client is neither used nor closed.
   */
  client?: Redis | Cluster;
  /** A Redis Cluster: some of its nodes, and ioredis' options for it. */
  cluster?: { nodes: readonly ClusterNode[]; options?: ClusterOptions };
  /** ioredis' options for Sentinel: `{ sentinels: [{ host, port }, …], name: 'mymaster', … }`. */
  sentinel?: RedisOptions;
  /** ioredis' options that hold for every connection: `username`, `password`, `db`, `family`, `connectTimeout` and the like. */
  connection?: RedisOptions;
  /** TLS: true for the system's authorities, or Node's options for it. */
  tls?: boolean | NonNullable<RedisOptions['tls']>;
  /**
   * What every key begins with: 1 to 100 characters without braces.
   * @defaultValue `cachewarp`
   */
  keyPrefix?: string;
  /**
   * Entries of at least so many bytes are compressed; Infinity for none.
   * @defaultValue `'4kb'`
   */
  compressAbove?: number | string;
  /** @defaultValue `gzip` */
  compression?: Compression;
  /**
   * How long the invalidation log may not be heard before what is in memory is no longer trusted.
   * @defaultValue `'2s'`
   */
  maxSilence?: Duration;
  /**
   * How long an invalidation waits for Redis before it counts in this process alone and is delivered later.
   * @defaultValue `'500ms'`
   */
  appendTimeout?: Duration;
  /**
   * A connection on which an answer is overdue for so long is given up and made anew.
   * @defaultValue `'2s'`
   */
  socketTimeout?: Duration;
  /**
   * How many targets Redis remembers invalidations of. Beyond it the oldest are forgotten, and every entry older than those is invalid.
   * @defaultValue 100000
   */
  maxMarkers?: number;
  /**
   * How many records the log keeps for processes that were away for a moment. Who was away for longer reads the markers anew.
   * @defaultValue 10000
   */
  maxRecords?: number;
  /**
   * How long records are kept.
   * @defaultValue `'1h'`
   */
  recordAge?: Duration;
  /**
   * How many targets wait for Redis to come back, up to a million. Beyond it everything is invalidated then.
   * @defaultValue 10000
   */
  maxUndelivered?: number;
}

/** {@link RedisStoreOptions}, checked and complete. */
export interface RedisSettings {
  readonly keyPrefix: string;
  readonly compressAbove: number;
  readonly compression: Compression;
  readonly maxSilenceMs: number;
  readonly appendTimeoutMs: number;
  readonly socketTimeoutMs: number;
  readonly maxMarkers: number;
  readonly maxRecords: number;
  readonly recordAgeMs: number;
  readonly maxUndelivered: number;
  /** Where and how to connect. */
  readonly target: RedisTarget;
}

/** What connections are made of. */
type RedisTarget =
  | { readonly kind: 'single'; readonly options: RedisOptions }
  | { readonly kind: 'cluster'; readonly nodes: readonly ClusterNode[]; readonly options: ClusterOptions };

const OPTIONS = [
  'url',
  'client',
  'cluster',
  'sentinel',
  'connection',
  'tls',
  'keyPrefix',
  'compressAbove',
  'compression',
  'maxSilence',
  'appendTimeout',
  'socketTimeout',
  'maxMarkers',
  'maxRecords',
  'recordAge',
  'maxUndelivered',
] as const satisfies readonly (keyof RedisStoreOptions)[];

const WAYS = ['url', 'client', 'cluster', 'sentinel'] as const;

/** @throws InvalidOptionError naming the faulty option as `redis.<option>` */
export function readOptions(given: RedisStoreOptions): RedisSettings {
  assertObject('redis', given as unknown);
  assertKnownOptions('redis', given, OPTIONS);
  const {
    keyPrefix = 'cachewarp',
    compressAbove = '4kb',
    compression = 'gzip',
    maxSilence = '2s',
    appendTimeout = '500ms',
    socketTimeout = '2s',
    maxMarkers = 100_000,
    maxRecords = 10_000,
    recordAge = '1h',
    maxUndelivered = 10_000,
  } = given;
  if (typeof keyPrefix !== 'string' || !/^[^{}]{1,100}$/.test(keyPrefix)) {
    throw new InvalidOptionError('redis.keyPrefix', 'must be text of 1 to 100 characters without braces', keyPrefix);
  }
  assertOneOf('redis.compression', compression, ['gzip', 'brotli', 'none']);
  assertNumber('redis.maxMarkers', maxMarkers, 100, 10_000_000);
  assertNumber('redis.maxRecords', maxRecords, 10, 10_000_000);
  // Each of them takes a place of its own before the next whole one, and there are 2 ** 20 (log/known-log.ts).
  assertNumber('redis.maxUndelivered', maxUndelivered, 0, 1_000_000);
  return {
    keyPrefix: prefixOfClient(given.client) + keyPrefix,
    compressAbove: compressAbove === Infinity ? Infinity : parseBytes('redis.compressAbove', compressAbove),
    compression,
    maxSilenceMs: parseDuration('redis.maxSilence', maxSilence),
    appendTimeoutMs: parseDuration('redis.appendTimeout', appendTimeout),
    socketTimeoutMs: parseDuration('redis.socketTimeout', socketTimeout),
    maxMarkers,
    maxRecords,
    recordAgeMs: parseDuration('redis.recordAge', recordAge),
    maxUndelivered,
    target: targetOf(given),
  };
}

function targetOf(given: RedisStoreOptions): RedisTarget {
  const named = WAYS.filter((way) => given[way] !== undefined);
  if (named.length > 1) {
    throw new InvalidOptionError('redis', `must name one of ${WAYS.join(', ')}`, named);
  }
  const common = { ...connectionOf(given), ...tlsOf(given) };
  if (given.client !== undefined) return targetOfClient(given.client, common);
  if (given.cluster !== undefined) return targetOfCluster(given.cluster, common);
  if (given.sentinel !== undefined) {
    const { sentinel } = given;
    assertObject('redis.sentinel', sentinel as unknown);
    if (!Array.isArray(sentinel.sentinels) || sentinel.sentinels.length === 0) {
      throw new InvalidOptionError('redis.sentinel.sentinels', 'must be a list of { host, port }', sentinel.sentinels);
    }
    if (typeof sentinel.name !== 'string') {
      throw new InvalidOptionError('redis.sentinel.name', 'must be the name of the master', sentinel.name);
    }
    return { kind: 'single', options: { ...common, ...sentinel } };
  }
  return { kind: 'single', options: { ...optionsOfUrl(given.url ?? 'redis://127.0.0.1:6379'), ...common } };
}

function targetOfClient(client: unknown, common: RedisOptions): RedisTarget {
  if (client instanceof Cluster) {
    const { startupNodes } = client as unknown as { startupNodes: ClusterNode[] };
    const redisOptions = { ...client.options.redisOptions, ...common };
    return { kind: 'cluster', nodes: startupNodes, options: { ...client.options, redisOptions } };
  }
  if (client instanceof Redis) return { kind: 'single', options: { ...client.options, ...common } };
  throw new InvalidOptionError('redis.client', 'must be a Redis or Cluster of ioredis 6', client);
}

function targetOfCluster(cluster: unknown, common: RedisOptions): RedisTarget {
  assertObject('redis.cluster', cluster);
  assertKnownOptions('redis.cluster', cluster, ['nodes', 'options']);
  const { nodes, options = {} } = cluster as { nodes: unknown; options?: ClusterOptions };
  if (!Array.isArray(nodes) || nodes.length === 0) {
    throw new InvalidOptionError('redis.cluster.nodes', 'must be a list of { host, port } or URLs', nodes);
  }
  const redisOptions = { ...options.redisOptions, ...common };
  return { kind: 'cluster', nodes: nodes as ClusterNode[], options: { ...options, redisOptions } };
}

function prefixOfClient(client: unknown): string {
  if (client instanceof Redis) return client.options.keyPrefix ?? '';
  return client instanceof Cluster ? (client.options.keyPrefix ?? '') : '';
}

function connectionOf({ connection }: RedisStoreOptions): RedisOptions {
  if (connection === undefined) return {};
  assertObject('redis.connection', connection as unknown);
  return connection;
}

function tlsOf({ tls }: RedisStoreOptions): RedisOptions {
  if (tls === undefined || tls === false) return {};
  if (tls === true) return { tls: {} };
  assertObject('redis.tls', tls as unknown);
  return { tls };
}

function optionsOfUrl(text: unknown): RedisOptions {
  const url = typeof text === 'string' && URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !['redis:', 'rediss:'].includes(url.protocol)) {
    throw new InvalidOptionError('redis.url', 'must be redis://… or rediss://…', hidePassword(text));
  }
  const db = url.pathname.slice(1);
  if (!/^\d{0,5}$/.test(db)) throw new InvalidOptionError('redis.url', 'must end with the number of a database', db);
  return {
    host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: url.port === '' ? 6379 : Number(url.port),
    ...(url.username !== '' && { username: decodeURIComponent(url.username) }),
    ...(url.password !== '' && { password: decodeURIComponent(url.password) }),
    ...(db !== '' && { db: Number(db) }),
    ...(url.protocol === 'rediss:' && { tls: {} }),
  };
}

function hidePassword(text: unknown): unknown {
  return typeof text === 'string' ? text.replace(/:[^:@/]*@/, ':***@') : text;
}
