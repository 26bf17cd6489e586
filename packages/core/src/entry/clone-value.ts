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
import { fill, restoreError, takeApart } from './error-parts.js';
import { copyBytes, MAX_VALUE_DEPTH } from './value-tags.js';

/**
 * A deep copy, by the rules of the codec: what `encodeValue` writes is copied, and what it refuses is refused, so that a value
 * behaves the same whichever tier it comes from. Two differences: nothing passes through text, and an error keeps its own
 * class, for here the class is at hand. Parts that are reached twice are copied twice.
 *
 * @throws EncodeError naming the place, as `$.user.avatar`
 */
export function cloneValue<V>(value: V): V {
  try {
    return clone(value, []) as V;
  } catch (error) {
    throw toEncodeError('$', error);
  }
}

function clone(value: unknown, ancestors: object[]): unknown {
  switch (typeof value) {
    case 'object':
      return value === null ? null : cloneObject(value, ancestors);
    case 'function':
    case 'symbol':
      throw new EncodeFault(`a ${typeof value} is not data`);
    default:
      return value;
  }
}

function cloneObject(value: object, ancestors: object[]): unknown {
  const kind = kindOf(value);
  if (kind === 'instance') throw new EncodeFault(`an instance of ${classNameOf(value)} cannot be copied`);
  if (kind === 'bytes') {
    const { type, view } = bytesOf(value as ArrayBufferView);
    return copyBytes(type, view);
  }
  descend(value, ancestors, MAX_VALUE_DEPTH);
  const copy = cloneKind(value, kind, ancestors);
  ancestors.pop();
  return copy;
}

function cloneKind(
  value: object,
  kind: Exclude<ReturnType<typeof kindOf>, 'instance' | 'bytes'>,
  ancestors: object[],
): unknown {
  switch (kind) {
    case 'plain':
      refuseSymbolKeys(value);
      return cloneMembers({ ...value }, ancestors);
    case 'null-prototype':
      refuseSymbolKeys(value);
      return cloneMembers(Object.assign(Object.create(null) as object, value), ancestors);
    case 'error':
      return cloneError(value as Error, ancestors);
  }
  refuseExtraMembers(value, classNameOf(value));
  switch (kind) {
    case 'array':
      return cloneItems(value as unknown[], ancestors);
    case 'date':
      return new Date((value as Date).getTime());
    case 'map':
      return cloneMap(value as Map<unknown, unknown>, ancestors);
    case 'set':
      return cloneSet(value as Set<unknown>, ancestors);
    case 'regexp': {
      const pattern = new RegExp(value as RegExp);
      pattern.lastIndex = (value as RegExp).lastIndex;
      return pattern;
    }
    case 'url':
      return new URL((value as URL).href);
  }
}

/** Replaces the members of a shallow copy by their copies. */
function cloneMembers(copy: object, ancestors: object[]): Record<string, unknown> {
  const members = copy as Record<string, unknown>;
  let name = '';
  try {
    for (name of Object.keys(members)) {
      const member = members[name];
      if (isDeep(member)) members[name] = clone(member, ancestors);
    }
  } catch (error) {
    throw faultAt(error, memberStep(name));
  }
  return members;
}

function cloneItems(items: readonly unknown[], ancestors: object[]): unknown[] {
  const copy = items.slice();
  let index = 0;
  try {
    for (; index < copy.length; index++) {
      const item = copy[index];
      if (isDeep(item)) copy[index] = clone(item, ancestors);
      // Holes may be many: the members that are there are gone through by name, as those of an object.
      else if (item === undefined && !(index in copy)) return cloneSparse(copy, ancestors);
    }
  } catch (error) {
    throw faultAt(error, `[${index}]`);
  }
  return copy;
}

function cloneSparse(copy: unknown[], ancestors: object[]): unknown[] {
  for (const index of Object.keys(copy).map(Number)) copy[index] = clone(copy[index], ancestors);
  return copy;
}

function cloneMap(map: ReadonlyMap<unknown, unknown>, ancestors: object[]): Map<unknown, unknown> {
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
  const copy = new Set<unknown>();
  try {
    for (const member of set) copy.add(clone(member, ancestors));
  } catch (error) {
    throw faultAt(error, `.values()[${copy.size}]`);
  }
  return copy;
}

function cloneError(error: Error, ancestors: object[]): Error {
  const { type, hidden, own } = takeApart(error);
  const copied = { type, hidden: cloneMembers(hidden, ancestors), own: cloneMembers(own, ancestors) };
  if (type === 'DOMException') return restoreError(copied);
  const copy: Error = Object.setPrototypeOf(new Error(), Object.getPrototypeOf(error) as object);
  return fill(copy, copied.hidden, copied.own);
}

/** Whether a copy needs more than the value itself: or a refusal. */
function isDeep(value: unknown): boolean {
  return (typeof value === 'object' && value !== null) || typeof value === 'function' || typeof value === 'symbol';
}
