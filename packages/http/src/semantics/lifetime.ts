import { parseHttpDate } from '../message/http-date.js';
import type { LifetimeSource, ResponseFacts } from './facts.js';
import type { SemanticsOptions } from './semantics-options.js';
import type { GoverningDirectives } from './targeted.js';

/** A freshness lifetime (RFC 9111 §4.2.1). */
export interface Lifetime {
  readonly ms: number;
  readonly source: LifetimeSource;
}

/** RFC 9110 §15.1: statuses whose answers may be given a heuristic lifetime. 206 needs ranges, which this cache has. */
export const HEURISTICALLY_CACHEABLE: ReadonlySet<number> = new Set([
  200, 203, 204, 206, 300, 301, 308, 404, 405, 410, 414, 501,
]);

// An operator's default is meant for pages, not for one client's error. 302, 303 and 307 say that they are temporary.
const DEFAULT_TTL_STATUSES: ReadonlySet<number> = new Set([200, 203, 204, 206, 300, 301, 308]);

const NO_LIFETIME: Lifetime = Object.freeze({ ms: 0, source: 'none' });

/**
 * The freshness lifetime of a response: what the origin states, bent by the operator's `ttlMode`, else the operator's default, else a
 * heuristic, else none.
 *
 * @param receivedAt - when the response arrived, for a missing or invalid Date; ms since the epoch.
 */
export function freshnessLifetime(
  response: ResponseFacts,
  governing: GoverningDirectives,
  receivedAt: number,
  options: SemanticsOptions,
): Lifetime {
  if (options.ttlMode === 'override' && options.ttlMs !== undefined) return { ms: options.ttlMs, source: 'rule' };
  const own =
    statedLifetime(response, governing, receivedAt, options) ??
    operatorsLifetime(response, options) ??
    heuristicLifetime(response, governing, receivedAt, options);
  if (own === undefined) return NO_LIFETIME;
  if (options.ttlMode === 'tighten' && options.ttlMs !== undefined && options.ttlMs < own.ms) {
    return { ms: options.ttlMs, source: own.source };
  }
  return own;
}

/** RFC 9111 §4.2.1: s-maxage (shared caches), max-age, Expires − Date, the first that is there. */
function statedLifetime(
  response: ResponseFacts,
  { directives, field }: GoverningDirectives,
  receivedAt: number,
  { shared }: Pick<SemanticsOptions, 'shared'>,
): Lifetime | undefined {
  if (shared && directives.sMaxage !== undefined) return { ms: directives.sMaxage * 1000, source: 's-maxage' };
  if (directives.maxAge !== undefined) return { ms: directives.maxAge * 1000, source: 'max-age' };
  // RFC 9213 2.2: where a targeted field speaks, Expires does not.
  if (field !== 'cache-control') return undefined;
  const expires = response.headers.getAll('expires')[0];
  if (expires === undefined) return undefined;
  const expiresAt = parseHttpDate(expires, receivedAt);
  // RFC 9111 5.3: an invalid date, `0` above all, is a time in the past.
  if (expiresAt === undefined) return { ms: 0, source: 'expires' };
  // Expires is told against the origin's own clock, so that it need not agree with ours (RFC 9111 4.2.1).
  return { ms: Math.max(expiresAt - dateOf(response, receivedAt), 0), source: 'expires' };
}

function operatorsLifetime({ status }: ResponseFacts, options: SemanticsOptions): Lifetime | undefined {
  const ms = options.ttlByStatusMs[status] ?? (DEFAULT_TTL_STATUSES.has(status) ? options.defaultTtlMs : undefined);
  return ms === undefined ? undefined : { ms, source: 'default' };
}

/** RFC 9111 §4.2.2. */
function heuristicLifetime(
  response: ResponseFacts,
  { directives }: GoverningDirectives,
  receivedAt: number,
  options: SemanticsOptions,
): Lifetime | undefined {
  if (!options.heuristics) return undefined;
  if (!HEURISTICALLY_CACHEABLE.has(response.status) && !directives.public) return undefined;
  const lastModified = parseHttpDate(response.headers.getAll('last-modified')[0] ?? '', receivedAt);
  if (lastModified === undefined) return undefined;
  const sinceModified = dateOf(response, receivedAt) - lastModified;
  if (sinceModified <= 0) return undefined;
  return { ms: Math.min(sinceModified / 10, options.maxHeuristicMs), source: 'heuristic' };
}

/** RFC 9110 §6.6.1: without a Date that can be read, the time of receipt stands for it. */
function dateOf(response: ResponseFacts, receivedAt: number): number {
  return parseHttpDate(response.headers.getAll('date')[0] ?? '', receivedAt) ?? receivedAt;
}
