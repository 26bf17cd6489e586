import type { HeaderFields } from '../message/headers.js';
import { variantKey } from '../semantics/vary.js';
import { digest, KEY_SEPARATOR } from './http-key.js';

/** A longer variant key is kept as a digest. */
const LONGEST_READABLE_VARIANT = 200;

/** Values of these fields are secrets, which have no place in a key. */
const SECRET_FIELDS: ReadonlySet<string> = new Set(['authorization', 'cookie', 'proxy-authorization']);

/** What follows the key of a URI in the key of a response whose Vary names these fields: nothing where it names none. */
export function variantSuffix(fields: readonly string[], headers: HeaderFields): string {
  if (fields.length === 0) return '';
  const values = variantKey(fields, headers);
  const isReadable = values.length <= LONGEST_READABLE_VARIANT && !fields.some((name) => SECRET_FIELDS.has(name));
  return `${KEY_SEPARATOR}${isReadable ? values : `${fields.join(',')} ${digest(values)}`}`;
}
