import {
  closingQuote,
  isToken,
  isWhitespace,
  splitList,
  trimEnd,
  trimWhitespace,
  unquote,
} from '../message/field-syntax.js';
import type { HeaderFields } from '../message/headers.js';

/** Cache directives of a response (RFC 9111 §5.2.2, RFC 5861, RFC 8246). Numbers are seconds; `undefined` is absent. */
export interface ResponseDirectives {
  /** 0 when the directive is there but invalid: the response counts as stale (RFC 9111 §4.2.1). The same holds for the next three. */
  readonly maxAge: number | undefined;
  readonly sMaxage: number | undefined;
  readonly staleWhileRevalidate: number | undefined;
  readonly staleIfError: number | undefined;
  readonly noStore: boolean;
  /** `no-cache` for the whole response. */
  readonly noCache: boolean;
  /** The lower-cased names of `no-cache="a, b"`: these fields are not reused without validation. */
  readonly noCacheFields: readonly string[];
  /** Also for `private="field"`, the cautious reading. */
  readonly private: boolean;
  readonly public: boolean;
  readonly mustRevalidate: boolean;
  readonly proxyRevalidate: boolean;
  readonly mustUnderstand: boolean;
  readonly noTransform: boolean;
  readonly immutable: boolean;
}

/** Cache directives of a request (RFC 9111 §5.2.1, RFC 5861 §4). Numbers are seconds; `undefined` is absent. */
export interface RequestDirectives {
  readonly maxAge: number | undefined;
  /** `Infinity` when any staleness will do. */
  readonly maxStale: number | undefined;
  readonly minFresh: number | undefined;
  readonly staleIfError: number | undefined;
  readonly noCache: boolean;
  readonly noStore: boolean;
  readonly noTransform: boolean;
  readonly onlyIfCached: boolean;
}

/** The directives of a request that has none: one object, so that it can be compared with. */
export const NO_REQUEST_DIRECTIVES: RequestDirectives = Object.freeze({
  maxAge: undefined,
  maxStale: undefined,
  minFresh: undefined,
  staleIfError: undefined,
  noCache: false,
  noStore: false,
  noTransform: false,
  onlyIfCached: false,
});

/** The directives of a response that has none. */
export const NO_RESPONSE_DIRECTIVES: ResponseDirectives = Object.freeze({
  maxAge: undefined,
  sMaxage: undefined,
  staleWhileRevalidate: undefined,
  staleIfError: undefined,
  noStore: false,
  noCache: false,
  noCacheFields: Object.freeze([]),
  private: false,
  public: false,
  mustRevalidate: false,
  proxyRevalidate: false,
  mustUnderstand: false,
  noTransform: false,
  immutable: false,
});

/** RFC 9111 §1.2.2: greater values, and what overflows, count as this. */
export const MAX_DELTA_SECONDS = 2 ** 31;

/** The directives of a request's Cache-Control, or of its Pragma where it has no Cache-Control. */
export function requestDirectives(headers: HeaderFields): RequestDirectives {
  const value = headers.get('cache-control');
  if (value !== undefined) return parseRequestDirectives(value);
  const pragma = headers.get('pragma');
  if (pragma === undefined) return NO_REQUEST_DIRECTIVES;
  // RFC 9111 5.4: Pragma is HTTP/1.0's no-cache request; Cache-Control, where present, says it better. In responses it means nothing.
  return parseRequestDirectives(pragma).noCache ? PRAGMA_NO_CACHE : NO_REQUEST_DIRECTIVES;
}

const PRAGMA_NO_CACHE: RequestDirectives = Object.freeze({ ...NO_REQUEST_DIRECTIVES, noCache: true });

/** Parses a request's Cache-Control. Never throws; unknown and invalid directives that would loosen anything are ignored. */
export function parseRequestDirectives(value: string): RequestDirectives {
  const found: Mutable<RequestDirectives> = { ...NO_REQUEST_DIRECTIVES };
  scanDirectives(value, (name, argument, isMalformed) => {
    switch (name) {
      case 'max-age':
        found.maxAge ??= deltaSeconds(argument, isMalformed) ?? 0;
        break;
      case 'max-stale':
        // RFC 9111 5.2.1.2: without an argument, any staleness. An invalid argument loosens nothing.
        found.maxStale ??=
          argument === undefined && !isMalformed ? Infinity : (deltaSeconds(argument, isMalformed) ?? 0);
        break;
      case 'min-fresh':
        found.minFresh ??= deltaSeconds(argument, isMalformed) ?? 0;
        break;
      case 'stale-if-error':
        found.staleIfError ??= deltaSeconds(argument, isMalformed) ?? 0;
        break;
      case 'no-cache':
        found.noCache = true;
        break;
      case 'no-store':
        found.noStore = true;
        break;
      case 'no-transform':
        found.noTransform = true;
        break;
      case 'only-if-cached':
        found.onlyIfCached = true;
        break;
      default: // RFC 9111 5.2.3: unrecognised directives are ignored
    }
  });
  return found;
}

/** Parses a response's Cache-Control. Never throws; of a repeated directive the first counts (RFC 9111 §4.2.1). */
export function parseResponseDirectives(value: string): ResponseDirectives {
  const found: Mutable<ResponseDirectives> = { ...NO_RESPONSE_DIRECTIVES };
  scanDirectives(value, (name, argument, isMalformed) => {
    switch (name) {
      case 'max-age':
        found.maxAge ??= deltaSeconds(argument, isMalformed) ?? 0;
        break;
      case 's-maxage':
        found.sMaxage ??= deltaSeconds(argument, isMalformed) ?? 0;
        break;
      case 'stale-while-revalidate':
        found.staleWhileRevalidate ??= deltaSeconds(argument, isMalformed) ?? 0;
        break;
      case 'stale-if-error':
        found.staleIfError ??= deltaSeconds(argument, isMalformed) ?? 0;
        break;
      case 'no-cache': {
        // RFC 9111 5.2.2.4: the token form of the argument is accepted; an empty list restricts everything.
        const fields = fieldNames(argument, isMalformed);
        if (fields.length === 0) found.noCache = true;
        else found.noCacheFields = [...found.noCacheFields, ...fields];
        break;
      }
      case 'no-store':
        found.noStore = true;
        break;
      case 'private':
        found.private = true;
        break;
      case 'public':
        found.public = true;
        break;
      case 'must-revalidate':
        found.mustRevalidate = true;
        break;
      case 'proxy-revalidate':
        found.proxyRevalidate = true;
        break;
      case 'must-understand':
        found.mustUnderstand = true;
        break;
      case 'no-transform':
        found.noTransform = true;
        break;
      case 'immutable':
        found.immutable = true;
        break;
      default: // RFC 9111 5.2.3: unrecognised directives are ignored
    }
  });
  return found;
}

/**
 * Calls `visit` for each member of `#( token [ "=" ( token / quoted-string ) ] )`, in order. `name` is lower-case; `argument` is
 * unquoted, `undefined` without `=`.
 *
 * A comma inside a quoted argument belongs to it. A quote that is never closed opens nothing: what follows is still split at commas,
 * so that a restriction behind it is seen, but is malformed, so that no lifetime is taken from it. White space around `=` is malformed
 * too. Each character is looked at a bounded number of times.
 */
export function scanDirectives(value: string, visit: DirectiveVisitor): void {
  let isUnclosed = false;
  let start = 0;
  while (start < value.length) {
    let equals = -1;
    let closing = -1;
    let end = start;
    for (; end < value.length && value.charCodeAt(end) !== COMMA; end++) {
      if (equals !== -1 || value.charCodeAt(end) !== EQUALS) continue;
      equals = end;
      if (isUnclosed || value.charCodeAt(end + 1) !== QUOTE) continue;
      closing = closingQuote(value, end + 1);
      if (closing === -1) isUnclosed = true;
      else end = closing;
    }
    const written = value.slice(start, equals === -1 ? end : equals);
    const name = trimWhitespace(written);
    // `max-age =60`: white space before the = is no part of the grammar.
    const isNameClean = isToken(name) && (equals === -1 || !isWhitespace(written.charCodeAt(written.length - 1)));
    if (closing !== -1) {
      const isClean = isNameClean && trimWhitespace(value.slice(closing + 1, end)) === '';
      visit(name.toLowerCase(), unquote(value.slice(equals + 1, closing + 1)), !isClean);
    } else if (equals !== -1) {
      const argument = trimEnd(value.slice(equals + 1, end));
      visit(name.toLowerCase(), argument, isUnclosed || !isNameClean || !isToken(argument));
    } else if (name !== '') {
      visit(name.toLowerCase(), undefined, isUnclosed || !isNameClean);
    }
    start = end + 1;
  }
}

/** What {@link scanDirectives} calls for each member. */
export type DirectiveVisitor = (name: string, argument: string | undefined, isMalformed: boolean) => void;

/**
 * Delta-seconds (RFC 9111 §1.2.2): digits only, at most {@link MAX_DELTA_SECONDS}. `undefined` for everything else: signs, decimals,
 * letters, nothing.
 */
export function parseDeltaSeconds(text: string): number | undefined {
  if (text === '') return undefined;
  let seconds = 0;
  for (let at = 0; at < text.length; at++) {
    const digit = text.charCodeAt(at) - 0x30;
    if (!(digit >= 0 && digit <= 9)) return undefined;
    seconds = Math.min(seconds * 10 + digit, MAX_DELTA_SECONDS);
  }
  return seconds;
}

const COMMA = 0x2c;
const EQUALS = 0x3d;
const QUOTE = 0x22;

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

function deltaSeconds(argument: string | undefined, isMalformed: boolean): number | undefined {
  return argument === undefined || isMalformed ? undefined : parseDeltaSeconds(argument);
}

/** The fields of `no-cache="a, b"`; none when the whole response is meant, or when what is meant cannot be read. */
function fieldNames(argument: string | undefined, isMalformed: boolean): string[] {
  if (argument === undefined || isMalformed) return [];
  const names = splitList(argument).map((name) => name.toLowerCase());
  return names.every(isToken) ? names : [];
}
