import { assertOneOf } from '../../base/assert.js';
import type { Evictable, EvictionPolicy } from './eviction-policy.js';
import { LruPolicy } from './lru.js';

/**
 * Which entries stay when memory is full.
 * - `lru`: those used last.
 */
export type EvictionPolicyName = 'lru';

const POLICIES: Record<EvictionPolicyName, new <R extends Evictable>() => EvictionPolicy<R>> = { lru: LruPolicy };

/** @throws InvalidOptionError listing the policies there are, when `name` is none of them */
export function makeEvictionPolicy<R extends Evictable>(field: string, name: unknown): EvictionPolicy<R> {
  assertOneOf(field, name, Object.keys(POLICIES) as EvictionPolicyName[]);
  return new POLICIES[name]();
}
