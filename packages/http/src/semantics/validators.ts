import { isWhitespace, trimWhitespace } from '../message/field-syntax.js';
import type { HeaderFields } from '../message/headers.js';
import { parseHttpDate } from '../message/http-date.js';
import type { RequestFacts, ResponseFacts } from './facts.js';

/** An entity tag (RFC 9110 §8.8.3): the opaque part with its quotes, and whether it is weak. */
export interface EntityTag {
  readonly opaque: string;
  readonly isWeak: boolean;
}

/** What a response can be validated by, as sent. */
export interface Validators {
  readonly etag: EntityTag | undefined;
  readonly lastModified: string | undefined;
}

/** The validators of a response, or `undefined` when it has none. An ETag that is no entity tag is none; so is an invalid date. */
export function validatorsOf(headers: HeaderFields): Validators | undefined {
  const etag = parseEntityTag(headers.getAll('etag')[0] ?? '');
  const date = headers.getAll('last-modified')[0];
  const lastModified = date !== undefined && parseHttpDate(date, 0) !== undefined ? date : undefined;
  return etag === undefined && lastModified === undefined ? undefined : { etag, lastModified };
}

/** `"a"` or `W/"a"`; `undefined` for anything else, `w/"a"` included: the prefix is case-sensitive. */
export function parseEntityTag(value: string): EntityTag | undefined {
  const found = readEntityTag(value, 0);
  return found !== undefined && found.end === value.length ? found.tag : undefined;
}

/** RFC 9110 §8.8.3.2: both strong and the same. */
export function matchesStrongly(one: EntityTag, other: EntityTag): boolean {
  return !one.isWeak && !other.isWeak && one.opaque === other.opaque;
}

/** RFC 9110 §8.8.3.2: the same, weak or not. */
export function matchesWeakly(one: EntityTag, other: EntityTag): boolean {
  return one.opaque === other.opaque;
}

/** As it stands in a field. */
function renderEntityTag(tag: EntityTag): string {
  return tag.isWeak ? `W/${tag.opaque}` : tag.opaque;
}

/**
 * The tags of an If-None-Match or If-Match, or `*`. Members that are no entity tags are skipped, but an unquoted one still ends at its
 * comma: commas inside a tag belong to it.
 */
export function parseEntityTags(value: string): readonly EntityTag[] | '*' {
  const tags: EntityTag[] = [];
  let at = 0;
  while (at < value.length) {
    const code = value.charCodeAt(at);
    if (code === COMMA || isWhitespace(code)) {
      at++;
      continue;
    }
    const found = readEntityTag(value, at);
    if (found !== undefined) {
      tags.push(found.tag);
      at = found.end;
      continue;
    }
    const comma = value.indexOf(',', at);
    const end = comma === -1 ? value.length : comma;
    if (value.charCodeAt(at) === STAR && trimWhitespace(value.slice(at, end)) === '*') return '*';
    at = end;
  }
  return tags;
}

/**
 * Whether a request carries preconditions that only the origin can evaluate (RFC 9110 §13.1.1, §13.1.4): If-Match and
 * If-Unmodified-Since are not for caches.
 */
export function hasOriginPreconditions(headers: HeaderFields): boolean {
  return headers.has('if-match') || headers.has('if-unmodified-since');
}

/**
 * What a client's own condition says of the response that would answer it (RFC 9110 §13.2.2, RFC 9111 §4.3.2): `not-modified`, or
 * `send`. If-None-Match, by weak comparison, goes before If-Modified-Since. A response that would be no 2xx is sent whatever the
 * conditions (RFC 9110 §13.2.1).
 *
 * @param stored - `responseTime` stands in for a missing Last-Modified and Date.
 */
export function evaluateConditions(
  request: RequestFacts,
  stored: ResponseFacts & { readonly responseTime: number },
  now: number,
): 'send' | 'not-modified' {
  if (stored.status < 200 || stored.status > 299) return 'send';
  const { headers } = request;
  const ifNoneMatch = headers.get('if-none-match');
  if (ifNoneMatch !== undefined) {
    const tags = parseEntityTags(ifNoneMatch);
    // RFC 9110 13.1.2: `*` is false when there is any current representation.
    if (tags === '*') return 'not-modified';
    const etag = parseEntityTag(stored.headers.getAll('etag')[0] ?? '');
    return etag !== undefined && tags.some((tag) => matchesWeakly(tag, etag)) ? 'not-modified' : 'send';
  }
  if (request.method !== 'GET' && request.method !== 'HEAD') return 'send';
  const ifModifiedSince = headers.getAll('if-modified-since');
  // RFC 9110 13.1.3: more than one value, or no date: ignored.
  const since = ifModifiedSince.length === 1 ? parseHttpDate(ifModifiedSince[0] as string, now) : undefined;
  if (since === undefined) return 'send';
  return modifiedAt(stored, now) <= since ? 'not-modified' : 'send';
}

/** RFC 9111 §4.3.2: Last-Modified, else Date, else when the response was received. */
function modifiedAt(stored: ResponseFacts & { readonly responseTime: number }, now: number): number {
  const dateOf = (name: string): number | undefined => parseHttpDate(stored.headers.getAll(name)[0] ?? '', now);
  return dateOf('last-modified') ?? dateOf('date') ?? stored.responseTime;
}

/**
 * Whether If-Range lets the Range of a request hold against the stored representation (RFC 9110 §13.1.5). Without If-Range it does. A
 * tag must match strongly; a date must be the very Last-Modified, and that be strong.
 */
export function allowsRange(request: HeaderFields, stored: HeaderFields, now: number): boolean {
  const lines = request.getAll('if-range');
  if (lines.length === 0) return true;
  const value = lines[0] as string;
  if (lines.length > 1) return false;
  const tag = parseEntityTag(value);
  if (tag !== undefined) {
    const etag = parseEntityTag(stored.getAll('etag')[0] ?? '');
    return etag !== undefined && matchesStrongly(tag, etag);
  }
  const date = parseHttpDate(value, now);
  return date !== undefined && date === strongLastModified(stored, now);
}

/**
 * Last-Modified as a strong validator (RFC 9110 §8.8.2.2): one that is at least a second older than the Date beside it, so that it
 * cannot have been given to two representations. `undefined` otherwise.
 */
export function strongLastModified(headers: HeaderFields, now: number): number | undefined {
  const lastModified = parseHttpDate(headers.getAll('last-modified')[0] ?? '', now);
  const date = parseHttpDate(headers.getAll('date')[0] ?? '', now);
  return lastModified !== undefined && date !== undefined && date - lastModified >= 1000 ? lastModified : undefined;
}

/**
 * What a cache takes out of a request when it validates or fills for itself, lower-case: the client's conditions, and Range, which
 * would bring a part without the If-Range that guarded it. All are answered from what comes back.
 */
export const CLIENT_CONDITIONS: ReadonlySet<string> = new Set([
  'if-modified-since',
  'if-none-match',
  'if-range',
  'range',
]);

/**
 * The request to send upstream to validate stored responses (RFC 9111 §4.3.1): the client's request with our conditions in place of its
 * own. The client's are answered afterwards, of what came back; so one request upstream serves both.
 *
 * With several candidates (variants of the URI) their tags are all offered, so that any of them can be confirmed; a date can confirm
 * only a single one. `undefined` when no candidate has a validator.
 */
export function conditionalFields(
  request: HeaderFields,
  candidates: readonly HeaderFields[],
): HeaderFields | undefined {
  const tags = new Set<string>();
  let lastModified: string | undefined;
  for (const candidate of candidates) {
    const validators = validatorsOf(candidate);
    if (validators?.etag !== undefined) tags.add(renderEntityTag(validators.etag));
    if (candidates.length === 1) lastModified = validators?.lastModified;
  }
  if (tags.size === 0 && lastModified === undefined) return undefined;
  let fields = request.without(CLIENT_CONDITIONS);
  if (tags.size > 0) fields = fields.append('If-None-Match', [...tags].join(', '));
  if (lastModified !== undefined) fields = fields.append('If-Modified-Since', lastModified);
  return fields;
}

/**
 * The fields of a 304 of ours (RFC 9110 §15.4.5): those of the stored response without the ones that describe content that is not sent.
 */
export function notModifiedFields(stored: HeaderFields): HeaderFields {
  return stored.without(CONTENT_FIELDS);
}

const CONTENT_FIELDS: ReadonlySet<string> = new Set([
  'content-encoding',
  'content-language',
  'content-length',
  'content-md5',
  'content-range',
  'content-type',
  'transfer-encoding',
]);

const COMMA = 0x2c;
const QUOTE = 0x22;
const SLASH = 0x2f;
const STAR = 0x2a;
const UPPER_W = 0x57;

/** `[ W/ ] DQUOTE *etagc DQUOTE`: a tag has no escapes, so a backslash is an ordinary character (RFC 9110 §8.8.3). */
function readEntityTag(value: string, start: number): { readonly tag: EntityTag; readonly end: number } | undefined {
  const isWeak = value.charCodeAt(start) === UPPER_W && value.charCodeAt(start + 1) === SLASH;
  const open = isWeak ? start + 2 : start;
  if (value.charCodeAt(open) !== QUOTE) return undefined;
  for (let at = open + 1; at < value.length; at++) {
    const code = value.charCodeAt(at);
    if (code === QUOTE) return { tag: { opaque: value.slice(open, at + 1), isWeak }, end: at + 1 };
    // etagc: no white space, no control character.
    if (code <= 0x20 || code === 0x7f) return undefined;
  }
  return undefined;
}
