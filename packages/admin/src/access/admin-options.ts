import {
  assertFunction,
  assertKnownOptions,
  assertObject,
  InvalidOptionError,
  systemClock,
  type Cache,
  type Clock,
} from '@cachewarp/core';
import type { MetricsSnapshot } from '@cachewarp/metrics';
import type { AdminPeers } from '../node/admin-question.js';
import type { DecisionFeed } from '../node/happening-log.js';

/** The parts of the admin API, each with a path of its own. */
export type AdminPart =
  | 'health'
  | 'metrics'
  | 'stats'
  | 'keys'
  | 'top'
  | 'invalidate'
  | 'audit'
  | 'explain'
  | 'events'
  | 'openapi.json'
  | 'dashboard';

/** Where `GET /metrics` takes its text from: made by `createMetrics` of `@cachewarp/metrics`. */
export interface MetricsSource {
  readonly contentType: string;
  text(): Promise<string>;
  /** The same as data, of this process alone: what `GET /events` tells. Without it, frames hold metrics that the handler makes. */
  snapshot?(): Promise<MetricsSnapshot>;
}

/** What is served, for the dashboard: it names routes and origins before there is traffic. */
export interface AdminAbout {
  /** What it is: `proxy http://localhost:3000`. */
  readonly title?: string;
  /** Routes with their configured lifetime in ms; null: what the origin says. */
  readonly routes?: readonly { readonly name: string; readonly ttlMs: number | null }[];
  readonly origins?: readonly string[];
}

/** Options of {@link createAdminHandler}. */
export interface AdminOptions {
  /** The cache to look into. */
  cache: Cache;
  /**
   * What `GET /metrics` answers.
   * @defaultValue metrics of `cache`, made when they are first asked for
   */
  metrics?: MetricsSource;
  /**
   * Bearer token. Once set, every unsafe method needs it, and every request that does not come from this machine. Without one,
   * only requests from this machine are answered.
   * @defaultValue none
   */
  token?: string;
  /**
   * What every path begins with, such as `/admin`.
   * @defaultValue ''
   */
  basePath?: string;
  /** Other paths of single parts, below `basePath`; `false` leaves a part out. Default: `/health`, `/metrics`, `/stats`, … */
  paths?: Partial<Record<AdminPart, string | false>>;
  /**
   * Parts whose safe requests need no token from anywhere: `['health']` for the probes of an orchestrator.
   * @defaultValue none
   */
  open?: readonly AdminPart[];
  /**
   * Host names, beside those of this machine, under which requests without a token may come.
   * @defaultValue none
   */
  allowedHosts?: readonly string[];
  /**
   * Longest request body, in bytes.
   * @defaultValue 65536
   */
  maxBodyBytes?: number;
  /**
   * Whether the process takes new clients, for `GET /health/ready`: false while it drains.
   * @defaultValue always
   */
  isReady?: () => boolean;
  /**
   * Explains what a GET of a URL would get, for `GET /explain?url=`; undefined for a URL that is not served here.
   * @defaultValue none: only keys are explained
   */
  explainUrl?: (url: string) => Promise<object | undefined>;
  /**
   * The processes that serve this cache together: keys, rankings, statistics, events and the audit are then those of all. Those that share
   * the cache's store need not be named where the store can carry questions, as Redis can.
   * @defaultValue this process, and those that share its store
   */
  peers?: AdminPeers;
  /**
   * Decisions for the live tail that tell more than the cache's own events.
   * @defaultValue the events of `cache`
   */
  decisions?: DecisionFeed;
  /** What the dashboard shows of the configuration, as it is when it is asked. @defaultValue nothing */
  about?: () => AdminAbout;
  /**
   * Listeners of `GET /events` at a time; others are answered 503.
   * @defaultValue 32
   */
  maxListeners?: number;
  /** Hears errors that callers are only told as 500. Default: a process warning. */
  onError?: (error: unknown) => void;
  /** Time, for tests. */
  clock?: Clock;
}

/** {@link AdminOptions}, checked and with every default filled in. */
export interface AdminSettings {
  readonly cache: Cache;
  readonly metrics: MetricsSource | undefined;
  readonly token: string | undefined;
  /** Full paths; undefined: the part is left out. */
  readonly paths: Readonly<Record<AdminPart, string | undefined>>;
  readonly open: readonly AdminPart[];
  readonly allowedHosts: readonly string[];
  readonly maxBodyBytes: number;
  readonly isReady: () => boolean;
  readonly explainUrl: ((url: string) => Promise<object | undefined>) | undefined;
  readonly peers: AdminPeers | undefined;
  readonly decisions: DecisionFeed | undefined;
  readonly about: () => AdminAbout;
  readonly maxListeners: number;
  readonly onError: (error: unknown) => void;
  readonly clock: Clock;
}

const OPTIONS = [
  'cache',
  'metrics',
  'token',
  'basePath',
  'paths',
  'open',
  'allowedHosts',
  'maxBodyBytes',
  'isReady',
  'explainUrl',
  'peers',
  'decisions',
  'about',
  'maxListeners',
  'onError',
  'clock',
] as const satisfies readonly (keyof AdminOptions)[];

const PARTS: readonly AdminPart[] = [
  'health',
  'metrics',
  'stats',
  'keys',
  'top',
  'invalidate',
  'audit',
  'explain',
  'events',
  'openapi.json',
  'dashboard',
];
const DEFAULT_MAX_LISTENERS = 32;
const DEFAULT_MAX_BODY_BYTES = 65_536;
const PATH = /^(?:\/[A-Za-z0-9._~-]+)+$/;
// RFC 6750 2.1: what a Bearer token may be made of, and what therefore gets through a header field unchanged.
const TOKEN = /^[A-Za-z0-9._~+/=-]{1,512}$/;

/** @throws InvalidOptionError naming the first faulty option and its value; a faulty token is not repeated */
export function readAdminOptions(options: AdminOptions): AdminSettings {
  const given: unknown = options;
  assertObject('options', given);
  assertKnownOptions('', options, OPTIONS);
  const { cache, metrics, token, basePath = '', paths = {}, open = [], allowedHosts = [] } = options;
  const {
    maxBodyBytes = DEFAULT_MAX_BODY_BYTES,
    isReady = () => true,
    explainUrl,
    peers,
    decisions,
    about = () => ({}),
    maxListeners = DEFAULT_MAX_LISTENERS,
    onError = warn,
    clock = systemClock,
  } = options;
  if (typeof cache?.stats !== 'function') throw new InvalidOptionError('cache', 'must be made by createCache', cache);
  if (metrics !== undefined && typeof metrics.text !== 'function') {
    throw new InvalidOptionError('metrics', 'must be made by createMetrics', metrics);
  }
  if (token !== undefined && (typeof token !== 'string' || !TOKEN.test(token))) {
    throw new InvalidOptionError('token', 'must be 1 to 512 letters, digits or characters of "-._~+/="', hidden(token));
  }
  if (!Number.isInteger(maxBodyBytes) || maxBodyBytes < 1) {
    throw new InvalidOptionError('maxBodyBytes', 'must be a whole number above 0', maxBodyBytes);
  }
  if (!Number.isInteger(maxListeners) || maxListeners < 1) {
    throw new InvalidOptionError('maxListeners', 'must be a whole number above 0', maxListeners);
  }
  if (peers !== undefined && typeof peers?.ask !== 'function') {
    throw new InvalidOptionError('peers', 'must have a function ask', peers);
  }
  if (decisions !== undefined && typeof decisions?.subscribe !== 'function') {
    throw new InvalidOptionError('decisions', 'must have a function subscribe', decisions);
  }
  assertFunction('about', about);
  assertFunction('isReady', isReady);
  if (explainUrl !== undefined) assertFunction('explainUrl', explainUrl);
  assertFunction('onError', onError);
  checkParts('open', open);
  checkHosts(allowedHosts);
  return {
    cache,
    metrics,
    token,
    paths: readPaths(basePath, paths),
    open,
    allowedHosts: allowedHosts.map((host) => host.toLowerCase()),
    maxBodyBytes,
    isReady,
    explainUrl,
    peers,
    decisions,
    about,
    maxListeners,
    onError,
    clock,
  };
}

function readPaths(basePath: string, paths: AdminOptions['paths'] & object): Record<AdminPart, string | undefined> {
  if (basePath !== '' && !PATH.test(basePath)) {
    throw new InvalidOptionError('basePath', "must be '' or a path such as '/admin'", basePath);
  }
  checkParts('paths', Object.keys(paths));
  const full = {} as Record<AdminPart, string | undefined>;
  for (const part of PARTS) {
    const path = paths[part] ?? `/${part}`;
    if (path !== false && (typeof path !== 'string' || !PATH.test(path))) {
      throw new InvalidOptionError(`paths.${part}`, `must be false or a path such as '/${part}'`, path);
    }
    full[part] = path === false ? undefined : basePath + path;
  }
  return full;
}

function checkParts(field: string, parts: readonly string[]): void {
  const unknown = Array.isArray(parts) ? parts.find((part) => !(PARTS as readonly string[]).includes(part)) : parts;
  if (unknown !== undefined) throw new InvalidOptionError(field, `must name parts among ${PARTS.join(', ')}`, unknown);
}

function checkHosts(hosts: readonly string[]): void {
  if (!Array.isArray(hosts)) throw new InvalidOptionError('allowedHosts', 'must be a list of host names', hosts);
  for (const [index, host] of hosts.entries()) {
    if (typeof host === 'string' && /^[a-z0-9.:_-]+$/i.test(host)) continue;
    throw new InvalidOptionError(`allowedHosts[${index}]`, 'must be a host name without a port', host);
  }
}

/** Messages end up in logs; a token that is nearly right does not belong there. */
function hidden(token: unknown): string {
  return typeof token === 'string' ? `${token.length} characters` : typeof token;
}

function warn(error: unknown): void {
  const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
  process.emitWarning(`the admin API failed: ${detail}`, { type: 'CacheWarpWarning' });
}
