import type { HeaderFields } from '../message/headers.js';
import { parseDictionary, type StructuredDictionary } from '../message/structured-fields.js';
import {
  MAX_DELTA_SECONDS,
  NO_RESPONSE_DIRECTIVES,
  parseResponseDirectives,
  type ResponseDirectives,
} from './cache-control.js';

/** The directives that govern a response for this cache, and the field they came from. */
export interface GoverningDirectives {
  readonly directives: ResponseDirectives;
  /** `cache-control`, or the lower-cased name of a targeted field: then Cache-Control and Expires do not count. */
  readonly field: string;
}

/**
 * The one field whose directives govern the response: the first of our targeted fields that is a valid, non-empty dictionary, else
 * Cache-Control (RFC 9213 §2.2). A targeted field decides alone, in both directions: its max-age stands over Cache-Control: no-store,
 * its no-store over a long max-age.
 *
 * @param targets - lower-case names, the most specific first.
 */
export function governingDirectives(headers: HeaderFields, targets: readonly string[]): GoverningDirectives {
  for (const field of targets) {
    const value = headers.get(field);
    if (value === undefined) continue;
    const dictionary = parseDictionary(value);
    // RFC 9213 2.1: a value that does not parse is ignored; 2.2: so is an empty one.
    if (dictionary === undefined || dictionary.size === 0) continue;
    return { directives: targetedDirectives(dictionary), field };
  }
  const value = headers.get('cache-control');
  return {
    directives: value === undefined ? NO_RESPONSE_DIRECTIVES : remembered(value),
    field: 'cache-control',
  };
}

/**
 * The last values of Cache-Control and what they say: an origin has few different ones, and each answer is asked several times. Bounded in
 * number and length, so that values without end cost no more than without.
 */
const REMEMBERED = new Map<string, ResponseDirectives>();
const MOST_REMEMBERED = 256;
const LONGEST_REMEMBERED = 256;

function remembered(value: string): ResponseDirectives {
  const known = REMEMBERED.get(value);
  if (known !== undefined) return known;
  const directives = parseResponseDirectives(value);
  if (value.length > LONGEST_REMEMBERED) return directives;
  if (REMEMBERED.size === MOST_REMEMBERED) REMEMBERED.clear();
  REMEMBERED.set(value, directives);
  return directives;
}

/**
 * Directives as dictionary members (RFC 9213 §2.1): without argument a Boolean, delta-seconds an Integer. A member of another type is
 * not used, except that `private` and `no-cache` with any argument restrict the whole response, the cautious reading.
 */
function targetedDirectives(dictionary: StructuredDictionary): ResponseDirectives {
  const valueOf = (key: string): unknown => dictionary.get(key)?.[0];
  const isSet = (key: string): boolean => valueOf(key) === true;
  const isRestricted = (key: string): boolean => dictionary.has(key) && valueOf(key) !== false;
  return {
    maxAge: seconds(valueOf('max-age')),
    sMaxage: seconds(valueOf('s-maxage')),
    staleWhileRevalidate: seconds(valueOf('stale-while-revalidate')),
    staleIfError: seconds(valueOf('stale-if-error')),
    noStore: isSet('no-store'),
    noCache: isRestricted('no-cache'),
    noCacheFields: NO_RESPONSE_DIRECTIVES.noCacheFields,
    private: isRestricted('private'),
    public: isSet('public'),
    mustRevalidate: isSet('must-revalidate'),
    proxyRevalidate: isSet('proxy-revalidate'),
    mustUnderstand: isSet('must-understand'),
    noTransform: isSet('no-transform'),
    immutable: isSet('immutable'),
  };
}

function seconds(value: unknown): number | undefined {
  if (typeof value !== 'number' || !Number.isInteger(value)) return undefined;
  // A negative lifetime is no delta-seconds: stale (RFC 9111 §4.2.1).
  return Math.min(Math.max(value, 0), MAX_DELTA_SECONDS);
}
