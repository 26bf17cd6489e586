import { splitList } from '../message/field-syntax.js';
import type { HeaderFields } from '../message/headers.js';
import { formatHttpDate } from '../message/http-date.js';

/**
 * Fields of one connection (RFC 9110 §7.6.1) and of one proxy (RFC 9110 §11.7): never forwarded, never stored (RFC 9111 §3.1).
 * Transfer-Encoding and Trailer are among them: framing is made anew on each connection.
 */
export const HOP_BY_HOP: ReadonlySet<string> = new Set([
  'connection',
  'http2-settings',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authentication-info',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/**
 * Fields that Connection cannot remove, though it may list them: they decide whom a message is for or how long it holds, and RFC 9110
 * §7.6.1 forbids to list what is meant for all recipients. Without this, `Connection: cookie` would turn a personal request into an
 * anonymous one, and `Connection: vary` one variant into everybody's.
 */
const NOT_CONNECTION_OPTIONS: ReadonlySet<string> = new Set([
  'age',
  'authorization',
  'cache-control',
  'content-encoding',
  'content-length',
  'content-range',
  'content-type',
  'cookie',
  'date',
  'expires',
  'host',
  'set-cookie',
  'vary',
]);

/** The lower-cased names that a message's Connection declares to be of this connection only. */
export function connectionOptions(headers: HeaderFields): ReadonlySet<string> {
  const value = headers.get('connection');
  if (value === undefined) return NO_NAMES;
  const names = new Set<string>();
  for (const member of splitList(value)) {
    const name = member.toLowerCase();
    if (!NOT_CONNECTION_OPTIONS.has(name)) names.add(name);
  }
  return names;
}

const NO_NAMES: ReadonlySet<string> = new Set();

/** The fields that are for everybody on the path: without hop-by-hop fields, `Proxy-*`, and what Connection lists. */
export function endToEndFields(headers: HeaderFields): HeaderFields {
  const listed = connectionOptions(headers);
  // Nearly every message lists nothing.
  if (listed.size === 0) return headers.filter(isEndToEnd);
  return headers.filter((name) => isEndToEnd(name) && !listed.has(name));
}

/** Whether a field of this lower-cased name is for more than one hop. */
function isEndToEnd(name: string): boolean {
  return !HOP_BY_HOP.has(name) && !name.startsWith('proxy-');
}

/**
 * The fields of a response as they are stored (RFC 9111 §3.1): end-to-end fields without those of `no-cache="field"`, which may not be
 * reused without validation (§5.2.2.4), and with a Date, which a recipient with a clock adds (RFC 9110 §6.6.1).
 *
 * @param receivedAt - when the response arrived, ms since the epoch.
 */
export function storedFields(
  headers: HeaderFields,
  noCacheFields: readonly string[],
  receivedAt: number,
): HeaderFields {
  const fields = endToEndFields(headers);
  const kept = noCacheFields.length === 0 ? fields : fields.without(noCacheFields);
  return kept.has('date') ? kept : kept.append('Date', formatHttpDate(receivedAt));
}
