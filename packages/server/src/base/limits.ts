import {
  assertKnownOptions,
  assertNumber,
  assertObject,
  InvalidOptionError,
  parseBytes,
  parseDuration,
  type Duration,
} from '@cachewarp/core';

/** What the service accepts from clients. Every bound is an option; `docs/server.md` has the table. */
export interface LimitOptions {
  /** Bytes of a request's body. Above: 413. @defaultValue '8mb' */
  bodyBytes?: number | string;
  /** Bytes of a decoded key, at most 2048. Above: 414 in a path, 422 in JSON. @defaultValue 1024 */
  keyBytes?: number;
  /** Keys, or values, of one batch or invalidation. Above: 422. @defaultValue 1000 */
  batchKeys?: number;
  /** Bytes that a batch may answer; what is beyond has to be asked for again. @defaultValue '32mb' */
  answerBytes?: number | string;
  /** Tags of one entry, at most 128. Above: 422. @defaultValue 64 */
  tags?: number;
  /** Bytes of a request's head. Above: 431. @defaultValue '16kb' */
  headerBytes?: number | string;
  /** Field lines of a request. Above: 431. @defaultValue 100 */
  headerFields?: number;
  /** Client connections at a time; further ones are closed at once. @defaultValue 10000 */
  connections?: number;
  /** Requests at a time that are not answered at once. Above: 503 with Retry-After. @defaultValue 1000 */
  requests?: number;
  /** Bytes of request bodies that are coming in at a time. Above: 503 with Retry-After. @defaultValue '256mb' */
  bodiesBytes?: number | string;
  /** Requests a second of one token; without tokens, of one address. Above: 429 with Retry-After. 0: no limit. @defaultValue 0 */
  requestsPerSecond?: number;
  /** Time for a request's head to arrive. Above: 408. @defaultValue '15s' */
  headersTimeout?: Duration;
  /** Time for a whole request to arrive. Above: 408. @defaultValue '60s' */
  requestTimeout?: Duration;
  /** Time an idle connection is kept for a next request. @defaultValue '60s' */
  keepAliveTimeout?: Duration;
  /** Time that requests in flight get when the service drains; then they are cut. @defaultValue '30s' */
  drainTimeout?: Duration;
}

/** {@link LimitOptions}, checked and resolved: bytes, milliseconds, counts. Frozen. */
export interface Limits {
  readonly bodyBytes: number;
  readonly keyBytes: number;
  readonly batchKeys: number;
  readonly answerBytes: number;
  readonly tags: number;
  readonly headerBytes: number;
  readonly headerFields: number;
  readonly connections: number;
  readonly requests: number;
  readonly bodiesBytes: number;
  readonly requestsPerSecond: number;
  readonly headersTimeoutMs: number;
  readonly requestTimeoutMs: number;
  readonly keepAliveTimeoutMs: number;
  readonly drainTimeoutMs: number;
}

/** The defaults of every limit, in one place. */
const DEFAULT_LIMITS = Object.freeze({
  bodyBytes: '8mb',
  keyBytes: 1024,
  batchKeys: 1000,
  answerBytes: '32mb',
  tags: 64,
  headerBytes: '16kb',
  headerFields: 100,
  connections: 10_000,
  requests: 1000,
  bodiesBytes: '256mb',
  requestsPerSecond: 0,
  headersTimeout: '15s',
  requestTimeout: '60s',
  keepAliveTimeout: '60s',
  drainTimeout: '30s',
} satisfies Required<LimitOptions>);

/** Counts with their bounds. A key may grow threefold where it is no text, and the engine takes 8,192 characters. */
const COUNTS = {
  keyBytes: [1, 2048],
  batchKeys: [1, 100_000],
  tags: [0, 128],
  headerFields: [1, 10_000],
  connections: [1, 1_000_000],
  requests: [1, 1_000_000],
} as const;
const BYTES = ['bodyBytes', 'answerBytes', 'headerBytes', 'bodiesBytes'] as const;
const TIMES = ['headersTimeout', 'requestTimeout', 'keepAliveTimeout', 'drainTimeout'] as const;

/**
 * Checks limits and lays them over the defaults.
 * @throws InvalidOptionError naming the first faulty limit as `limits.<name>`
 */
export function resolveLimits(options: LimitOptions = {}): Limits {
  assertObject('limits', options);
  assertKnownOptions('limits', options, Object.keys(DEFAULT_LIMITS));
  const given = { ...DEFAULT_LIMITS } as Record<string, unknown>;
  for (const [name, value] of Object.entries(options)) if (value !== undefined) given[name] = value;
  const limits: Record<string, number> = {};
  for (const [name, [min, max]] of Object.entries(COUNTS)) {
    const value = given[name];
    assertNumber(`limits.${name}`, value, min, max);
    limits[name] = Math.floor(value);
  }
  for (const name of BYTES) limits[name] = parseBytes(`limits.${name}`, given[name]);
  for (const name of TIMES) limits[`${name}Ms`] = parseDuration(`limits.${name}`, given[name]);
  const { requestsPerSecond } = given;
  assertNumber('limits.requestsPerSecond', requestsPerSecond, 0, 10_000_000);
  limits['requestsPerSecond'] = requestsPerSecond;
  if (limits['headersTimeoutMs']! > limits['requestTimeoutMs']!) {
    throw new InvalidOptionError('limits.headersTimeout', 'must not be above requestTimeout', given['headersTimeout']);
  }
  return Object.freeze(limits as unknown as Limits);
}
