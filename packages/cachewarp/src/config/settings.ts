/** Turns the text of a flag or a variable into the value of a setting. Text that does not fit stays text, for the check to name it. */
type Reader = (text: string) => unknown;

/** One thing that can be set from the command line or the environment. In a file it stands under its path. */
export interface Setting {
  /** Where it stands in the configuration: `policy.defaultTtl`. */
  readonly path: string;
  /** Long flag without dashes. */
  readonly flag?: string;
  /** What stands for its value in the help; a flag without one is a switch. */
  readonly placeholder?: string;
  /** Names in the environment, the first that is set counts. The later ones are those of older set-ups. */
  readonly env: readonly string[];
  readonly read: Reader;
  readonly help: string;
  /** Never shown. */
  readonly isSecret?: boolean;
}

export const text: Reader = (given) => given;
export const number: Reader = (given) => (given.trim() === '' || Number.isNaN(Number(given)) ? given : Number(given));
/** `true` and `false`, as a variable holds them and as a flag without a value stands for. */
const flag: Reader = (given) => (given === 'true' ? true : given === 'false' ? false : given);
/** Text with commas is a list. */
const list: Reader = (given) => (given.includes(',') ? given.split(',').map((item) => item.trim()) : given);

/** Text is a list, of one where it has no commas. */
const names: Reader = (given) => [list(given)].flat();

/** Every setting that has a flag or a variable: flags, environment, help and `cachewarp config` all come from this table. */
export const SETTINGS: readonly Setting[] = [
  {
    path: 'origin',
    flag: 'origin',
    placeholder: 'url',
    env: ['CACHEWARP_ORIGIN', 'ORIGIN_URL'],
    read: list,
    help: 'server to cache; several, separated by commas, are balanced',
  },
  {
    path: 'port',
    flag: 'port',
    placeholder: 'n',
    env: ['CACHEWARP_PORT', 'PORT'],
    read: number,
    help: 'port to listen on (3000)',
  },
  {
    path: 'host',
    flag: 'host',
    placeholder: 'address',
    env: ['CACHEWARP_HOST'],
    read: text,
    help: 'address to listen on (all)',
  },
  {
    path: 'policy.defaultTtl',
    flag: 'cache-ttl',
    placeholder: 'time',
    env: ['CACHEWARP_CACHE_TTL', 'CACHE_DEFAULT_TTL', 'DEFAULT_TTL'],
    read: number,
    help: 'keep answers that state no freshness for this long: seconds, or 30s, 5m (off: such answers are not kept; 30s is a good start)',
  },
  {
    path: 'policy.staleWhileRevalidate',
    flag: 'stale-while-revalidate',
    placeholder: 'time',
    env: ['CACHEWARP_STALE_WHILE_REVALIDATE'],
    read: number,
    help: 'serve stale for this long while one request refreshes (off)',
  },
  {
    path: 'policy.staleIfError',
    flag: 'stale-if-error',
    placeholder: 'time',
    env: ['CACHEWARP_STALE_IF_ERROR'],
    read: number,
    help: 'serve stale for this long when the origin fails (off)',
  },
  {
    path: 'policy.staleIfUnreachable',
    flag: 'stale-if-unreachable',
    placeholder: 'time',
    env: ['CACHEWARP_STALE_IF_UNREACHABLE'],
    read: number,
    help: 'serve stale for this long while the origin cannot be reached (1h); 0 for never',
  },
  {
    path: 'policy.storeSetCookie',
    flag: 'store-set-cookie',
    env: ['CACHEWARP_STORE_SET_COOKIE'],
    read: flag,
    help: 'keep answers that set a cookie, cookie and all, where the standards allow (off)',
  },
  {
    path: 'memory.maxBytes',
    flag: 'memory',
    placeholder: 'size',
    env: ['CACHEWARP_MEMORY'],
    read: number,
    help: 'memory for answers: bytes, or 64mb, 1gb (64mb)',
  },
  {
    path: 'store',
    flag: 'store',
    placeholder: 'kind',
    env: ['CACHEWARP_STORE'],
    read: text,
    help: "where answers are kept: 'memory' is the only kind of this version",
  },
  {
    path: 'admin.port',
    flag: 'admin-port',
    placeholder: 'n',
    env: ['CACHEWARP_ADMIN_PORT'],
    read: number,
    help: 'port of the admin API: purge, explain, metrics, health (9191)',
  },
  {
    path: 'admin.host',
    flag: 'admin-host',
    placeholder: 'address',
    env: ['CACHEWARP_ADMIN_HOST'],
    read: text,
    help: 'address of the admin API (127.0.0.1); another one needs a token',
  },
  {
    path: 'admin.token',
    env: ['CACHEWARP_ADMIN_TOKEN'],
    read: text,
    help: 'bearer token of the admin API',
    isSecret: true,
  },
  {
    path: 'admin.open',
    env: ['CACHEWARP_ADMIN_OPEN'],
    read: names,
    help: 'what of the admin API is read without the token: health, metrics (nothing)',
  },
  {
    path: 'workers',
    flag: 'workers',
    placeholder: 'n',
    env: ['CACHEWARP_WORKERS'],
    read: number,
    help: 'processes that serve (1)',
  },
  {
    path: 'log',
    flag: 'log',
    placeholder: 'level',
    env: ['CACHEWARP_LOG'],
    read: text,
    help: 'silent, error, warn, info (what is no fresh hit) or debug (every request) (info)',
  },
  {
    path: 'tracing',
    flag: 'tracing',
    env: ['CACHEWARP_TRACING'],
    read: flag,
    help: 'make OpenTelemetry traces, with the SDK that was loaded by node --import (off)',
  },
];

/** Variables of older set-ups that this version knows but has no use for: they are mentioned once, not refused. */
export const UNUSED_VARIABLES = ['REDIS_URL', 'REDIS_HOST', 'REDIS_PORT', 'REDIS_DB'] as const;
