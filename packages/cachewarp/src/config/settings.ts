import { ADMIN_ACCESS_SETTINGS } from './admin-access-settings.js';
import { flag, list, number, text, type Reader, type Setting } from './setting.js';
import { STORE_SETTINGS } from './store-settings.js';

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
    path: 'name',
    flag: 'name',
    placeholder: 'name',
    env: ['CACHEWARP_NAME'],
    read: text,
    help: 'name of the cache; with a shared store, caches of one name share entries, tags and invalidations (proxy)',
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
  ...STORE_SETTINGS,
  {
    path: 'admin.port',
    flag: 'admin-port',
    placeholder: 'n',
    env: ['CACHEWARP_ADMIN_PORT'],
    read: number,
    help: 'port of the admin API: purge, explain, metrics, health (9191)',
  },
  ...ADMIN_ACCESS_SETTINGS,
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
