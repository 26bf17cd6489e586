import {
  assertKnownOptions,
  assertNumber,
  assertObject,
  InvalidOptionError,
  parseBytes,
  parseDuration,
  type Duration,
} from '@cachewarp/core';
import { withDefaults } from './with-defaults.js';

/** What the front accepts from clients. Every bound is an option; `docs/proxy.md` has the table. */
export interface LimitOptions {
  /** Bytes of a request's head. Above: 431. @defaultValue '16kb' */
  headerBytes?: number | string;
  /** Field lines of a request. Above: 431. @defaultValue 200 */
  headerFields?: number;
  /** Characters of a request target. Above: 414. @defaultValue 8192 */
  targetLength?: number;
  /** Bytes of a request's body. Above: 413. @defaultValue '1gb' */
  bodyBytes?: number | string;
  /** Client connections at a time; further ones are closed at once. @defaultValue 10000 */
  connections?: number;
  /** WebSocket and other upgraded connections at a time. Above: 503. @defaultValue 1000 */
  tunnels?: number;
  /** Requests at a time that are not answered by a fresh hit. Above: 503 with Retry-After. @defaultValue 5000 */
  requests?: number;
  /** Streams at a time on one HTTP/2 connection. @defaultValue 100 */
  streams?: number;
  /** Time for a request's head to arrive. Above: 408. @defaultValue '15s' */
  headersTimeout?: Duration;
  /** Time for a whole request, body included, to arrive. Above: 408. @defaultValue '5m' */
  requestTimeout?: Duration;
  /** Time an idle connection is kept for a next request. @defaultValue '60s' */
  keepAliveTimeout?: Duration;
  /** Time a client may take nothing of a response that waits for it; then the connection is cut. @defaultValue '60s' */
  writeTimeout?: Duration;
  /** Time without a byte in either direction before an upgraded connection is closed. @defaultValue '10m' */
  tunnelTimeout?: Duration;
  /** Time that requests in flight get when the proxy drains; then they are cut. @defaultValue '30s' */
  drainTimeout?: Duration;
}

/** {@link LimitOptions}, checked and resolved: bytes, milliseconds, counts. Frozen. */
export interface Limits {
  readonly headerBytes: number;
  readonly headerFields: number;
  readonly targetLength: number;
  readonly bodyBytes: number;
  readonly connections: number;
  readonly tunnels: number;
  readonly requests: number;
  readonly streams: number;
  readonly headersTimeoutMs: number;
  readonly requestTimeoutMs: number;
  readonly keepAliveTimeoutMs: number;
  readonly writeTimeoutMs: number;
  readonly tunnelTimeoutMs: number;
  readonly drainTimeoutMs: number;
}

/** The defaults of every limit, in one place. */
export const DEFAULT_LIMITS = Object.freeze({
  headerBytes: '16kb',
  headerFields: 200,
  targetLength: 8192,
  bodyBytes: '1gb',
  connections: 10_000,
  tunnels: 1000,
  requests: 5000,
  streams: 100,
  headersTimeout: '15s',
  requestTimeout: '5m',
  keepAliveTimeout: '60s',
  writeTimeout: '60s',
  tunnelTimeout: '10m',
  drainTimeout: '30s',
} satisfies Required<LimitOptions>);

const COUNTS = ['headerFields', 'targetLength', 'connections', 'tunnels', 'requests', 'streams'] as const;
const BYTES = ['headerBytes', 'bodyBytes'] as const;
const TIMES = [
  'headersTimeout',
  'requestTimeout',
  'keepAliveTimeout',
  'writeTimeout',
  'tunnelTimeout',
  'drainTimeout',
] as const;

/**
 * Checks limits and lays them over the defaults.
 *
 * @throws InvalidOptionError naming the first faulty limit as `limits.<name>`
 */
export function resolveLimits(options: LimitOptions = {}): Limits {
  assertObject('limits', options);
  assertKnownOptions('limits', options, Object.keys(DEFAULT_LIMITS));
  const given = withDefaults(options, DEFAULT_LIMITS);
  const limits: Record<string, number> = {};
  for (const name of COUNTS) {
    assertNumber(`limits.${name}`, given[name], 1, 10_000_000);
    limits[name] = Math.floor(given[name]);
  }
  for (const name of BYTES) limits[name] = parseBytes(`limits.${name}`, given[name]);
  for (const name of TIMES) limits[`${name}Ms`] = parseDuration(`limits.${name}`, given[name]);
  if (limits['headersTimeoutMs']! > limits['requestTimeoutMs']!) {
    throw new InvalidOptionError('limits.headersTimeout', 'must not be above requestTimeout', given.headersTimeout);
  }
  return Object.freeze(limits as unknown as Limits);
}
