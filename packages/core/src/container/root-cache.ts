import 'reflect-metadata';
import { container, type InjectionToken } from 'tsyringe';
import type { Cache } from '../engine/cache.js';
import { raiseBindingEpoch } from './binding-epoch.js';
import { CACHE } from './tokens.js';

let noted: Cache | undefined;
/** Registered beside the noted Cache: it is gone once the container was reset. */
let marker: InjectionToken<Cache> = Symbol('cachewarp.root');

/** Notes what registerCacheWarp puts into the root container, so that a hit need not resolve it. */
export function noteRootCache(cache: Cache): void {
  marker = Symbol('cachewarp.root');
  container.register<Cache>(marker, { useFactory: () => cache });
  setNoted(cache);
}

/**
 * The Cache that was last noted, unverified. Asking the container costs a third of a hit, so a hit does not: it is only
 * served while {@link rootCache} has not noticed a reset, and whatever loads or invalidates looks there.
 */
export function notedRootCache(): Cache | undefined {
  return noted;
}

/** The Cache of the root container as it stands; undefined when it has none, or was disposed. */
export function rootCache(): Cache | undefined {
  const isGone = isDisposed();
  if (!isGone && noted !== undefined && container.isRegistered(marker)) return noted;
  if (noted !== undefined) setNoted(undefined);
  if (isGone) return undefined;
  return container.isRegistered(CACHE) ? container.resolve(CACHE) : undefined;
}

function setNoted(cache: Cache | undefined): void {
  noted = cache;
  raiseBindingEpoch();
}

/** tsyringe only says so by throwing from every method. */
function isDisposed(): boolean {
  try {
    container.isRegistered(marker);
    return false;
  } catch {
    return true;
  }
}
