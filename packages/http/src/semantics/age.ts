import { splitList } from '../message/field-syntax.js';
import type { HeaderFields } from '../message/headers.js';
import { parseHttpDate } from '../message/http-date.js';
import { MAX_DELTA_SECONDS, parseDeltaSeconds } from './cache-control.js';

/**
 * The received Age in seconds (RFC 9111 §5.1): of several members or lines the first; one that is not all digits is ignored, and 0 is
 * what remains.
 */
export function receivedAge(headers: HeaderFields): number {
  const line = headers.getAll('age')[0];
  if (line === undefined) return 0;
  return parseDeltaSeconds(splitList(line)[0] ?? '') ?? 0;
}

/**
 * The instant from which a response's age is counted, so that its age at `now` is `now − bornAt` (RFC 9111 §4.2.3).
 *
 * corrected_initial_age is Age plus response_delay, counted at response_time; that is Age counted at request_time. apparent_age
 * (Date against our clock) joins in only when the operator vouches for the origin's clock.
 *
 * @param requestTime - when the request was sent, ms since the epoch.
 * @param responseTime - when the response's head arrived.
 */
export function bornAt(
  headers: HeaderFields,
  requestTime: number,
  responseTime: number,
  trustOriginClock: boolean,
): number {
  const byAge = Math.min(requestTime, responseTime) - receivedAge(headers) * 1000;
  const date = trustOriginClock ? parseHttpDate(headers.getAll('date')[0] ?? '', responseTime) : undefined;
  // RFC 9111 4.2.3: a Date in the future counts as age 0.
  return date === undefined ? byAge : Math.min(byAge, date, responseTime);
}

/** The value of Age for a response taken from store at `now` (RFC 9111 §5.1): whole seconds, never negative. */
export function ageSeconds(from: { readonly bornAt: number }, now: number): number {
  return Math.min(Math.max(Math.floor((now - from.bornAt) / 1000), 0), MAX_DELTA_SECONDS);
}
