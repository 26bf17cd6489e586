import {
  assertFunction,
  assertKnownOptions,
  assertObject,
  assertText,
  createCache,
  InvalidOptionError,
  type AnsweredRequest,
  type Cache,
  type CreateCacheOptions,
  type InvalidationLog,
  type RequestLog,
} from '@cachewarp/core';
import type { ListenAdminOptions } from '@cachewarp/admin';
import type { HttpCacheOptions, HttpPolicyOptions } from '@cachewarp/http';
import type { TracingOptions } from '@cachewarp/metrics';
import { resolveLimits, type LimitOptions, type Limits } from '../base/limits.js';
import { checkFrontTls, type FrontTlsOptions } from '../front/front-options.js';
import { parseAuthority } from '../request/authority.js';
import { TrustedProxies } from '../request/peer.js';
import type { ProxyRule } from '../rules/rule-options.js';
import { RuleSet } from '../rules/rule-set.js';
import {
  resolveOrigins,
  resolveUpstream,
  type UpstreamOptions,
  type UpstreamPolicy,
} from '../upstream/upstream-options.js';

/** What can be said of the admin listener; the rest of its options is the proxy's affair. */
type ProxyAdminOptions = Omit<
  ListenAdminOptions,
  'cache' | 'metrics' | 'isReady' | 'explainUrl' | 'peers' | 'decisions' | 'about'
>;

/** Options of {@link startProxy}: `origin` is required, all others have defaults. */
export interface ProxyOptions {
  /** The server behind the proxy: `https://api.example.com`, or a list of servers that answer alike. Nobody else is ever contacted. */
  origin: string | URL | readonly (string | URL)[];
  /** Where clients connect; 0 takes a free port. @defaultValue 3000 */
  port?: number;
  /** The address to listen on. @defaultValue every address of this machine */
  host?: string;
  /** How answers are cached where no rule says otherwise. @defaultValue as the standards say; what states no freshness is not stored */
  policy?: HttpPolicyOptions;
  /** What holds for some paths, methods, statuses or content types. The first that matches wins. @defaultValue none */
  rules?: readonly ProxyRule[];
  /** The cache, made by `createCache`, or options to make one that is closed with the proxy. @defaultValue in memory, 64 MB */
  cache?: Cache | CreateCacheOptions;
  /** How the HTTP cache presents itself. */
  http?: HttpCacheOptions;
  /** How requests reach the origin. */
  upstream?: UpstreamOptions;
  /** What is accepted from clients. */
  limits?: LimitOptions;
  /** TLS towards clients. @defaultValue none */
  tls?: FrontTlsOptions;
  /** Whether HTTP/2 is offered to clients, over TLS. @defaultValue true */
  http2?: boolean;
  /** Protocols that clients may change to. @defaultValue ['websocket'] */
  upgrades?: readonly string[];
  /**
   * Whether fresh hits over HTTP/1.1 without TLS are answered before Node's HTTP server has parsed them. What is answered is the same.
   * @defaultValue true
   */
  fastLane?: boolean;
  /** Hosts that are served; others are answered 421. @defaultValue all */
  hosts?: readonly string[];
  /** Addresses and networks of proxies in front of this one, whose X-Forwarded-For, -Proto and -Host count. @defaultValue none */
  trustedProxies?: readonly string[];
  /** The admin API on a listener of its own. @defaultValue none */
  admin?: ProxyAdminOptions;
  /** Told of each request that was answered, fresh hits too. */
  onAnswered?: (request: AnsweredRequest) => void;
  /** Writes down what was answered; `logRequests` of `@cachewarp/metrics` makes one of a pino logger. @defaultValue none */
  log?: RequestLog;
  /**
   * Whether traces are made, with what the application has registered with `@opentelemetry/api`, or with what is given here.
   * @defaultValue false
   */
  tracing?: boolean | TracingOptions;
}

/** {@link ProxyOptions}, checked and resolved. */
export interface ProxySettings {
  readonly origins: readonly URL[];
  readonly upstream: UpstreamPolicy;
  readonly port: number;
  readonly host: string | undefined;
  readonly rules: RuleSet;
  readonly cache: Cache;
  /** Whether the cache was made here, and is closed with the proxy. */
  readonly ownsCache: boolean;
  /** The cache as it was given. */
  readonly cacheOptions: ProxyOptions['cache'];
  readonly http: HttpCacheOptions & { readonly name: string };
  readonly limits: Limits;
  readonly tls: FrontTlsOptions | undefined;
  readonly http2: boolean;
  readonly upgrades: ReadonlySet<string>;
  readonly fastLane: boolean;
  readonly hosts: ReadonlySet<string> | undefined;
  readonly trusted: TrustedProxies;
  readonly admin: ProxyAdminOptions | undefined;
  readonly logs: readonly RequestLog[];
  /** Undefined: no traces. */
  readonly tracing: TracingOptions | undefined;
}

const OPTIONS = [
  'origin',
  'port',
  'host',
  'policy',
  'rules',
  'cache',
  'http',
  'upstream',
  'limits',
  'tls',
  'http2',
  'upgrades',
  'fastLane',
  'hosts',
  'trustedProxies',
  'admin',
  'onAnswered',
  'log',
  'tracing',
] as const satisfies readonly (keyof ProxyOptions)[];

const DEFAULT_PORT = 3000;

/**
 * What holds in a proxy where nothing else was said. A client that insists on a fresh answer gets one, but a crowd of them does not pass
 * the cache by: one forced validation a second for each key. While the origin cannot be reached, what is stored stands in for it for an hour.
 */
const DEFAULT_POLICY: HttpPolicyOptions = { requestDirectives: 'coalesce', staleIfUnreachable: '1h' };

/**
 * @param log - where a cache that is made here orders its invalidations, unless its options name a log. Default: in this process
 * @throws InvalidOptionError naming the first faulty option and its value
 */
export function resolveProxyOptions(options: ProxyOptions, log?: InvalidationLog): ProxySettings {
  assertObject('options', options);
  assertKnownOptions('', options, OPTIONS);
  const { tls, http2 = true, upgrades = ['websocket'], fastLane = true, hosts, admin } = options;
  const { onAnswered, log: requestLog } = options;
  const { port, host } = resolveAddress(options);
  if (typeof http2 !== 'boolean') throw new InvalidOptionError('http2', 'must be true or false', http2);
  if (typeof fastLane !== 'boolean') throw new InvalidOptionError('fastLane', 'must be true or false', fastLane);
  if (tls !== undefined) checkFrontTls(tls);
  if (onAnswered !== undefined) assertFunction('onAnswered', onAnswered);
  if (requestLog !== undefined) assertFunction('log.answered', (requestLog as Partial<RequestLog> | null)?.answered);
  if (admin !== undefined) {
    assertObject('admin', admin);
    checkPort('admin.port', admin.port);
  }
  const upstream = resolveUpstream(options.upstream);
  const origins = resolveOrigins(options.origin, upstream);
  const limits = resolveLimits(options.limits);
  const rules = new RuleSet(options.rules, { ...DEFAULT_POLICY, ...options.policy });
  return {
    origins,
    upstream,
    port,
    host,
    rules,
    ...resolveCache(options.cache, log),
    cacheOptions: options.cache,
    http: { name: 'CacheWarp', ...options.http },
    limits,
    tls,
    http2,
    upgrades: readProtocols(upgrades),
    fastLane,
    hosts: readHosts(hosts),
    trusted: new TrustedProxies(options.trustedProxies),
    admin,
    logs: [
      ...(onAnswered === undefined ? [] : [{ wantsHits: true, answered: onAnswered }]),
      ...(requestLog === undefined ? [] : [requestLog]),
    ],
    tracing: resolveTracing(options.tracing),
  };
}

function resolveTracing(tracing: ProxyOptions['tracing']): TracingOptions | undefined {
  if (tracing === undefined || tracing === false) return undefined;
  return tracing === true ? {} : tracing;
}

/** Where clients connect. @throws InvalidOptionError naming the faulty option */
export function resolveAddress({ port = DEFAULT_PORT, host }: ProxyOptions): {
  port: number;
  host: string | undefined;
} {
  checkPort('port', port);
  if (host !== undefined) assertText('host', host, 255);
  return { port, host };
}

function resolveCache(
  given: ProxyOptions['cache'],
  log: InvalidationLog | undefined,
): { cache: Cache; ownsCache: boolean } {
  if (given !== undefined && 'leases' in given) return { cache: given, ownsCache: false };
  // A tier that several processes share brings a log of its own, which workers share, too.
  const isShared = given?.store !== undefined && 'open' in given.store;
  return { cache: createCache({ name: 'proxy', ...(log && !isShared && { log }), ...given }), ownsCache: true };
}

function checkPort(field: string, port: unknown): void {
  if (Number.isInteger(port) && Number(port) >= 0 && Number(port) <= 65_535) return;
  throw new InvalidOptionError(field, 'must be a whole number from 0 to 65535', port);
}

function readProtocols(upgrades: unknown): ReadonlySet<string> {
  if (!Array.isArray(upgrades)) throw new InvalidOptionError('upgrades', 'must be a list of protocols', upgrades);
  for (const [index, protocol] of (upgrades as unknown[]).entries()) {
    if (typeof protocol === 'string' && /^[a-z][a-z0-9.-]{0,63}(?:\/[a-z0-9.]{1,16})?$/i.test(protocol)) {
      // RFC 9110 7.8: a proxy that passed this on would let clients speak HTTP to the origin behind its back.
      if (protocol.toLowerCase() !== 'h2c') continue;
    }
    throw new InvalidOptionError(
      `upgrades[${index}]`,
      "must be a protocol such as 'websocket', other than h2c",
      protocol,
    );
  }
  return new Set((upgrades as string[]).map((protocol) => protocol.toLowerCase()));
}

function readHosts(hosts: unknown): ReadonlySet<string> | undefined {
  if (hosts === undefined) return undefined;
  if (!Array.isArray(hosts)) throw new InvalidOptionError('hosts', 'must be a list of hosts', hosts);
  return new Set(
    (hosts as unknown[]).map((host, index) => {
      const authority = typeof host === 'string' ? parseAuthority(host) : undefined;
      if (authority !== undefined) return authority;
      throw new InvalidOptionError(
        `hosts[${index}]`,
        "must be a host such as 'example.com' or 'example.com:8080'",
        host,
      );
    }),
  );
}
