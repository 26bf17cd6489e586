import { createCache, type CreateCacheOptions } from '#src/engine/create-cache.js';
import type { Cache } from '#src/engine/cache.js';
import { FakeClock } from '#src/testing/fake-clock.js';

/** A cache on a clock that the test moves, with no randomness: `random` always answers 0. */
export function makeCache(options: CreateCacheOptions & { clock?: FakeClock } = {}): {
  cache: Cache;
  clock: FakeClock;
} {
  const clock = options.clock ?? new FakeClock();
  return { cache: createCache({ clock, random: () => 0, ...options }), clock };
}

/** Lets every promise that can settle do so. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setImmediate(resolve));
}
