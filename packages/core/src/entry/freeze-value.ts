import { EncodeFault, memberStep, toEncodeError } from '../base/encode-fault.js';
import { classNameOf, kindOf, type ValueKind } from '../base/value-kind.js';

/** Something reachable, and how it was reached. */
interface Reached {
  readonly object: object;
  readonly kind: ValueKind;
  readonly from: Reached | undefined;
  readonly step: PropertyKey;
}

/** What was frozen to its depth already, so that freezing again costs nothing. */
const deeplyFrozen = new WeakSet<object>();

/**
 * Freezes a value in place to its depth, and returns it: changing any part of it throws a TypeError afterwards.
 * - Plain objects, arrays and errors are frozen by `Object.freeze`. Cycles are fine; functions are left as they are.
 * - Maps, Sets and Dates get throwing methods in place of those that change them (`Map.prototype.set.call` still does).
 * - An instance of a class has its own fields frozen, and plain data in them; neither its prototype nor instances inside it,
 *   which may be services that live on. Fields written `#name` cannot be reached.
 * - Typed arrays, Buffers, ArrayBuffers, DataViews and URLs cannot be frozen and are refused; nothing is frozen then.
 *
 * @throws EncodeError naming the place, as `$.user.avatar`
 */
export function freezeValue<V>(value: V): V {
  if (typeof value !== 'object' || value === null || deeplyFrozen.has(value)) return value;
  for (const { object, kind } of reach(value)) {
    shadowMutators(object, kind);
    Object.freeze(object);
    deeplyFrozen.add(object);
  }
  return value;
}

/** Everything that is to be frozen; looked through before anything is, and without recursion, for data may be deep. */
function reach(root: object): Reached[] {
  const all: Reached[] = [];
  const seen = new Set<object>();
  const visit = (value: unknown, from: Reached | undefined, step: PropertyKey): void => {
    if (typeof value !== 'object' || value === null || seen.has(value) || deeplyFrozen.has(value)) return;
    seen.add(value);
    try {
      const kind = kindOf(value);
      if (kind === 'instance' && from?.kind === 'instance') return;
      refuseUnfreezable(value, kind);
      all.push({ object: value, kind, from, step });
    } catch (error) {
      throw toEncodeError(pathTo(from, step), error);
    }
  };
  visit(root, undefined, '');
  // The list grows while it is gone through.
  for (const reached of all) visitParts(reached, visit);
  return all;
}

function visitParts(reached: Reached, visit: (value: unknown, from: Reached, step: PropertyKey) => void): void {
  const { object, kind } = reached;
  // Read by descriptor: a getter of a class must not run because its instance is cached.
  for (const name of kind === 'array' ? Object.keys(object) : Reflect.ownKeys(object)) {
    visit(Object.getOwnPropertyDescriptor(object, name)?.value, reached, name);
  }
  if (kind !== 'map' && kind !== 'set') return;
  let index = 0;
  for (const [key, value] of (object as Map<unknown, unknown>).entries()) {
    visit(key, reached, index);
    visit(value, reached, index++);
  }
}

function refuseUnfreezable(object: object, kind: ValueKind): void {
  const isShadowed = kind === 'map' || kind === 'set' || kind === 'date';
  if (kind === 'bytes' || kind === 'url' || (isShadowed && !Object.isExtensible(object))) {
    throw new EncodeFault(`a ${classNameOf(object)} cannot be frozen; cache it under values: 'clone' or 'share'`);
  }
}

function pathTo(from: Reached | undefined, step: PropertyKey): string {
  if (from === undefined) return '$';
  const isItem = from.kind === 'array' || from.kind === 'map' || from.kind === 'set';
  return (
    pathTo(from.from, from.step) + (isItem || typeof step === 'symbol' ? `[${String(step)}]` : memberStep(String(step)))
  );
}

const MAP_SHADOWS = shadows(['set', 'delete', 'clear']);
const SET_SHADOWS = shadows(['add', 'delete', 'clear']);
const DATE_SHADOWS = shadows(Object.getOwnPropertyNames(Date.prototype).filter((name) => name.startsWith('set')));

function shadowMutators(object: object, kind: ValueKind): void {
  if (kind === 'map') Object.defineProperties(object, MAP_SHADOWS);
  else if (kind === 'set') Object.defineProperties(object, SET_SHADOWS);
  else if (kind === 'date') Object.defineProperties(object, DATE_SHADOWS);
}

/** Methods that throw; they do not enumerate, so that a frozen Map is still equal to an ordinary one. */
function shadows(names: readonly string[]): PropertyDescriptorMap {
  return Object.fromEntries(names.map((name) => [name, { value: refusal(name), enumerable: false }]));
}

function refusal(name: string): () => never {
  return () => {
    throw new TypeError(`cannot call ${name}: this value comes from a cache and is frozen`);
  };
}
