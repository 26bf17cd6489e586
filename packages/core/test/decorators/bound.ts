import { bindCache } from '#src/container/bound-cache.js';
import type { Cache } from '#src/engine/cache.js';
import type { FakeClock } from '#src/testing/fake-clock.js';
import { makeCache } from '../engine/make-cache.js';

/** Binds an instance (or a class, for its static methods) to a cache of its own, on a clock that the test moves. */
export function bound<S extends object>(service: S): { service: S; cache: Cache; clock: FakeClock } {
  const { cache, clock } = makeCache();
  bindCache(service, cache);
  return { service, cache, clock };
}

/** The warnings of CacheWarp that the process emits while `action` runs. */
export async function warningsDuring(action: () => unknown): Promise<string[]> {
  const warnings: string[] = [];
  const listen = (warning: Error): void => {
    if (warning.name === 'CacheWarpWarning') warnings.push(warning.message);
  };
  process.on('warning', listen);
  try {
    await action();
    // Warnings are emitted in the next tick.
    await new Promise((resolve) => setImmediate(resolve));
  } finally {
    process.off('warning', listen);
  }
  return warnings;
}
