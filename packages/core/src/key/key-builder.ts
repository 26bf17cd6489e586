import { InvalidOptionError } from '../base/errors.js';
import { digest, encodeArguments, encodeOne, MAX_ENCODED_LENGTH, sortNames } from './stable-encode.js';

/** The declared dimensions a call runs in: user, tenant, locale … Names are 1 to 64 of `A-Z a-z 0-9 _ . -`. */
export type KeyContext = Readonly<Record<string, unknown>>;

/**
 * The family of a method that was given no key of its own: `UsersController.findById`. Characters that would read as another
 * part of the key are written as `%XX`; a method named by a symbol is `Class.symbol:description`.
 */
export function methodFamily(className: string, methodName: string | symbol): string {
  const method = typeof methodName === 'symbol' ? `symbol:${methodName.description ?? ''}` : methodName;
  return `${escapeName(className)}.${escapeName(method)}`;
}

/**
 * The key of one call: family, arguments, and every dimension of its context, sorted by name:
 * `user@2("42")[tenant="t1",user="u7"]`. The key without context begins the keys of all contexts, and no others.
 * @throws EncodeError when an argument or a dimension has no faithful encoding
 * @throws InvalidOptionError when a dimension's name cannot be used
 */
export function buildKey(family: string, args: readonly unknown[], context?: KeyContext): string {
  const key = family + encodeArguments(args);
  return context === undefined ? key : key + encodeContext(context);
}

const NAME_PATTERN = /^[A-Za-z0-9_.-]{1,64}$/;

/** Names that were checked: the declared ones come with every call. */
const checkedNames = new Set<string>();
const MAX_CHECKED_NAMES = 1000;

/**
 * The part of a key that tells contexts apart: `[tenant="t1",user="u7"]`, or nothing without dimensions.
 * @throws EncodeError, InvalidOptionError as {@link buildKey}
 */
export function encodeContext(context: KeyContext): string {
  const names = sortNames(Object.keys(context));
  if (names.length === 0) return '';
  let text = '';
  for (const name of names) {
    if (!checkedNames.has(name)) check(name);
    if (text !== '') text += ',';
    text += name;
    text += '=';
    text += encodeOne(context[name], `context.${name}`);
  }
  return text.length > MAX_ENCODED_LENGTH ? `[${digest(text)}]` : `[${text}]`;
}

function check(name: string): void {
  if (!NAME_PATTERN.test(name)) {
    throw new InvalidOptionError('context', 'must have names of 1 to 64 characters of A-Z a-z 0-9 _ . -', name);
  }
  if (checkedNames.size < MAX_CHECKED_NAMES) checkedNames.add(name);
}

function escapeName(name: string): string {
  return name.replace(/[^\p{ID_Continue}$#.:\-/]/gu, (character) => {
    const bytes = Buffer.from(character);
    return Array.from(bytes, (byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join('');
  });
}
