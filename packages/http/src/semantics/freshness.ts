import { bornAt } from './age.js';
import type { Freshness, ResponseFacts } from './facts.js';
import { freshnessLifetime } from './lifetime.js';
import type { SemanticsOptions } from './semantics-options.js';
import { staleWindows } from './stale.js';
import { governingDirectives } from './targeted.js';

/**
 * All that time and directives say about a response that was received, or merged from a 304, as instants.
 *
 * @param response - as received, before hop-by-hop fields are dropped, or as merged from a 304.
 * @param requestTime - when the request was sent; ms since the epoch.
 * @param responseTime - when the response's head arrived.
 */
export function computeFreshness(
  response: ResponseFacts,
  requestTime: number,
  responseTime: number,
  options: SemanticsOptions,
): Freshness {
  const governing = governingDirectives(response.headers, options.targets);
  const { directives, field } = governing;
  const lifetime = freshnessLifetime(response, governing, responseTime, options);
  const born = bornAt(response.headers, requestTime, responseTime, options.trustOriginClock);
  const isRule = lifetime.source === 'rule';
  // An origin's lifetime counts from the answer's birth, wherever that was (RFC 9111 4.2.3). An operator's counts from its arrival:
  // an origin that takes 30 s to answer is no reason to store for less than was ordered.
  const freshUntil = (isRule || lifetime.source === 'default' ? responseTime : born) + lifetime.ms;
  const windows = staleWindows(directives, freshUntil, options);
  return Object.freeze({
    bornAt: born,
    lifetimeMs: lifetime.ms,
    freshUntil,
    ...windows,
    noCache: directives.noCache && !isRule,
    immutable: directives.immutable,
    noCacheFields: directives.noCacheFields,
    source: lifetime.source,
    field,
  });
}

export type { Freshness } from './facts.js';
