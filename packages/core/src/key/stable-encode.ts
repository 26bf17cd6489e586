import { createHash } from 'node:crypto';
import {
  descend,
  EncodeFault,
  faultAt,
  indicesOf,
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
  let text = args.length === 0 ? '' : encodeOne(args[0], 0);
  for (let index = 1; index < args.length; index++) {
    text += ',';
    text += encodeOne(args[index], index);
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
  if (typeof value === 'string') return quote(value);
  if (typeof value === 'object') return value === null ? 'null' : encodeObject(value, ancestors);
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value === 'function' || typeof value === 'symbol') {
    throw new EncodeFault(`a ${typeof value} cannot be part of a key`);
  }
  return `${value as number | boolean | undefined}`;
}

function encodeObject(value: object, ancestors: object[]): string {
  const kind = kindOf(value);
  switch (kind) {
    case 'plain':
    case 'null-prototype':
      return encodeMembers(value as Record<string, unknown>, ancestors);
    case 'array':
      return encodeItems(value as unknown[], ancestors);
    case 'map':
      return encodeMap(value as Map<unknown, unknown>, ancestors);
    case 'set':
      return encodeSet(value as Set<unknown>, ancestors);
    case 'date':
      return encodeDate(value as Date);
    case 'regexp':
      refuseExtraMembers(value, 'a RegExp');
      return `RegExp(${quote((value as RegExp).source)},${quote((value as RegExp).flags)})`;
    case 'url':
      return `URL(${quote((value as URL).href)})`;
    case 'bytes': {
      const { type, view } = bytesOf(value as ArrayBufferView);
      return `${type}(${Buffer.from(view.buffer, view.byteOffset, view.byteLength).toString('base64')})`;
    }
    case 'error':
    case 'instance':
      throw new EncodeFault(`an instance of ${classNameOf(value)} cannot be part of a key; pass what identifies it`);
  }
}

function encodeMembers(object: Record<string, unknown>, ancestors: object[]): string {
  descend(object, ancestors, MAX_ARGUMENT_DEPTH);
  refuseSymbolKeys(object);
  const names = sortNames(Object.keys(object));
  let text = '{';
  let name = '';
  try {
    for (let index = 0; index < names.length; index++) {
      name = names[index]!;
      if (index > 0) text += ',';
      text += label(name);
      text += encode(object[name], ancestors);
    }
  } catch (error) {
    throw faultAt(error, memberStep(name));
  }
  ancestors.pop();
  return `${text}}`;
}

function encodeItems(items: readonly unknown[], ancestors: object[]): string {
  refuseHoles(items);
  descend(items, ancestors, MAX_ARGUMENT_DEPTH);
  let text = '[';
  let index = 0;
  try {
    for (; index < items.length; index++) {
      if (index > 0) text += ',';
      text += encode(items[index], ancestors);
    }
  } catch (error) {
    throw faultAt(error, `[${index}]`);
  }
  ancestors.pop();
  return `${text}]`;
}

function refuseHoles(items: readonly unknown[]): void {
  const indices = indicesOf(items);
  if (indices.length === items.length) return;
  const hole = indices.findIndex((index, place) => Number(index) !== place);
  const first = hole === -1 ? indices.length : hole;
  throw faultAt(new EncodeFault('a hole in an array cannot be part of a key'), `[${first}]`);
}

function encodeMap(map: ReadonlyMap<unknown, unknown>, ancestors: object[]): string {
  refuseExtraMembers(map, 'a Map');
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
  return `Map{${members.toSorted().join(',')}}`;
}

function encodeSet(set: ReadonlySet<unknown>, ancestors: object[]): string {
  refuseExtraMembers(set, 'a Set');
  descend(set, ancestors, MAX_ARGUMENT_DEPTH);
  const members: string[] = [];
  try {
    for (const member of set) members.push(encode(member, ancestors));
  } catch (error) {
    throw faultAt(error, `.values()[${members.length}]`);
  }
  ancestors.pop();
  return `Set{${members.toSorted().join(',')}}`;
}

function encodeDate(date: Date): string {
  refuseExtraMembers(date, 'a Date');
  if (Number.isNaN(date.getTime())) throw new EncodeFault('an invalid Date cannot be part of a key');
  return `Date(${date.toISOString()})`;
}

/** Strings up to this length are looked through by hand, which beats JSON.stringify there. */
const SHORT = 64;

/** Below it, control characters, which JSON escapes. */
const SPACE = 0x20;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
/** Surrogates: JSON escapes a lone one, which would have no UTF-8 to hash. */
const FIRST_SURROGATE = 0xd800;
const LAST_SURROGATE = 0xdfff;

/** JSON's form of a string, without its cost where a short one needs no escape. */
function quote(text: string): string {
  return text.length <= SHORT && isSimple(text) ? `"${text}"` : JSON.stringify(text);
}

function isSimple(text: string): boolean {
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    if (unit < SPACE || unit === QUOTE || unit === BACKSLASH) return false;
    if (unit >= FIRST_SURROGATE && unit <= LAST_SURROGATE) return false;
  }
  return true;
}

/** Names of members as they are written. Programs have few, but data may be keyed by anything: hence the bound. */
const labels = new Map<string, string>();
const MAX_LABELS = 2000;

function label(name: string): string {
  const known = labels.get(name);
  if (known !== undefined) return known;
  const text = `${quote(name)}:`;
  if (labels.size < MAX_LABELS && name.length <= SHORT) labels.set(name, text);
  return text;
}

/** Sorts by code unit, perhaps in place. Few names, often sorted already, are what objects have: insertion is the fastest there. */
export function sortNames(names: string[]): string[] {
  if (names.length > 16) return names.toSorted();
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
