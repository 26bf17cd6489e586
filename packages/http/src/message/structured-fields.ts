import {
  parseDictionary as parseDictionaryOrThrow,
  parseItem as parseItemOrThrow,
  parseList as parseListOrThrow,
  serializeKey,
  serializeString,
  Token,
  type Dictionary,
  type Item,
  type List,
} from 'structured-headers';

/**
 * Structured Fields (RFC 9651), parsed by `structured-headers`. An invalid value is `undefined` instead of an exception, because
 * every field of ours that uses them says: ignore it then (RFC 9651 §4.2, RFC 9213 §2.1, RFC 9875 §2).
 *
 * The parser walks the value once, so time is linear in its length. Field lines are combined by the caller.
 */

/** A dictionary by key, or `undefined` when the value is not one. An empty value is an empty dictionary. */
export function parseDictionary(value: string): StructuredDictionary | undefined {
  return parseWith(parseDictionaryOrThrow, value);
}

/** A list, or `undefined` when the value is not one. An empty value is an empty list. */
export function parseList(value: string): StructuredList | undefined {
  return parseWith(parseListOrThrow, value);
}

/** A single item, or `undefined` when the value is not one. */
export function parseItem(value: string): StructuredItem | undefined {
  return parseWith(parseItemOrThrow, value);
}

/** Whether a bare item is a token (`a`), which is not the same as the string `"a"`. */
export function isToken(value: unknown): value is Token {
  return value instanceof Token;
}

/** A quoted string. Characters that an sf-string cannot hold (outside ASCII 0x20–0x7E) are replaced by `?`. */
export function renderString(value: string): string {
  let ascii = '';
  for (const character of value) ascii += character >= ' ' && character <= '~' ? character : '?';
  return serializeString(ascii);
}

/** Whether `key` may name a dictionary member or a parameter. */
export function isKey(key: string): boolean {
  try {
    serializeKey(key);
    return true;
  } catch {
    // The library has no predicate of its own for this.
    return false;
  }
}

/** A dictionary's members by key, in order. */
export type StructuredDictionary = Dictionary;
/** A list's members, each an item or an inner list. */
export type StructuredList = List;
/** A bare value with its parameters. */
export type StructuredItem = Item;

function parseWith<T>(parse: (value: string) => T, value: string): T | undefined {
  try {
    return parse(value);
  } catch {
    // Only ever a syntax error of the field; the rules that use structured fields all treat it as an absent field.
    return undefined;
  }
}
