import { requestDirectives, type ResponseDirectives } from './cache-control.js';
import type { Freshness, RequestFacts, ResponseFacts } from './facts.js';
import { HEURISTICALLY_CACHEABLE } from './lifetime.js';
import { parseContentRange } from './ranges.js';
import type { SemanticsOptions } from './semantics-options.js';
import { governingDirectives } from './targeted.js';
import { validatorsOf } from './validators.js';
import { nominatedFields } from './vary.js';

/** Why a response is not stored. Fit for Cache-Status' `detail`. */
export type StoreRefusal =
  | 'method'
  | 'interim'
  | 'not-modified'
  | 'request-specific'
  | 'invalid-range'
  | 'request-no-store'
  | 'no-store'
  | 'not-understood'
  | 'private'
  | 'authorization'
  | 'set-cookie'
  | 'cookie'
  | 'vary-star'
  | 'status'
  | 'no-freshness';

/** RFC 9110 §15: statuses whose meaning for a cache this one knows (RFC 9111 §5.2.2.3, must-understand). */
const UNDERSTOOD: ReadonlySet<number> = new Set([
  200, 201, 202, 203, 204, 205, 206, 300, 301, 302, 303, 304, 307, 308, 400, 401, 402, 403, 404, 405, 406, 409, 410,
  411, 413, 414, 415, 422, 451, 500, 501, 502, 503, 504, 505,
]);

/**
 * Statuses that answer something of one request that is in no key: a precondition (412), a range (416), an expectation (417), a
 * connection (407, 408, 421), early data (425), the size of its fields (431), one client's rate (429). RFC 6585 forbids to store 428,
 * 429, 431 and 511 outright. 101 is no answer that could be repeated; 304 is handled before.
 */
const REQUEST_SPECIFIC: ReadonlySet<number> = new Set([407, 408, 412, 416, 417, 421, 425, 428, 429, 431, 511]);

/**
 * Whether a response may be stored, and be given to later requests for the same URI (RFC 9111 §3): the word `store`, or why not.
 *
 * @param response - as received, before any field is dropped.
 * @param freshness - computed of the same response.
 */
export function decideStore(
  request: RequestFacts,
  response: ResponseFacts,
  freshness: Freshness,
  options: SemanticsOptions,
): 'store' | StoreRefusal {
  const { status, headers } = response;
  // RFC 9111 3: the method is understood. Only GET is stored: an answer to HEAD has no content, one to POST is nobody else's.
  if (request.method !== 'GET') return 'method';
  // RFC 9111 3: the status is final.
  if (status < 200) return 'interim';
  if (status === 304) return 'not-modified';
  if (REQUEST_SPECIFIC.has(status)) return 'request-specific';
  // RFC 9111 3.3: a part is stored by its place in the whole, which several parts in one message do not have.
  if (status === 206 && parseContentRange(headers) === undefined) return 'invalid-range';
  // RFC 9111 5.2.1.5.
  if (options.honourRequestDirectives && requestDirectives(request.headers).noStore) return 'request-no-store';

  const governed = governingDirectives(headers, options.targets).directives;
  if (governed.mustUnderstand) {
    // RFC 9111 5.2.2.3: must-understand takes the place of no-store where the status is understood, and forbids where it is not.
    if (!UNDERSTOOD.has(status)) return 'not-understood';
  } else if (governed.noStore) return 'no-store';
  if (options.shared && governed.private) return 'private';
  // RFC 9111 3.5.
  if (options.shared && request.headers.has('authorization') && !isForEverybody(governed)) return 'authorization';
  // RFC 9111 7.3 leaves Set-Cookie to the operator. Where `no-cache="set-cookie"` keeps it out of the store, there is none.
  if (!options.storeSetCookie && headers.has('set-cookie') && !freshness.noCacheFields.includes('set-cookie'))
    return 'set-cookie';
  // RFC 9111 4.1: a stored response with * never matches.
  if (nominatedFields(headers) === '*') return 'vary-star';

  const isInvented = freshness.source === 'default' || freshness.source === 'rule';
  if (isInvented && options.cookies === 'bypass' && request.headers.has('cookie')) return 'cookie';
  if (!isCacheable(response, freshness, governed)) return 'status';
  return isOfUse(response, freshness) ? 'store' : 'no-freshness';
}

/** RFC 9111 §3.5: whether a response says that it is for everybody, also where the request says who asks. */
export function isForEverybody(governed: ResponseDirectives): boolean {
  return governed.public || governed.sMaxage !== undefined || governed.mustRevalidate;
}

/**
 * RFC 9111 §3, last condition: a lifetime is stated, or `public` is, or the status is one that may be stored without; an operator's
 * lifetime is a cache extension. `private` counts, too: a shared cache has refused before it comes here. A Last-Modified alone does not make a 403 cacheable.
 */
function isCacheable(
  { status }: ResponseFacts,
  { source }: Freshness,
  { public: isPublic, private: isPrivate }: ResponseDirectives,
): boolean {
  return source !== 'none' || isPublic || isPrivate || HEURISTICALLY_CACHEABLE.has(status);
}

/** What a store is for: the response can be used at some time, fresh, stale, or validated. */
function isOfUse({ headers }: ResponseFacts, freshness: Freshness): boolean {
  const { freshUntil, staleWhileRevalidateUntil, staleIfErrorUntil } = freshness;
  const isUsable = freshness.lifetimeMs > 0 || staleWhileRevalidateUntil > freshUntil || staleIfErrorUntil > freshUntil;
  if (isUsable && !freshness.noCache && freshness.source !== 'none') return true;
  return validatorsOf(headers) !== undefined;
}
