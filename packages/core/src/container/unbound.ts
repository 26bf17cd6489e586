import { assertKnownOptions, assertObject, assertOneOf } from '../base/assert.js';
import { UnboundCacheError } from '../base/errors.js';

/**
 * What a decorated method does when no Cache is found for it: `passthrough` runs it uncached, with one process warning for
 * its class; `throw` rejects the call with an UnboundCacheError.
 */
export type UnboundMode = 'passthrough' | 'throw';

/** Settings of the decorators for the whole process. */
export interface CachingSettings {
  /**
   * For methods whose decorator does not say it.
   * @defaultValue 'passthrough'
   */
  unbound?: UnboundMode;
}

export const UNBOUND_MODES = ['passthrough', 'throw'] as const satisfies readonly UnboundMode[];

let mode: UnboundMode = 'passthrough';
const warned = new WeakSet<object>();

/**
 * Settings of the decorators for the whole process: there is no container to hold them when a method is unbound.
 * `configureCaching({ unbound: 'throw' })` makes a forgotten `registerCacheWarp` an error instead of a warning.
 * @throws InvalidOptionError for a faulty or unknown setting
 */
export function configureCaching(settings: CachingSettings): void {
  assertObject('settings', settings);
  assertKnownOptions('', settings, ['unbound']);
  const { unbound } = settings as CachingSettings;
  if (unbound === undefined) return;
  assertOneOf('unbound', unbound, UNBOUND_MODES);
  mode = unbound;
}

/**
 * Says that a method found no Cache: by throwing, or by a process warning, once for each class.
 * @param owner - the class, or what stands for it
 * @param method - how the method is called in the message, e.g. `UserService.findById`
 * @throws UnboundCacheError in the mode `throw`
 */
export function reportUnbound(owner: object, method: string, own: UnboundMode | undefined): void {
  const remedy =
    `call registerCacheWarp(container, { … }) on tsyringe's root container, ` +
    `or bindCaching(childContainer, ${method.slice(0, method.lastIndexOf('.'))}) before the instance is resolved`;
  if ((own ?? mode) === 'throw') throw new UnboundCacheError(method, remedy);
  if (warned.has(owner)) return;
  warned.add(owner);
  process.emitWarning(`${method} is decorated, but no cache is bound, and it runs uncached: ${remedy}`, {
    type: 'CacheWarpWarning',
    code: 'CACHEWARP_UNBOUND',
  });
}
