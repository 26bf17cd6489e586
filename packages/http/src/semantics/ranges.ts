import { splitList, trimWhitespace } from '../message/field-syntax.js';
import type { HeaderFields } from '../message/headers.js';
import { matchesStrongly, strongLastModified, validatorsOf } from './validators.js';

/** A part of a representation, both ends included, as HTTP counts it. */
export interface ByteRange {
  readonly first: number;
  readonly last: number;
}

/** What a Content-Range says: which part, of how long a whole; `undefined` where the length is `*`. */
export interface ContentRange extends ByteRange {
  readonly completeLength: number | undefined;
}

/**
 * What a Range asks of a representation of known length (RFC 9110 §14.2): the parts in the order asked for, `unsatisfiable` (416), or
 * `whole`: no Range, one that cannot be read, another unit, too many or too greedy ranges. Ignoring Range is always allowed.
 */
export type RangeChoice = readonly ByteRange[] | 'whole' | 'unsatisfiable';

/** How many ranges one request may ask for before it is answered whole (RFC 9110 §14.2 and §17.15 warn of more). */
export const MAX_RANGES = 16;

/**
 * @param range - the Range field's value, `undefined` when absent.
 * @param length - the length of the whole representation in bytes.
 */
export function chooseRanges(range: string | undefined, length: number): RangeChoice {
  const asked = range === undefined ? undefined : parseRanges(range);
  if (asked === undefined) return 'whole';
  // RFC 9110 14.1.2: a suffix is satisfiable even of nothing; what it names then is the whole.
  if (length === 0 && asked.some(({ first, last }) => first === undefined && last !== 0)) return 'whole';
  const parts: ByteRange[] = [];
  for (const spec of asked) {
    const part = resolveRange(spec, length);
    if (part !== undefined) parts.push(part);
  }
  if (parts.length === 0) return 'unsatisfiable';
  return isGreedy(parts, length) ? 'whole' : parts;
}

/** A range as asked for: `a-b`, `a-` (no last), `-n` (no first). */
export interface RangeSpec {
  readonly first: number | undefined;
  readonly last: number | undefined;
}

/**
 * Parses `bytes=…` (RFC 9110 §14.1.2). `undefined` when it is to be ignored: another unit, a syntax error anywhere, a last before its
 * first, numbers that cannot be told exactly, more than {@link MAX_RANGES}.
 */
export function parseRanges(value: string): readonly RangeSpec[] | undefined {
  const equals = value.indexOf('=');
  // RFC 9110 14.1: range unit names are case-insensitive.
  if (equals === -1 || value.slice(0, equals).toLowerCase() !== 'bytes') return undefined;
  const specs: RangeSpec[] = [];
  for (const member of splitList(value.slice(equals + 1))) {
    const spec = parseRangeSpec(member);
    if (spec === undefined || specs.length === MAX_RANGES) return undefined;
    specs.push(spec);
  }
  return specs.length === 0 ? undefined : specs;
}

/** The part of a representation of this length that a spec names, or `undefined` when it lies outside (RFC 9110 §14.1.2). */
function resolveRange({ first, last }: RangeSpec, length: number): ByteRange | undefined {
  if (first === undefined) {
    const suffix = Math.min(last ?? 0, length);
    return suffix === 0 ? undefined : { first: length - suffix, last: length - 1 };
  }
  if (first >= length) return undefined;
  return { first, last: Math.min(last ?? Infinity, length - 1) };
}

/** Content-Range of a 206 (RFC 9110 §14.4): `bytes 0-4/10`, `bytes 0-4/*`. `undefined` for anything else, or ends that do not fit. */
export function parseContentRange(headers: HeaderFields): ContentRange | undefined {
  const lines = headers.getAll('content-range');
  if (lines.length !== 1) return undefined;
  const value = trimWhitespace(lines[0] as string);
  const space = value.indexOf(' ');
  const slash = value.indexOf('/');
  if (space === -1 || slash < space || value.slice(0, space).toLowerCase() !== 'bytes') return undefined;
  const spec = parseRangeSpec(value.slice(space + 1, slash));
  if (spec?.first === undefined || spec.last === undefined) return undefined;
  const total = value.slice(slash + 1);
  const completeLength = total === '*' ? undefined : parseInteger(total);
  if (total !== '*' && (completeLength === undefined || completeLength <= spec.last)) return undefined;
  return { first: spec.first, last: spec.last, completeLength };
}

/** How many bytes a part has. */
export function rangeLength({ first, last }: ByteRange): number {
  return last - first + 1;
}

/** `bytes 0-4/10`; `bytes 0-4/*` where the length of the whole is not known. */
export function renderContentRange({ first, last }: ByteRange, completeLength: number | undefined): string {
  return `bytes ${first}-${last}/${completeLength ?? '*'}`;
}

/** The Content-Range of a 416 (RFC 9110 §15.5.17). */
export function renderUnsatisfiedRange(completeLength: number): string {
  return `bytes */${completeLength}`;
}

/**
 * What of a stored part can answer a Range (RFC 9111 §3.3): the ranges asked for, when each lies wholly inside it; else `undefined`,
 * and the request goes on. An unknown complete length answers no suffix, and no open end.
 */
export function rangesWithin(range: string, stored: ContentRange): readonly ByteRange[] | undefined {
  const asked = parseRanges(range);
  if (asked === undefined) return undefined;
  const parts: ByteRange[] = [];
  for (const spec of asked) {
    const part = stored.completeLength === undefined ? exactRange(spec) : resolveRange(spec, stored.completeLength);
    if (part === undefined || part.first < stored.first || part.last > stored.last) return undefined;
    parts.push(part);
  }
  return parts;
}

function exactRange({ first, last }: RangeSpec): ByteRange | undefined {
  return first === undefined || last === undefined ? undefined : { first, last };
}

/**
 * Whether two responses are pieces of the same representation and may be combined (RFC 9110 §15.3.7.3, RFC 9111 §3.4): they share a
 * strong validator. Tags decide where either has one; else a Last-Modified that is strong on both sides.
 */
export function areSameRepresentation(one: HeaderFields, other: HeaderFields, now: number): boolean {
  const here = validatorsOf(one)?.etag;
  const there = validatorsOf(other)?.etag;
  if (here !== undefined || there !== undefined)
    return here !== undefined && there !== undefined && matchesStrongly(here, there);
  const modified = strongLastModified(one, now);
  return modified !== undefined && modified === strongLastModified(other, now);
}

/** The part that two overlapping or adjoining parts of one representation make, or `undefined` when there is a gap between them. */
export function combineRanges(one: ContentRange, other: ContentRange): ContentRange | undefined {
  if (
    one.completeLength !== undefined &&
    other.completeLength !== undefined &&
    one.completeLength !== other.completeLength
  ) {
    return undefined;
  }
  if (one.first > other.last + 1 || other.first > one.last + 1) return undefined;
  return {
    first: Math.min(one.first, other.first),
    last: Math.max(one.last, other.last),
    completeLength: one.completeLength ?? other.completeLength,
  };
}

/** Whether a part is the whole. */
export function isComplete({ first, last, completeLength }: ContentRange): boolean {
  return first === 0 && completeLength !== undefined && last === completeLength - 1;
}

/**
 * RFC 9110 §17.15: ranges that overlap, or many small ones out of order, cost more to send than the whole. So more bytes than the whole
 * has, or any overlap among more than two parts, is answered whole.
 */
function isGreedy(parts: readonly ByteRange[], length: number): boolean {
  let total = 0;
  for (const part of parts) total += rangeLength(part);
  if (total > length) return true;
  if (parts.length <= 2) return false;
  const sorted = [...parts].sort((one, other) => one.first - other.first);
  return sorted.some((part, index) => index > 0 && part.first <= (sorted[index - 1] as ByteRange).last);
}

function parseRangeSpec(text: string): RangeSpec | undefined {
  const dash = text.indexOf('-');
  if (dash === -1) return undefined;
  const first = dash === 0 ? undefined : parseInteger(text.slice(0, dash));
  const last = parseInteger(text.slice(dash + 1));
  if (dash === 0) return last === undefined ? undefined : { first, last };
  if (first === undefined) return undefined;
  if (last === undefined) return dash === text.length - 1 ? { first, last } : undefined;
  return last < first ? undefined : { first, last };
}

/** Digits only, and no number that a double cannot tell from its neighbours. */
function parseInteger(text: string): number | undefined {
  if (text.length === 0 || text.length > MAX_DIGITS) return undefined;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code < 0x30 || code > 0x39) return undefined;
  }
  return Number(text);
}

const MAX_DIGITS = 15;
