import { createCache, type CreateCacheOptions } from '#src/engine/create-cache.js';
import type { Cache } from '#src/engine/cache.js';
import { FakeClock } from '#src/testing/fake-clock.js';
import { SharedMedium, type SharedMediumNode } from '#src/testing/shared-medium.js';

/** A process as the tests see it: a cache, and its way to the medium. */
export interface Node {
  readonly cache: Cache;
  readonly way: SharedMediumNode;
}

/** Caches of one name on one medium, as processes of one service would have them. */
export function makeNodes(
  count: number,
  options: Omit<CreateCacheOptions, 'store' | 'clock'> = {},
): { nodes: Node[]; medium: SharedMedium; clock: FakeClock } {
  const clock = new FakeClock();
  const medium = new SharedMedium(clock);
  const nodes = Array.from({ length: count }, () => {
    const way = medium.node();
    return { way, cache: createCache({ name: 'app', store: way, clock, random: () => 0, ...options }) };
  });
  return { nodes, medium, clock };
}
