import { assertFunction, assertObject } from '../base/assert.js';
import type { Cache } from '../engine/cache.js';
import { buildKey } from '../key/key-builder.js';

/**
 * Something outside the arguments that the result depends on: user, tenant, locale. The function reads it at each call,
 * typically from an AsyncLocalStorage; what it returns is encoded like an argument.
 */
export type ContextDimension = () => unknown;

/** Dimensions by name. */
export type ContextDimensions = Readonly<Record<string, ContextDimension>>;

const declared = new WeakMap<Cache, ContextDimensions>();

/** Declares dimensions of a cache: each becomes part of every key of its decorated methods, unless a method names its own. */
export function declareContext(cache: Cache, dimensions: ContextDimensions): void {
  assertContextNames(Object.keys(dimensions));
  declared.set(cache, Object.freeze({ ...dimensions }));
}

/** The dimensions declared for a cache, or undefined. */
export function declaredContext(cache: Cache): ContextDimensions | undefined {
  return declared.get(cache);
}

/** @throws InvalidOptionError unless `value` is an object of functions under names that fit into a key */
export function assertContext(field: string, value: unknown): asserts value is ContextDimensions {
  assertObject(field, value);
  for (const [name, dimension] of Object.entries(value)) assertFunction(`${field}.${name}`, dimension);
  assertContextNames(Object.keys(value));
}

/** @throws InvalidOptionError unless all names fit into a key */
export function assertContextNames(names: readonly string[]): void {
  // The key builder knows which names it takes.
  buildKey('', [], Object.fromEntries(names.map((name) => [name, null])));
}
