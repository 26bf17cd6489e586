import { createHash } from 'node:crypto';
import { splitOutsideQuotes } from '../message/field-syntax.js';
import type { HeaderFields } from '../message/headers.js';
import type { HttpRequest } from '../message/http-message.js';
import type { HttpPolicy, KeyRules } from './http-policy.js';

/** A request with its key: what is looked up, and what the origin gets if it must be asked. */
export interface KeyedRequest {
  /** The key that people and invalidations name: `GET:http://host/path?query`. */
  readonly primary: string;
  /** Where the answer is kept: `primary`, with the values of the context dimensions and keyed cookies where there are some. */
  readonly key: string;
  /** The request in the form in which it was keyed. */
  readonly request: HttpRequest;
  /** False when every cookie of the request is ignored or keyed, so that none makes it personal. */
  readonly cookiesCount: boolean;
}

/** Parts a primary key from what tells its entries apart. Neither targets nor field values can hold it. */
export const KEY_SEPARATOR = '\u0001';

/**
 * The key of a request (RFC 9111 §2), and the request in the form in which it is keyed. `undefined` where the target is no path: `*`, an
 * authority, or text with control characters, of which no two parties make the same thing.
 *
 * HEAD shares the key of GET, for it is answered from what GET stored. Scheme and host are compared without regard to letter case and
 * default port (RFC 9110 §4.2.3). Path and query count exactly as sent: nothing is decoded, so that no two targets which the origin could
 * tell apart share a key; what the rules normalise beyond that is normalised for the origin, too.
 */
export function keyRequest(request: HttpRequest, { key: rules }: HttpPolicy): KeyedRequest | undefined {
  if (!isKeyable(request.target)) return undefined;
  const target = normaliseTarget(request.target, rules);
  const authority = normaliseAuthority(request.authority, request.scheme);
  const primary = primaryKey(request.scheme, authority, target, rules);
  const { headers, keyed, cookiesCount } = applyCookieRules(request.headers, rules);
  const dimensions = rules.context.length === 0 ? keyed : keyed + contextDimensions(request, rules);
  const keyedRequest = withForm(request, target, authority, headers);
  return {
    primary,
    key: dimensions === '' ? primary : `${primary}${KEY_SEPARATOR}${dimensions}`,
    request: keyedRequest,
    cookiesCount,
  };
}

/** The primary key of another target of the same origin, for invalidation. */
export function primaryKeyOf(request: HttpRequest, target: string, { key: rules }: HttpPolicy): string {
  const authority = normaliseAuthority(request.authority, request.scheme);
  return primaryKey(request.scheme, authority, normaliseTarget(target, rules), rules);
}

function primaryKey(scheme: string, authority: string, target: string, rules: KeyRules): string {
  return rules.scope === 'path' ? `GET:${target}` : `GET:${scheme}://${authority}${target}`;
}

function isKeyable(target: string): boolean {
  return target.charCodeAt(0) === SLASH && !CONTROL.test(target);
}

/** The target under the rules for the query. */
export function normaliseTarget(target: string, { sortQuery, ignoresParam }: KeyRules): string {
  if (!sortQuery && ignoresParam === undefined) return target;
  const question = target.indexOf('?');
  if (question === -1) return target;
  let params = target.slice(question + 1).split('&');
  if (ignoresParam !== undefined) params = params.filter((param) => !ignoresParam(nameOf(param)));
  if (sortQuery) params = sortByName(params);
  const path = target.slice(0, question);
  return params.length === 0 ? path : `${path}?${params.join('&')}`;
}

/** By name only: the order of several values of one name may mean something. */
function sortByName(params: readonly string[]): string[] {
  const named = params.filter((param) => param !== '').map((param) => ({ name: nameOf(param), param }));
  named.sort((one, other) => (one.name < other.name ? -1 : one.name > other.name ? 1 : 0));
  return named.map(({ param }) => param);
}

function nameOf(param: string): string {
  const equals = param.indexOf('=');
  return equals === -1 ? param : param.slice(0, equals);
}

function normaliseAuthority(authority: string, scheme: string): string {
  const lower = UPPER_CASE.test(authority) ? authority.toLowerCase() : authority;
  const defaultPort = scheme === 'https' ? ':443' : ':80';
  return lower.endsWith(defaultPort) ? lower.slice(0, -defaultPort.length) : lower;
}

function contextDimensions(request: HttpRequest, rules: KeyRules): string {
  let dimensions = '';
  for (const [name, read] of rules.context) dimensions += dimension(name, read(request));
  return dimensions;
}

/** Written as JSON, which lets no value pass for two dimensions or for the end of the key. */
function dimension(name: string, value: string | undefined): string {
  return value === undefined ? `${name}\n` : `${name}=${JSON.stringify(value)}\n`;
}

function applyCookieRules(
  headers: HeaderFields,
  { cookies: rules }: KeyRules,
): { headers: HeaderFields; keyed: string; cookiesCount: boolean } {
  if (rules === undefined || !headers.has('cookie')) return { headers, keyed: '', cookiesCount: true };
  const kept: string[] = [];
  const keyed: string[] = [];
  let cookiesCount = false;
  for (const line of headers.getAll('cookie')) {
    for (const pair of splitOutsideQuotes(line, SEMICOLON)) {
      const name = nameOf(pair);
      if (rules.isKeyed(name)) keyed.push(dimension(`cookie ${name}`, digest(pair.slice(name.length + 1))));
      else if (rules.isIgnored(name)) continue;
      else cookiesCount = true;
      kept.push(pair);
    }
  }
  const fields = kept.length === 0 ? headers.without(['cookie']) : headers.with('Cookie', kept.join('; '));
  return { headers: fields, keyed: keyed.sort().join(''), cookiesCount };
}

/** Stands for a value that must not be read in a key: keys are shown to operators and written to logs. */
export function digest(value: string): string {
  return createHash('sha256').update(value).digest('base64url').slice(0, DIGEST_LENGTH);
}

/** The request in the form in which it was keyed; itself where nothing had to change. A GET's content means nothing and stays here. */
function withForm(request: HttpRequest, target: string, authority: string, headers: HeaderFields): HttpRequest {
  const isSame = target === request.target && authority === request.authority && headers === request.headers;
  if (isSame && request.body === undefined) return request;
  let fields = request.body === undefined ? headers : headers.without(CONTENT_FRAMING);
  if (authority !== request.authority && fields.has('host')) fields = fields.with('Host', authority);
  const { method, scheme, signal } = request;
  return { method, scheme, authority, target, headers: fields, ...(signal && { signal }) };
}

/** 132 bits: nobody finds two values with the same digest. */
const DIGEST_LENGTH = 22;
const CONTENT_FRAMING: readonly string[] = [
  'content-length',
  'transfer-encoding',
  'content-type',
  'content-encoding',
  'expect',
];
// eslint-disable-next-line no-control-regex
const CONTROL = /[\u0000-\u0020\u007f]/;
const UPPER_CASE = /[A-Z]/;
const SLASH = 0x2f;
const SEMICOLON = 0x3b;
