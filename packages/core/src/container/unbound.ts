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

/** A decorated method, and the class it was called with; undefined when it was called without an instance. */
export interface UnboundMethod {
  readonly owner: { readonly name: string } | undefined;
  /** Stands for the method where there is no class. */
  readonly site: object;
  /** How the method is called in messages, e.g. `UserService.findById`. */
  readonly text: string;
  /** What its decorator says. */
  readonly mode: UnboundMode | undefined;
}

/**
 * Says that a method found no Cache: by throwing, or by a process warning, once for each class.
 * @throws UnboundCacheError in the mode `throw`
 */
export function reportUnbound({ owner, site, text, mode: own }: UnboundMethod): void {
  const remedy = remedyFor(owner);
  if ((own ?? mode) === 'throw') throw new UnboundCacheError(text, remedy);
  const subject = owner ?? site;
  if (warned.has(subject)) return;
  warned.add(subject);
  process.emitWarning(`${text} is decorated, but no cache is bound, and it runs uncached: ${remedy}`, {
    type: 'CacheWarpWarning',
    code: 'CACHEWARP_UNBOUND',
  });
}

function remedyFor(owner: UnboundMethod['owner']): string {
  if (owner === undefined) return 'it was called without its instance; call it as a method, or bind it to the instance';
  return (
    `call registerCacheWarp(container, { … }) on tsyringe's root container, ` +
    `or bindCaching(childContainer, ${owner.name}) before the instance is resolved`
  );
}
