import { createHash } from 'node:crypto';
import {
  descend,
  EncodeFault,
  faultAt,
  memberStep,
  refuseExtraMembers,
  refuseSymbolKeys,
  toEncodeError,
} from '../base/encode-fault.js';
import { bytesOf, classNameOf, kindOf } from '../base/value-kind.js';

/** Encodings longer than this, in characters, are replaced by their SHA-256. */
export const MAX_ENCODED_LENGTH = 1024;

/** Arguments nested deeper than this are refused. */
export const MAX_ARGUMENT_DEPTH = 100;

/**
 * Writes arguments as one readable text, the same for equal arguments and different for different ones:
 * `("42",1,1n,null,undefined,{"a":1,"b":[true]},Date(2020-01-01T00:00:00.000Z),Map{"k"=>1},Set{1,2},Buffer(AQI=))`.
 *
 * Equal are: primitives of one type and value (`-0` is `0`, `NaN` is `NaN`); arrays of equal length and members in the same
 * order; objects with equal members in any order (`{ a: undefined }` is not `{}`, a null prototype makes no difference); Maps
 * and Sets with equal members in any order; Dates of one instant; RegExps of one source and flags; URLs of one href;
 * typed arrays, Buffers, ArrayBuffers and DataViews of one type and the same bytes. The number of arguments counts, trailing
 * `undefined`s too.
 *
 * A text longer than {@link MAX_ENCODED_LENGTH} is replaced by `(sha256:<its hash, base64url>)`.
 *
 * @throws EncodeError naming the place, as `argument 1.filter.owner` (arguments count from 1), for functions, symbols and
 * members under symbols, class instances, errors, promises, invalid Dates, arrays with holes, cycles and more than
 * {@link MAX_ARGUMENT_DEPTH} levels
 */
export function encodeArguments(args: readonly unknown[]): string {
  let text: string;
  if (args.length === 1) {
    text = encodeOne(args[0], 0);
  } else {
    text = '';
    for (let index = 0; index < args.length; index++) {
      const encoded = encodeOne(args[index], index);
      text = index === 0 ? encoded : `${text},${encoded}`;
    }
  }
  return text.length > MAX_ENCODED_LENGTH ? `(${digest(text)})` : `(${text})`;
}

/**
 * Writes one value in the same way.
 * @param root - what the value is called in errors; a number is the index of an argument
 */
export function encodeOne(value: unknown, root: string | number): string {
  if (typeof value === 'string') return quote(value);
  if (typeof value === 'number') return String(value);
  try {
    return encode(value, []);
  } catch (error) {
    throw toEncodeError(typeof root === 'number' ? `argument ${root + 1}` : root, error);
  }
}

/** The stand-in of a text that is too long. No encoding begins like it: text is quoted there. */
export function digest(text: string): string {
  return `sha256:${createHash('sha256').update(text).digest('base64url')}`;
}

function encode(value: unknown, ancestors: object[]): string {
  switch (typeof value) {
    case 'string':
      return quote(value);
    case 'bigint':
      return `${value}n`;
    case 'function':
    case 'symbol':
      throw new EncodeFault(`a ${typeof value} cannot be part of a key`);
    case 'object':
      return value === null ? 'null' : encodeObject(value, ancestors);
    default:
      return String(value);
  }
}

function encodeObject(value: object, ancestors: object[]): string {
  const kind = kindOf(value);
  if (kind === 'plain' || kind === 'null-prototype') return encodeMembers(value as Record<string, unknown>, ancestors);
  if (kind === 'instance' || kind === 'error') {
    throw new EncodeFault(
      `an instance of ${classNameOf(value)} cannot be part of a key; pass the fields that identify it`,
    );
  }
  if (kind === 'bytes') {
    const { type, view } = bytesOf(value as ArrayBufferView);
    return `${type}(${Buffer.from(view.buffer, view.byteOffset, view.byteLength).toString('base64')})`;
  }
  refuseExtraMembers(value, classNameOf(value));
  switch (kind) {
    case 'array':
      return encodeItems(value as unknown[], ancestors);
    case 'map':
      return encodeMap(value as Map<unknown, unknown>, ancestors);
    case 'set':
      return encodeSet(value as Set<unknown>, ancestors);
    case 'date':
      return encodeDate(value as Date);
    case 'regexp':
      return `RegExp(${quote((value as RegExp).source)},${quote((value as RegExp).flags)})`;
    case 'url':
      return `URL(${quote((value as URL).href)})`;
  }
}

function encodeMembers(object: Record<string, unknown>, ancestors: object[]): string {
  descend(object, ancestors, MAX_ARGUMENT_DEPTH);
  refuseSymbolKeys(object);
  const names = sorted(Object.keys(object));
  let text = '{';
  let name = '';
  try {
    for (let index = 0; index < names.length; index++) {
      name = names[index]!;
      text += `${index === 0 ? '' : ','}${quote(name)}:${encode(object[name], ancestors)}`;
    }
  } catch (error) {
    throw faultAt(error, memberStep(name));
  }
  ancestors.pop();
  return `${text}}`;
}

function encodeItems(items: readonly unknown[], ancestors: object[]): string {
  descend(items, ancestors, MAX_ARGUMENT_DEPTH);
  let text = '[';
  let index = 0;
  try {
    for (; index < items.length; index++) {
      const item = items[index];
      if (item === undefined && !(index in items)) throw new EncodeFault('a hole in an array cannot be part of a key');
      text += `${index === 0 ? '' : ','}${encode(item, ancestors)}`;
    }
  } catch (error) {
    throw faultAt(error, `[${index}]`);
  }
  ancestors.pop();
  return `${text}]`;
}

function encodeMap(map: ReadonlyMap<unknown, unknown>, ancestors: object[]): string {
  descend(map, ancestors, MAX_ARGUMENT_DEPTH);
  const members: string[] = [];
  let step = '';
  try {
    for (const [key, value] of map) {
      step = `.keys()[${members.length}]`;
      const encodedKey = encode(key, ancestors);
      step = `.get(${encodedKey})`;
      members.push(`${encodedKey}=>${encode(value, ancestors)}`);
    }
  } catch (error) {
    throw faultAt(error, step);
  }
  ancestors.pop();
  return `Map{${members.sort().join(',')}}`;
}

function encodeSet(set: ReadonlySet<unknown>, ancestors: object[]): string {
  descend(set, ancestors, MAX_ARGUMENT_DEPTH);
  const members: string[] = [];
  try {
    for (const member of set) members.push(encode(member, ancestors));
  } catch (error) {
    throw faultAt(error, `.values()[${members.length}]`);
  }
  ancestors.pop();
  return `Set{${members.sort().join(',')}}`;
}

function encodeDate(date: Date): string {
  if (Number.isNaN(date.getTime())) throw new EncodeFault('an invalid Date cannot be part of a key');
  return `Date(${date.toISOString()})`;
}

/** Strings up to this length are looked through by hand, which beats a regular expression there. */
const SHORT = 64;

// What JSON escapes, and every surrogate: a lone one must be escaped, for it has no UTF-8 to hash.
const NEEDS_ESCAPE = /["\\\u0000-\u001f\ud800-\udfff]/;

/** JSON's form of a string, without its cost where there is nothing to escape. */
function quote(text: string): string {
  return isSimple(text) ? `"${text}"` : JSON.stringify(text);
}

function isSimple(text: string): boolean {
  if (text.length > SHORT) return !NEEDS_ESCAPE.test(text);
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    if (unit < 0x20 || unit === 0x22 || unit === 0x5c || (unit >= 0xd800 && unit <= 0xdfff)) return false;
  }
  return true;
}

/** Sorts by code unit, in place. Few names, often sorted already, are what objects have: insertion is the fastest there. */
function sorted(names: string[]): string[] {
  if (names.length > 16) return names.sort();
  for (let index = 1; index < names.length; index++) {
    const name = names[index]!;
    let place = index;
    while (place > 0 && names[place - 1]! > name) {
      names[place] = names[place - 1]!;
      place--;
    }
    names[place] = name;
  }
  return names;
}
