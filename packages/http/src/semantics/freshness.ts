import { bornAt } from './age.js';
import type { ResponseFacts } from './facts.js';
import { freshnessLifetime, type LifetimeSource } from './lifetime.js';
import type { SemanticsOptions } from './semantics-options.js';
import { staleWindows } from './stale.js';
import { governingDirectives } from './targeted.js';

/**
 * All that time and directives say about a stored response, as instants (ms since the epoch): worked out once, when it is stored or
 * freshened, so that a judgement on a hit compares numbers.
 */
export interface Freshness {
  /** Its age at `now` is `now − bornAt`. */
  readonly bornAt: number;
  /** The freshness lifetime; 0 when there is none, or none that can be read. */
  readonly lifetimeMs: number;
  /** Fresh before this instant. */
  readonly freshUntil: number;
  /** May be served while it is refreshed before this instant; never before `freshUntil`. */
  readonly staleWhileRevalidateUntil: number;
  /** May be served when the origin fails before this instant; never before `freshUntil`. */
  readonly staleIfErrorUntil: number;
  /** Never used without validation, fresh or not (`no-cache`). */
  readonly noCache: boolean;
  /** Never used stale, whatever a client or an operator allows, outside of the windows above. */
  readonly mustRevalidate: boolean;
  /** RFC 8246: not revalidated while fresh unless a client says `no-cache`. */
  readonly immutable: boolean;
  /** Fields that are not reused without validation, lower-case (`no-cache="a"`): they are not stored. */
  readonly noCacheFields: readonly string[];
  /** Where the lifetime comes from. */
  readonly source: LifetimeSource;
  /** The field that governed: `cache-control` or a targeted one. */
  readonly field: string;
}

/**
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

/** RFC 9111 §4.2: fresh while its age is below its lifetime. */
export function isFresh(freshness: Freshness, now: number): boolean {
  return now < freshness.freshUntil;
}
