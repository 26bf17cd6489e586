import type { AsyncMethod, CacheWarpDecorator, SelfOf } from './decorated-method.js';
import { InvalidatingMethod } from './invalidating-method.js';
import {
  readInvalidationRule,
  type BeforeOptions,
  type ComputedTarget,
  type InvalidatesOptions,
  type NamedTarget,
} from './invalidation-rule.js';
import { noteInvalidating } from './method-metadata.js';
import { decorateMethods } from './method-site.js';

/**
 * Invalidates when the method has succeeded, and before its promise resolves: whoever reads afterwards reads anew. May be
 * stacked, on one method with `@CacheResponse` and other decorators, in any order.
 *
 * ```ts
 * @Invalidates(userById)                                         // the key of the method's arguments
 * async remove(id: string): Promise<void> { … }
 *
 * @Invalidates((user) => [userById.of(user.id), { tag: `team:${user.team}` }])
 * async update(patch: Partial<User>): Promise<User> { … }
 * ```
 *
 * A failing method invalidates nothing (see {@link BeforeOptions} for the other way). When the invalidation itself fails, the
 * call is rejected with an InvalidationError that carries what the method returned: what it wrote is written, but caches may
 * still hold the old value. An argument that has no key is refused, with an EncodeError, before the method runs.
 *
 * @param targets - key families whose arguments the method begins with; keys as text; `{ tag }`, `{ tags }`, `{ prefix }`,
 * `{ all: true }`; functions of the result and the call that return such targets. The last may be {@link InvalidatesOptions}.
 * @throws InvalidOptionError, when the class is defined, naming the faulty target or option and its value
 */
export function Invalidates<L, T, M extends AsyncMethod>(
  ...targets: readonly (NamedTarget<M> | ComputedTarget<SelfOf<L, T>, M> | InvalidatesOptions<SelfOf<L, T>, M>)[]
): CacheWarpDecorator<L, T, M>;
/** Named targets, invalidated whatever the method comes to. */
export function Invalidates<L, T, M extends AsyncMethod>(
  ...targets: readonly (NamedTarget<M> | BeforeOptions)[]
): CacheWarpDecorator<L, T, M>;
export function Invalidates(...given: readonly unknown[]): unknown {
  const rule = readInvalidationRule(given);
  return decorateMethods('Invalidates', (site) => {
    const invalidating = new InvalidatingMethod(site, rule);
    noteInvalidating(site, invalidating);
    return InvalidatingMethod.wrap(invalidating);
  });
}
