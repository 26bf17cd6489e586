import type { Refusal } from './refusal.js';

/**
 * The request target has one treatment: path and query are keyed and sent on exactly as they came, octet for octet, or the request is
 * refused with 400. Nothing is decoded, merged, sorted or resolved. Refused is what two parties are known to read differently:
 *
 * - control characters, spaces, `#` (a fragment has no place in a request) and a raw backslash (some servers take it for `/`);
 * - `.` and `..` as path segments, however they are disguised: `%2e`, `%2f` or `%5c` as separators, `..;x`. Clients resolve them before
 *   they send (RFC 3986 §5.2.4); what is left can only be meant for the difference between our reading and the origin's;
 * - `%00`, which ends a path for servers written in C.
 */
export interface Target {
  /** Path and query, beginning with `/`; or `*`. */
  readonly target: string;
  /** The authority of an absolute-form target, not checked yet; undefined for the origin form. */
  readonly authority: string | undefined;
  /** The scheme of an absolute-form target in lower case; undefined for the origin form. */
  readonly scheme: string | undefined;
}

const HASH = 0x23;
const PERCENT = 0x25;
const DOT = 0x2e;
const SLASH = 0x2f;
const QUESTION = 0x3f;
const BACKSLASH = 0x5c;
const DELETE = 0x7f;

const ABSOLUTE = /^([a-z][a-z0-9+.-]*):\/\/([^/?]*)/i;

const EMPTY: Refusal = { status: 400, detail: 'The request target is empty.' };
const TOO_LONG: Refusal = { status: 414, detail: 'The request target is too long.' };
const BAD_CHARACTER: Refusal = {
  status: 400,
  detail: 'The request target has a character that is not allowed there.',
};
const DOT_SEGMENT: Refusal = { status: 400, detail: 'The request target has a dot segment or an encoded NUL.' };
const NOT_A_TARGET: Refusal = {
  status: 400,
  detail: 'The request target is neither a path nor an absolute http(s) URI.',
};

/** Reads a request target as it stands in the request line (RFC 9112 §3.2), in origin, absolute or asterisk form. */
export function parseTarget(text: string, method: string, maxLength: number): Target | Refusal {
  if (text.length === 0) return EMPTY;
  if (text.length > maxLength) return TOO_LONG;
  if (text.charCodeAt(0) === SLASH) return checkPath(text) ?? { target: text, authority: undefined, scheme: undefined };
  if (text === '*') {
    return method === 'OPTIONS' ? { target: '*', authority: undefined, scheme: undefined } : NOT_A_TARGET;
  }
  return parseAbsolute(text);
}

/** What any path and query are made of that have no dot and no percent sign: visible ASCII, without `#` and backslash. */
const PLAIN = /^\/[!"$&'()*+,\-/0-9:;<=>?@A-Z[\]^_`a-z{|}~]*$/;
const VISIBLE = /^[\x21-\x7e]*$/;

/** Whether a target in origin form would be taken as it is, and has nothing but visible ASCII characters. */
export function isPlainTarget(text: string, maxLength: number): boolean {
  if (text.length > maxLength) return false;
  return PLAIN.test(text) || (text.charCodeAt(0) === SLASH && VISIBLE.test(text) && checkPath(text) === undefined);
}

function parseAbsolute(text: string): Target | Refusal {
  const match = ABSOLUTE.exec(text);
  if (match === null) return NOT_A_TARGET;
  const scheme = match[1]!.toLowerCase();
  if (scheme !== 'http' && scheme !== 'https') return NOT_A_TARGET;
  const rest = text.slice(match[0].length);
  // RFC 9112 §3.2.1: an empty path is sent as `/`.
  const target = rest.startsWith('/') ? rest : `/${rest}`;
  return checkPath(target) ?? { target, authority: match[2]!, scheme };
}

/** Looks at each character once; only a path with a dot or a percent sign is looked at again. */
function checkPath(text: string): Refusal | undefined {
  let pathEnd = text.length;
  let isSuspicious = false;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code <= 0x20 || code === DELETE || code === HASH || code === BACKSLASH) return BAD_CHARACTER;
    if (pathEnd !== text.length) continue;
    if (code === QUESTION) pathEnd = at;
    else if (code === DOT || code === PERCENT) isSuspicious = true;
  }
  return isSuspicious && hasDotSegment(text.slice(0, pathEnd)) ? DOT_SEGMENT : undefined;
}

const SEPARATOR = /\/|%2f|%5c/i;
const PARAMETERS = /;|%3b/i;

function hasDotSegment(path: string): boolean {
  if (path.includes('%00')) return true;
  for (const segment of path.split(SEPARATOR)) {
    const name = segment.split(PARAMETERS, 1)[0]!.replace(/%2e/gi, '.');
    if (name === '.' || name === '..') return true;
  }
  return false;
}
