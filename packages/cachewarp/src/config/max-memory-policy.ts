/** What becomes of memory that is full: our eviction policy, or that new values are refused. */
export interface WhenFull {
  readonly policy: string | undefined;
  readonly refuses: boolean;
}

/**
 * Redis' names for what happens when memory is full, and ours. Every entry of the service has a time to live, so that `volatile-` and
 * `allkeys-` mean the same; what Redis drops at random we drop in the order in which it came, which is as blind to use.
 */
const OURS = {
  'allkeys-lru': 'lru',
  'allkeys-lfu': 'lfu',
  'allkeys-random': 'fifo',
  'volatile-lru': 'lru',
  'volatile-lfu': 'lfu',
  'volatile-random': 'fifo',
  'volatile-ttl': 'ttl',
  noeviction: undefined,
} as const;

export type MaxMemoryPolicy = keyof typeof OURS;

export const MAX_MEMORY_POLICIES = Object.keys(OURS) as [MaxMemoryPolicy, ...MaxMemoryPolicy[]];

/** What Redis' name means for our memory. */
export function whenFull(policy: MaxMemoryPolicy): WhenFull {
  return { policy: OURS[policy], refuses: policy === 'noeviction' };
}
