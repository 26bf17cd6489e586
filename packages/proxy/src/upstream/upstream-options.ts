import { isIP } from 'node:net';
import {
  assertKnownOptions,
  assertNumber,
  assertObject,
  assertOneOf,
  assertText,
  CircuitBreaker,
  InvalidOptionError,
  parseBytes,
  parseDuration,
  type CircuitBreakerOptions,
  type Duration,
} from '@cachewarp/core';
import { withDefaults } from '../base/with-defaults.js';

/** TLS towards the origin. */
export interface UpstreamTlsOptions {
  /** Certificate authorities to trust in place of the built-in ones, PEM. */
  ca?: string | Buffer | readonly (string | Buffer)[];
  /** Client certificate, PEM. */
  cert?: string | Buffer;
  /** Key of the client certificate, PEM. */
  key?: string | Buffer;
  /** Name for SNI and for checking the certificate. @defaultValue the host name of the URL */
  servername?: string;
  /** Whether an origin whose certificate cannot be verified is refused. @defaultValue true */
  rejectUnauthorized?: boolean;
}

/** Asking the upstreams how they are. */
export interface HealthProbeOptions {
  /** Path that is asked for with GET; an answer below 400 is good. */
  path: string;
  /** @defaultValue '5s' */
  interval?: Duration;
  /** @defaultValue '2s' */
  timeout?: Duration;
  /** Good answers in a row before an upstream gets requests again. @defaultValue 2 */
  healthyAfter?: number;
  /** Bad ones in a row before it gets none. @defaultValue 3 */
  unhealthyAfter?: number;
}

/** How requests reach the origin. Every bound is an option; `docs/proxy.md` has the table. */
export interface UpstreamOptions {
  /** How requests are spread over several upstreams. @defaultValue 'round-robin' */
  balance?: 'round-robin' | 'least-in-flight';
  /** Time for a connection, TLS included. Above: 504. Sharp to half a second. @defaultValue '5s' */
  connectTimeout?: Duration;
  /** Time for the head of the response, from when the request was sent. Above: 504. @defaultValue '30s' */
  firstByteTimeout?: Duration;
  /** Time without a byte within a body; server-sent events are exempt. Above: the response is cut. @defaultValue '30s' */
  idleTimeout?: Duration;
  /** Time for a whole response, body included. @defaultValue Infinity */
  totalTimeout?: Duration;
  /** Further tries of an idempotent request without content whose connection failed before the response began: 0, 1 or 2. @defaultValue 2 */
  retries?: number;
  /** Pause before the second try; it doubles, and half of it is random. @defaultValue '50ms' */
  retryDelay?: Duration;
  /** Requests in flight to the origin at a time, all upstreams together. @defaultValue 256 */
  maxConcurrency?: number;
  /** Requests that wait for their turn; further ones get 503. @defaultValue 1024 */
  maxQueue?: number;
  /** Time a request waits for its turn. Above: 503. @defaultValue '10s' */
  queueTimeout?: Duration;
  /** Time an idle connection is kept, unless the origin's Keep-Alive says otherwise. @defaultValue '4s' */
  keepAliveTimeout?: Duration;
  /** Bytes of a response's head. Above: 502. @defaultValue '64kb' */
  headerBytes?: number | string;
  /** Field lines of a response. Above: 502. @defaultValue 1000 */
  headerFields?: number;
  /** When an upstream is left alone; `false` for never. @defaultValue 5 failures in a row or half of 20; 1 s, doubling up to 5 s */
  breaker?: CircuitBreakerOptions | false;
  /** @defaultValue no probes */
  health?: HealthProbeOptions | false;
  /** Whether HTTP/2 is offered to an `https:` origin. @defaultValue false */
  http2?: boolean;
  /** Whether the origin gets the client's Host rather than that of its own URL. @defaultValue false */
  preserveHost?: boolean;
  /** TLS towards every upstream. */
  tls?: UpstreamTlsOptions;
}

/** {@link UpstreamOptions}, checked and resolved. Frozen. */
export interface UpstreamPolicy {
  readonly balance: 'round-robin' | 'least-in-flight';
  readonly connectTimeoutMs: number;
  readonly firstByteTimeoutMs: number;
  readonly idleTimeoutMs: number;
  readonly totalTimeoutMs: number;
  readonly retries: number;
  readonly retryDelayMs: number;
  readonly maxConcurrency: number;
  readonly maxQueue: number;
  readonly queueTimeoutMs: number;
  readonly keepAliveTimeoutMs: number;
  readonly headerBytes: number;
  readonly headerFields: number;
  readonly breaker: CircuitBreakerOptions | undefined;
  readonly health: HealthProbePolicy | undefined;
  readonly http2: boolean;
  readonly preserveHost: boolean;
  readonly tls: UpstreamTlsOptions;
}

/** {@link HealthProbeOptions}, checked and resolved. */
interface HealthProbePolicy {
  readonly path: string;
  readonly intervalMs: number;
  readonly timeoutMs: number;
  readonly healthyAfter: number;
  readonly unhealthyAfter: number;
}

/** The defaults of every option, in one place. */
export const DEFAULT_UPSTREAM = Object.freeze({
  balance: 'round-robin',
  connectTimeout: '5s',
  firstByteTimeout: '30s',
  idleTimeout: '30s',
  totalTimeout: Infinity,
  retries: 2,
  retryDelay: '50ms',
  maxConcurrency: 256,
  maxQueue: 1024,
  queueTimeout: '10s',
  keepAliveTimeout: '4s',
  headerBytes: '64kb',
  headerFields: 1000,
  breaker: Object.freeze({ openFor: '1s', maxOpenFor: '5s' }),
  health: false,
  http2: false,
  preserveHost: false,
  tls: Object.freeze({}),
} satisfies Required<UpstreamOptions>);

const TIMES = [
  'connectTimeout',
  'firstByteTimeout',
  'idleTimeout',
  'totalTimeout',
  'retryDelay',
  'queueTimeout',
  'keepAliveTimeout',
] as const;

/**
 * Checks options and lays them over the defaults.
 *
 * @throws InvalidOptionError naming the first faulty option as `upstream.<name>`
 */
export function resolveUpstream(options: UpstreamOptions = {}): UpstreamPolicy {
  const whole: unknown = options;
  assertObject('upstream', whole);
  assertKnownOptions('upstream', options, Object.keys(DEFAULT_UPSTREAM));
  const given = withDefaults(options, DEFAULT_UPSTREAM as Required<UpstreamOptions>);
  assertOneOf('upstream.balance', given.balance, ['round-robin', 'least-in-flight']);
  assertNumber('upstream.retries', given.retries, 0, 2);
  assertNumber('upstream.maxConcurrency', given.maxConcurrency, 1, 100_000);
  assertNumber('upstream.maxQueue', given.maxQueue, 0, 1_000_000);
  assertNumber('upstream.headerFields', given.headerFields, 1, 100_000);
  assertBoolean('upstream.http2', given.http2);
  assertBoolean('upstream.preserveHost', given.preserveHost);
  const tls: unknown = given.tls;
  assertObject('upstream.tls', tls);
  assertKnownOptions('upstream.tls', given.tls, ['ca', 'cert', 'key', 'servername', 'rejectUnauthorized']);
  const times = Object.fromEntries(TIMES.map((name) => [`${name}Ms`, parseDuration(`upstream.${name}`, given[name])]));
  return Object.freeze({
    balance: given.balance,
    ...(times as Record<`${(typeof TIMES)[number]}Ms`, number>),
    retries: Math.floor(given.retries),
    maxConcurrency: Math.floor(given.maxConcurrency),
    maxQueue: Math.floor(given.maxQueue),
    headerBytes: parseBytes('upstream.headerBytes', given.headerBytes),
    headerFields: Math.floor(given.headerFields),
    breaker: given.breaker === false ? undefined : checkBreaker(given.breaker),
    health: given.health === false ? undefined : resolveHealth(given.health),
    http2: given.http2,
    preserveHost: given.preserveHost,
    tls: Object.freeze({ ...given.tls }),
  });
}

function checkBreaker(options: CircuitBreakerOptions): CircuitBreakerOptions {
  const given: unknown = options;
  assertObject('upstream.breaker', given);
  const filled = withDefaults(options, DEFAULT_UPSTREAM.breaker);
  // It checks its options itself; better at the start than with the first request.
  void new CircuitBreaker(filled);
  return filled;
}

function resolveHealth(options: HealthProbeOptions): HealthProbePolicy {
  const given: unknown = options;
  assertObject('upstream.health', given);
  assertKnownOptions('upstream.health', options, ['path', 'interval', 'timeout', 'healthyAfter', 'unhealthyAfter']);
  const { path, interval = '5s', timeout = '2s', healthyAfter = 2, unhealthyAfter = 3 } = options;
  assertText('upstream.health.path', path, 2048);
  if (!/^\/[\x21-\x7e]*$/.test(path)) throw new InvalidOptionError('upstream.health.path', "must begin with '/'", path);
  assertNumber('upstream.health.healthyAfter', healthyAfter, 1, 1000);
  assertNumber('upstream.health.unhealthyAfter', unhealthyAfter, 1, 1000);
  return Object.freeze({
    path,
    intervalMs: parseDuration('upstream.health.interval', interval),
    timeoutMs: parseDuration('upstream.health.timeout', timeout),
    healthyAfter,
    unhealthyAfter,
  });
}

/**
 * The configured origin: one URL, or several of interchangeable servers.
 *
 * @throws InvalidOptionError when one is not an http(s) URL of a server without path, query or user
 */
export function resolveOrigins(origin: unknown, policy: UpstreamPolicy): readonly URL[] {
  const list: readonly unknown[] = Array.isArray(origin) ? origin : [origin];
  if (list.length === 0) throw new InvalidOptionError('origin', 'must name at least one URL', origin);
  return list.map((item, index) => {
    const field = Array.isArray(origin) ? `origin[${index}]` : 'origin';
    const url = parseOrigin(field, item);
    if (url.protocol === 'https:' && policy.preserveHost && policy.tls.servername === undefined && isAddress(url)) {
      // Without a name of our own, SNI and the certificate check would follow the Host that a client chose.
      throw new InvalidOptionError(
        'upstream.tls.servername',
        `is needed with preserveHost when ${field} is an address`,
        undefined,
      );
    }
    return url;
  });
}

/** Whether the URL names an IP address rather than a host. */
export function isAddress(url: URL): boolean {
  return isIP(url.hostname.replace(/^\[|\]$/g, '')) !== 0;
}

function parseOrigin(field: string, value: unknown): URL {
  const text = value instanceof URL ? value.href : value;
  const url = typeof text === 'string' && URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || (url.protocol !== 'http:' && url.protocol !== 'https:') || url.hostname === '') {
    throw new InvalidOptionError(field, "must be a URL such as 'https://api.example.com'", value);
  }
  if (url.username !== '' || url.password !== '') {
    // The value is not shown: it holds a password.
    throw new InvalidOptionError(field, 'must not hold a user name or password', `${url.protocol}//…@${url.host}`);
  }
  if (url.pathname !== '/' || url.search !== '' || url.hash !== '') {
    throw new InvalidOptionError(
      field,
      'must be a server without a path: the origin gets the path that the client asked for',
      value,
    );
  }
  return url;
}

function assertBoolean(field: string, value: unknown): void {
  if (typeof value !== 'boolean') throw new InvalidOptionError(field, 'must be true or false', value);
}
