import type { Cache } from '../engine/cache.js';
import { raiseBindingEpoch } from './binding-epoch.js';

/** The property under which an instance carries its Cache. Registered, so that it is found by every copy of this module. */
const BOUND = Symbol.for('cachewarp.cache');

/** Any object that may carry a Cache. */
export interface Bindable {
  readonly [BOUND]?: Cache;
}

/** Bindings of objects that take no property any more. */
const frozen = new WeakMap<object, Cache>();
let hasFrozen = false;

/**
 * Binds an instance to a Cache: its decorated methods use that one from now on, whatever container made it. For a class,
 * its static methods and those of its subclasses. The binding is not enumerable: copies, comparisons and JSON do not see it.
 */
export function bindCache(target: object, cache: Cache): void {
  raiseBindingEpoch();
  // Reflect.defineProperty says false where a frozen object, or a proxy, refuses.
  const isCarried = Reflect.defineProperty(target, BOUND, {
    value: cache,
    enumerable: false,
    writable: true,
    configurable: true,
  });
  if (isCarried) {
    frozen.delete(target);
    return;
  }
  frozen.set(target, cache);
  hasFrozen = true;
}

/** The Cache that the object was bound to, if it was. */
export function boundCache(target: Bindable): Cache | undefined {
  return hasFrozen ? (frozen.get(target) ?? target[BOUND]) : target[BOUND];
}
