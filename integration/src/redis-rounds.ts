import type { RedisNode } from './redis-node.js';
import { until } from './until.js';

/** How often the battery repeats what may go wrong by chance: `CACHEWARP_REPEAT=200 npm test -- integration --grep Redis`. */
export const ROUNDS = Number(process.env['CACHEWARP_REPEAT'] ?? 20);

/** Resolves when a process has joined Redis: what it sets is there. */
export async function joined(node: RedisNode): Promise<void> {
  await until(async () => {
    const { store } = await node.call('stats');
    return store?.entries !== undefined;
  });
}
