import type { HeaderFields } from '../message/headers.js';
import { parseHttpDate } from '../message/http-date.js';
import type { Freshness, RequestFacts, StoredFacts } from './facts.js';
import { computeFreshness } from './freshness.js';
import { storedFields } from './hop-by-hop.js';
import type { SemanticsOptions } from './semantics-options.js';
import { decideStore, type StoreRefusal } from './storable.js';
import { matchesStrongly, matchesWeakly, validatorsOf } from './validators.js';

/**
 * Which stored responses a 304 confirms (RFC 9111 §4.3.4), as indexes into the candidates:
 *
 * - With a strong entity tag: all that carry the same one. None of them: the 304 must not be used, and the request is repeated without
 *   conditions.
 * - With weak validators only: the most recent one that they match.
 * - Without any: the only candidate, for it is the one whose validator was asked about.
 *
 * @param candidates - the stored responses whose validators the conditional request carried.
 */
export function confirmedBy(
  notModified: HeaderFields,
  candidates: readonly Pick<StoredFacts, 'headers' | 'responseTime'>[],
): number[] {
  const validators = validatorsOf(notModified);
  if (validators === undefined) return candidates.length === 1 ? [0] : [];
  const { etag, lastModified } = validators;
  const confirmed: number[] = [];
  candidates.forEach(({ headers }, index) => {
    const own = validatorsOf(headers);
    if (etag !== undefined && !etag.isWeak) {
      if (own?.etag !== undefined && matchesStrongly(etag, own.etag)) confirmed.push(index);
    } else if (etag !== undefined) {
      if (own?.etag !== undefined && matchesWeakly(etag, own.etag)) confirmed.push(index);
    } else if (isSameDate(own?.lastModified, lastModified)) confirmed.push(index);
  });
  if (etag !== undefined && !etag.isWeak) return confirmed;
  const latest = confirmed.reduce<number | undefined>((best, index) => {
    if (best === undefined) return index;
    return (candidates[index]?.responseTime ?? 0) >= (candidates[best]?.responseTime ?? 0) ? index : best;
  }, undefined);
  return latest === undefined ? [] : [latest];
}

/** A stored response after an update, and whether it may stay. */
export interface Freshened {
  readonly headers: HeaderFields;
  readonly freshness: Freshness;
  /** `keep`: store it. `drop`: nobody gets it any more; the update took the permission back. `leave`: the stored one stays as it was. */
  readonly verdict: 'keep' | 'drop' | 'leave';
}

/**
 * The stored response as a 304, or a HEAD's 200, leaves it (RFC 9111 §3.2, §4.3.4, §4.3.5): fields merged, freshness begun anew, and
 * judged again by what it says now. An update that says `private` or `no-store`, brings a Set-Cookie that is not to be stored, or
 * `Vary: *`, ends reuse (`drop`). One that came by a request whose answers are not to be stored (Authorization, `no-store`, Cookie
 * under an operator's lifetime) changes nothing for others (`leave`), though the one who asked may have it.
 *
 * @param request - the client's request that caused the update.
 * @param requestTime - when the conditional request was sent, ms since the epoch.
 * @param responseTime - when its answer arrived.
 */
export function freshen(
  request: RequestFacts,
  stored: StoredFacts,
  update: HeaderFields,
  requestTime: number,
  responseTime: number,
  options: SemanticsOptions,
): Freshened {
  const merged = updatedFields(stored.headers, update, responseTime);
  const response = { status: stored.status, headers: merged };
  const freshness = computeFreshness(response, requestTime, responseTime, options);
  const refusal = decideStore({ method: 'GET', headers: request.headers }, response, freshness, options);
  const verdict = refusal === 'store' ? 'keep' : REQUESTERS_OWN.has(refusal) ? 'leave' : 'drop';
  return { headers: merged.without(freshness.noCacheFields), freshness, verdict };
}

const REQUESTERS_OWN: ReadonlySet<string> = new Set<StoreRefusal>(['authorization', 'cookie', 'request-no-store']);

/**
 * Each field of the update replaces all lines of its name (RFC 9111 §3.2). Content-Length and Content-Range stay, since no content came
 * with the update; hop-by-hop fields stay out. The stored Age goes even where the update has none: it told how old the response was
 * when it first came. An update without Date is dated by its arrival (RFC 9110 §6.6.1).
 */
export function updatedFields(stored: HeaderFields, update: HeaderFields, responseTime: number): HeaderFields {
  const news = storedFields(update, NOT_UPDATED, responseTime);
  return stored.without(new Set([...news.names(), 'age'])).concat(news);
}

const NOT_UPDATED: readonly string[] = ['content-length', 'content-range'];

/**
 * What a HEAD's 200 means for a stored GET response that could have answered it (RFC 9111 §4.3.5): `update` when every validator it
 * carries, and its Content-Length, are the stored ones; else the stored response is out of date: `invalidate`.
 */
export function judgeHead(stored: HeaderFields, head: HeaderFields): 'update' | 'invalidate' {
  for (const name of ['etag', 'last-modified', 'content-length']) {
    const value = head.get(name);
    if (value !== undefined && value !== stored.get(name)) return 'invalidate';
  }
  return 'update';
}

/** Dates are compared as dates, whatever their form; that both are read against the same `now` is all that matters here. */
function isSameDate(one: string | undefined, other: string | undefined): boolean {
  if (one === undefined || other === undefined) return false;
  return parseHttpDate(one, 0) === parseHttpDate(other, 0);
}
