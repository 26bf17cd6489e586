import 'reflect-metadata';
import type { DependencyContainer, InjectionToken } from 'tsyringe';
import { InvalidOptionError, show } from '../base/errors.js';
import type { Cache } from '../engine/cache.js';
import { bindCache, boundCache } from './bound-cache.js';
import { CACHE } from './tokens.js';

/** Which container bound an instance. Instances bound by hand are not in it, and are left alone. */
const binders = new WeakMap<object, DependencyContainer>();

/**
 * Lets the instances that this container resolves use this container's Cache (its own, or else its parent's). So several
 * containers, one for each tenant, say, keep their results apart though they share classes.
 *
 * @param tokens - the classes, or the tokens under which their instances are resolved
 * @throws InvalidOptionError, from `resolve`, when the container hands out an instance that another container has bound: a
 * singleton registered in a common parent cannot serve two caches
 */
export function bindCaching(container: DependencyContainer, ...tokens: InjectionToken<object>[]): void {
  for (const token of tokens) {
    container.afterResolution(
      token,
      (_token, resolved) => {
        for (const instance of Array.isArray(resolved) ? (resolved as object[]) : [resolved])
          bind(container, token, instance);
      },
      { frequency: 'Always' },
    );
  }
}

function bind(container: DependencyContainer, token: InjectionToken, instance: object): void {
  if (!container.isRegistered(CACHE, true)) return;
  const cache = container.resolve(CACHE);
  const current = boundCache(instance);
  if (current === cache) return;
  const binder = binders.get(instance);
  if (current !== undefined && binder === undefined) return;
  if (binder !== undefined && binder !== container) throw sharedInstance(token, current, cache);
  bindCache(instance, cache);
  binders.set(instance, container);
}

function sharedInstance(token: InjectionToken, current: Cache | undefined, cache: Cache): InvalidOptionError {
  const name = typeof token === 'function' ? token.name : show(token);
  return new InvalidOptionError(
    `bindCaching(${name})`,
    `must be given a class that each container makes anew: this instance, shared through a parent container, ` +
      `uses the cache ${show(current?.name)} already; register it in each child or as Lifecycle.ContainerScoped`,
    cache.name,
  );
}
