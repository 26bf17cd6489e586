import { isDeepStrictEqual } from 'node:util';
import type { Limits } from '../base/limits.js';
import type { ProxySettings } from './proxy-options.js';

/** Limits that a listener or its connections are made with. */
const FIXED_LIMITS = ['headerBytes', 'streams', 'keepAliveTimeoutMs'] as const satisfies readonly (keyof Limits)[];

/** Everything else that a proxy is made with once. */
const FIXED = ['port', 'host', 'http', 'http2', 'admin', 'tracing'] as const satisfies readonly (keyof ProxySettings)[];

/** The options that differ and cannot be changed while the proxy runs, by their names: `port`, `limits.streams`. */
export function restartNeeded(before: ProxySettings, after: ProxySettings): string[] {
  const names: string[] = FIXED.filter((name) => !isDeepStrictEqual(before[name], after[name]));
  if (!isDeepStrictEqual(before.cacheOptions, after.cacheOptions)) names.push('cache');
  if ((before.tls === undefined) !== (after.tls === undefined)) names.push('tls');
  for (const name of FIXED_LIMITS) {
    if (before.limits[name] !== after.limits[name]) names.push(`limits.${name.replace(/Ms$/, '')}`);
  }
  return names;
}

/** The new settings, with those of before where they cannot be changed. */
export function withFixed(before: ProxySettings, after: ProxySettings): ProxySettings {
  const { port, host, http, http2, admin, tracing, cache, ownsCache, cacheOptions } = before;
  const { headerBytes, streams, keepAliveTimeoutMs } = before.limits;
  return {
    ...after,
    port,
    host,
    http,
    http2,
    admin,
    tracing,
    cache,
    ownsCache,
    cacheOptions,
    tls: before.tls === undefined ? undefined : (after.tls ?? before.tls),
    limits: Object.freeze({ ...after.limits, headerBytes, streams, keepAliveTimeoutMs }),
  };
}
