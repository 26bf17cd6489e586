import { assertOneOf } from '../../base/assert.js';
import { AdaptivePolicy } from './adaptive.js';
import type { Capacity, Evictable, EvictionPolicy } from './eviction-policy.js';
import { FifoPolicy } from './fifo.js';
import { GdsfPolicy } from './gdsf.js';
import { LfuPolicy } from './lfu.js';
import { LruPolicy } from './lru.js';
import { S3FifoPolicy } from './s3-fifo.js';
import { TinyLfuPolicy } from './tiny-lfu.js';
import { TtlPolicy } from './ttl.js';

/**
 * Which entries stay when memory is full.
 * - `s3fifo`: those asked for again soon after they came, or again after they left. The best all-rounder.
 * - `tinylfu`: those asked for most often lately, beside a window of the newest. Stands loops and scans best.
 * - `adaptive`: as `tinylfu`, with a window as large as suits the requests. Nearest to the optimum on every kind of them.
 * - `lru`: those used last.
 * - `lfu`: those used most, where old use fades.
 * - `fifo`: those that came last.
 * - `ttl`: those that expire last.
 * - `gdsf`: those used most for the bytes they take. Most hits where sizes differ widely, but large entries go first.
 */
export type EvictionPolicyName = 's3fifo' | 'tinylfu' | 'adaptive' | 'lru' | 'lfu' | 'fifo' | 'ttl' | 'gdsf';

const POLICIES: Record<EvictionPolicyName, new <R extends Evictable>(capacity: Capacity) => EvictionPolicy<R>> = {
  s3fifo: S3FifoPolicy,
  tinylfu: TinyLfuPolicy,
  adaptive: AdaptivePolicy,
  lru: LruPolicy,
  lfu: LfuPolicy,
  fifo: FifoPolicy,
  ttl: TtlPolicy,
  gdsf: GdsfPolicy,
};

/** The names of the policies there are. */
export const EVICTION_POLICIES = Object.keys(POLICIES) as readonly EvictionPolicyName[];

/** @throws InvalidOptionError listing the policies there are, when `name` is none of them */
export function makeEvictionPolicy<R extends Evictable>(
  field: string,
  name: unknown,
  capacity: Capacity,
): EvictionPolicy<R> {
  assertOneOf(field, name, EVICTION_POLICIES);
  return new POLICIES[name](capacity);
}
