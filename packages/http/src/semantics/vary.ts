import {
  closingQuote,
  isToken,
  splitList,
  splitOutsideQuotes,
  trimEnd,
  trimWhitespace,
} from '../message/field-syntax.js';
import type { HeaderFields } from '../message/headers.js';

/**
 * The request fields that a response's Vary nominates, lower-case, sorted, each once; `*` when any member of the combined list is `*`,
 * for then no request ever matches (RFC 9111 §4.1).
 */
export function nominatedFields(headers: HeaderFields): readonly string[] | '*' {
  const lines = headers.getAll('vary');
  if (lines.length === 0) return NONE;
  const names = new Set<string>();
  for (const line of lines) {
    for (const member of splitList(line)) {
      if (member === '*') return '*';
      names.add(member.toLowerCase());
    }
  }
  return [...names].sort();
}

/**
 * The part of a key that tells the variants of one URI apart: two requests match (RFC 9111 §4.1) exactly when their keys are equal.
 * A field that is absent matches only absence. Values are normalised where the field's own grammar says that the forms mean the same.
 *
 * @param nominated - from {@link nominatedFields}; the same list for both requests.
 */
export function variantKey(nominated: readonly string[], request: HeaderFields): string {
  let key = '';
  for (const name of nominated) {
    const lines = request.getAll(name);
    // Neither names nor values can hold a line feed or, in names, an `=`.
    key += lines.length === 0 ? `${name}\n` : `${name}=${normaliseField(name, lines)}\n`;
  }
  return key;
}

/** Whether two requests match in the nominated fields (RFC 9111 §4.1). */
export function matchesVary(nominated: readonly string[], one: HeaderFields, other: HeaderFields): boolean {
  return nominated.every((name) => {
    const here = one.getAll(name);
    const there = other.getAll(name);
    if (here.length === 0 || there.length === 0) return here.length === there.length;
    return normaliseField(name, here) === normaliseField(name, there);
  });
}

/**
 * One form for all values of a request field that mean the same: lines combined, optional white space dropped; in the negotiation
 * fields also order, letter case, weights of 1 and repetitions, none of which means anything (RFC 9110 §12.4.2, §12.5). What is no list
 * by its grammar is only trimmed.
 */
export function normaliseField(name: string, lines: readonly string[]): string {
  const remembered = NEGOTIATION.get(name);
  if (remembered !== undefined) return normalisePreferences(name, lines, remembered);
  if (SINGLETONS.has(name)) return lines.map(trimWhitespace).join(', ');
  const members = lines.length === 1 ? splitList(lines[0] as string) : lines.flatMap(splitList);
  return members.join(',');
}

function normalisePreferences(name: string, lines: readonly string[], remembered: Map<string, string>): string {
  const value = lines.length === 1 ? (lines[0] as string) : lines.join(',');
  const known = remembered.get(value);
  if (known !== undefined) return known;
  const members = new Set(splitList(value).map((member) => normalisePreference(name, member)));
  const normal = [...members].sort().join(',');
  if (value.length <= LONGEST_REMEMBERED) {
    if (remembered.size === MOST_REMEMBERED) remembered.clear();
    remembered.set(value, normal);
  }
  return normal;
}

const NONE: readonly string[] = Object.freeze([]);

/**
 * The negotiation fields, each with the last values met and what they came to: clients send few different ones, and every hit on a
 * response with Vary asks. Bounded in number and length, so that values made up by a client cost no more than without.
 */
const NEGOTIATION: ReadonlyMap<string, Map<string, string>> = new Map(
  ['accept', 'accept-charset', 'accept-encoding', 'accept-language'].map((name) => [name, new Map<string, string>()]),
);
const MOST_REMEMBERED = 256;
const LONGEST_REMEMBERED = 512;

/** Fields whose commas, if any, are part of the value. */
const SINGLETONS: ReadonlySet<string> = new Set([
  'authorization',
  'cookie',
  'date',
  'from',
  'host',
  'if-modified-since',
  'if-range',
  'if-unmodified-since',
  'origin',
  'proxy-authorization',
  'referer',
  'user-agent',
]);

const SEMICOLON = 0x3b;

/**
 * `GZIP ; q=1.0` is `gzip`; `text/HTML;q=0.50;Level=1` is `text/html;q=0.5;level=1`. A member that does not follow the grammar stays as
 * it is: nobody knows what the origin reads in it, so it must equal nothing else.
 */
function normalisePreference(name: string, member: string): string {
  const semicolon = member.indexOf(';');
  const range = trimEnd(semicolon === -1 ? member : member.slice(0, semicolon));
  if (!RANGE.test(range)) return member;
  let normal = canonicalRange(name, range.toLowerCase());
  if (semicolon === -1) return normal;
  for (const parameter of splitOutsideQuotes(member.slice(semicolon), SEMICOLON)) {
    const equals = parameter.indexOf('=');
    const key = equals === -1 ? parameter : parameter.slice(0, equals);
    const value = equals === -1 ? undefined : parameter.slice(equals + 1);
    if (!isToken(key) || (value !== undefined && !isToken(value) && !isQuoted(value))) return member;
    const lowerKey = key.toLowerCase();
    // RFC 9110 12.4.2: without a weight, the weight is 1.
    if (lowerKey === 'q' && value !== undefined) normal += weight(value);
    // A parameter's value may be case-sensitive (RFC 9110 5.6.6): kept.
    else normal += value === undefined ? `;${lowerKey}` : `;${lowerKey}=${value}`;
  }
  return normal;
}

function isQuoted(text: string): boolean {
  return text.startsWith('"') && closingQuote(text, 0) === text.length - 1;
}

function canonicalRange(name: string, range: string): string {
  // RFC 9110 8.4.1.1 and 8.4.1.3: x-gzip and x-compress are gzip and compress.
  if (name === 'accept-encoding' && (range === 'x-gzip' || range === 'x-compress')) return range.slice(2);
  return range;
}

/** `;q=0.5` for `0.50`, nothing for `1.000`, the text itself where it is no weight. */
function weight(text: string): string {
  if (!WEIGHT.test(text)) return `;q=${text}`;
  const value = Number(text);
  return value === 1 ? '' : `;q=${value}`;
}

// A token, a language range, or a media range: one class, one quantifier.
const RANGE = /^[!#$%&'*+\-.^_`|~/0-9A-Za-z]+$/;

// Bounded quantifiers only: constant time.
const WEIGHT = /^(?:0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?)$/;
