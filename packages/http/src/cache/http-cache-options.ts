import {
  assertFunction,
  assertKnownOptions,
  assertObject,
  assertText,
  InvalidOptionError,
  parseBytes,
  parseDuration,
  type Duration,
} from '@cachewarp/core';
import { ByteBudget } from './byte-budget.js';

/** How an {@link HttpCache} presents itself, and the bounds that hold for all its policies. */
export interface HttpCacheOptions {
  /** Its name in Cache-Status (RFC 9211). @defaultValue 'CacheWarp' */
  name?: string;
  /** Whether Cache-Status shows the key. Keys may tell outsiders how requests are told apart. @defaultValue false */
  showKey?: boolean;
  /**
   * What all bodies that are coming in at a time may hold in memory before they are stored, as bytes or text. Beyond, further ones pass
   * through without being stored.
   * @defaultValue '256mb'
   */
  maxPending?: number | string;
  /** Of a body too large to keep: how far the slowest of its clients may fall behind before the origin has to wait. @defaultValue '1mb' */
  window?: number | string;
  /** How long a client that other clients of the same body wait for may take nothing before it is cut off. @defaultValue '10s' */
  stallTimeout?: Duration;
  /** Numbers from 0 to 1 for the spread of back-off, for tests. */
  random?: () => number;
}

/** {@link HttpCacheOptions}, checked, with every default filled in. */
export interface HttpCacheSettings {
  readonly name: string;
  readonly showKey: boolean;
  readonly bounds: StreamBounds;
  readonly random: () => number;
}

/** Bounds of every body on its way through. */
export interface StreamBounds {
  readonly pending: ByteBudget;
  readonly windowBytes: number;
  readonly stallMs: number;
}

const OPTIONS = [
  'name',
  'showKey',
  'maxPending',
  'window',
  'stallTimeout',
  'random',
] as const satisfies readonly (keyof HttpCacheOptions)[];

/** @throws InvalidOptionError naming the first faulty option and its value */
export function readHttpCacheOptions(options: HttpCacheOptions = {}): HttpCacheSettings {
  assertObject('options', options);
  assertKnownOptions('', options, OPTIONS);
  const { name = 'CacheWarp', showKey = false, random = Math.random } = options as HttpCacheOptions;
  assertText('name', name, 128);
  if (typeof showKey !== 'boolean') throw new InvalidOptionError('showKey', 'must be true or false', showKey);
  assertFunction('random', random);
  const { maxPending = '256mb', window = '1mb', stallTimeout = '10s' } = options as HttpCacheOptions;
  return Object.freeze({
    name,
    showKey,
    bounds: {
      pending: new ByteBudget(parseBytes('maxPending', maxPending)),
      windowBytes: parseBytes('window', window),
      stallMs: parseDuration('stallTimeout', stallTimeout),
    },
    random,
  });
}
