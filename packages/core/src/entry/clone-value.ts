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
import { bytesOf, classNameOf, kindOf, type ValueKind } from '../base/value-kind.js';
import { copyBytes } from './copy-bytes.js';
import { putTogether, takeApart } from './error-parts.js';
import { MAX_VALUE_DEPTH } from './value-tag.js';

/**
 * A deep copy, by the rules of the codec: what `encodeValue` writes is copied, and what it refuses is refused, so that a value
 * behaves the same whichever tier it comes from. Two differences: nothing passes through text, and an error keeps its own
 * class, for here the class is at hand. Parts that are reached twice are copied twice.
 *
 * @throws EncodeError naming the place, as `$.user.avatar`
 */
export function cloneValue<V>(value: V): V {
  if (!needsCopy(value)) return value;
  try {
    return clone(value, []) as V;
  } catch (error) {
    throw toEncodeError('$', error);
  }
}

function clone(value: unknown, ancestors: object[]): unknown {
  if (!needsCopy(value)) return value;
  if (typeof value !== 'object') throw new EncodeFault(`a ${typeof value} is not data`);
  const kind = kindOf(value);
  descend(value, ancestors, MAX_VALUE_DEPTH);
  const copy = cloneKind(value, kind, ancestors);
  ancestors.pop();
  return copy;
}

function cloneKind(value: object, kind: ValueKind, ancestors: object[]): unknown {
  switch (kind) {
    case 'plain':
      refuseSymbolKeys(value);
      return cloneMembers({ ...value }, ancestors);
    case 'array':
      return cloneItems(value as unknown[], ancestors);
    case 'null-prototype':
      refuseSymbolKeys(value);
      return cloneMembers(Object.assign(Object.create(null) as object, value), ancestors);
    case 'date':
      refuseExtraMembers(value, 'a Date');
      return new Date((value as Date).getTime());
    case 'map':
      return cloneMap(value as Map<unknown, unknown>, ancestors);
    case 'set':
      return cloneSet(value as Set<unknown>, ancestors);
    case 'regexp':
      return cloneRegExp(value as RegExp);
    case 'url':
      return new URL((value as URL).href);
    case 'bytes': {
      const { type, view } = bytesOf(value as ArrayBufferView);
      return copyBytes(type, view);
    }
    case 'error':
      return cloneError(value as Error, ancestors);
    case 'instance':
      throw new EncodeFault(`an instance of ${classNameOf(value)} cannot be copied`);
  }
}

/** Replaces the members of a shallow copy by their copies. */
function cloneMembers(copy: object, ancestors: object[]): Record<string, unknown> {
  const members = copy as Record<string, unknown>;
  let name = '';
  try {
    for (name of Object.keys(members)) {
      const member = members[name];
      if (needsCopy(member)) members[name] = clone(member, ancestors);
    }
  } catch (error) {
    throw faultAt(error, memberStep(name));
  }
  return members;
}

function cloneItems(items: readonly unknown[], ancestors: object[]): unknown[] {
  const indices = indicesOf(items);
  if (indices.length < items.length) return cloneSparse(items, indices, ancestors);
  const copy = items.slice();
  let index = 0;
  try {
    for (; index < copy.length; index++) {
      const item = copy[index];
      if (needsCopy(item)) copy[index] = clone(item, ancestors);
    }
  } catch (error) {
    throw faultAt(error, `[${index}]`);
  }
  return copy;
}

/** An array with holes, of which there may be billions. */
function cloneSparse(items: readonly unknown[], indices: readonly string[], ancestors: object[]): unknown[] {
  const copy: unknown[] = [];
  copy.length = items.length;
  let index = 0;
  try {
    for (index of indices.map(Number)) copy[index] = clone(items[index], ancestors);
  } catch (error) {
    throw faultAt(error, `[${index}]`);
  }
  return copy;
}

function cloneMap(map: ReadonlyMap<unknown, unknown>, ancestors: object[]): Map<unknown, unknown> {
  refuseExtraMembers(map, 'a Map');
  const copy = new Map<unknown, unknown>();
  let step = '';
  try {
    for (const [key, value] of map) {
      step = `.keys()[${copy.size}]`;
      const copiedKey = clone(key, ancestors);
      step = typeof key === 'string' ? `.get(${JSON.stringify(key)})` : `.values()[${copy.size}]`;
      copy.set(copiedKey, clone(value, ancestors));
    }
  } catch (error) {
    throw faultAt(error, step);
  }
  return copy;
}

function cloneSet(set: ReadonlySet<unknown>, ancestors: object[]): Set<unknown> {
  refuseExtraMembers(set, 'a Set');
  const copy = new Set<unknown>();
  try {
    for (const member of set) copy.add(clone(member, ancestors));
  } catch (error) {
    throw faultAt(error, `.values()[${copy.size}]`);
  }
  return copy;
}

function cloneRegExp(pattern: RegExp): RegExp {
  refuseExtraMembers(pattern, 'a RegExp');
  const copy = new RegExp(pattern);
  copy.lastIndex = pattern.lastIndex;
  return copy;
}

function cloneError(error: Error, ancestors: object[]): Error {
  const { type, hidden, own } = takeApart(error);
  refuseSymbolKeys(own);
  const copied = { type, hidden: cloneMembers(hidden, ancestors), own: cloneMembers(own, ancestors) };
  return putTogether(copied, Object.getPrototypeOf(error) as object);
}

/** Whether a copy is more than the value itself, or is to be refused. */
function needsCopy(value: unknown): value is object | symbol {
  return (typeof value === 'object' && value !== null) || typeof value === 'function' || typeof value === 'symbol';
}
