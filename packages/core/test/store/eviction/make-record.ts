import type { Evictable } from '#src/store/eviction/eviction-policy.js';

/** A record as a policy sees it: by default it takes one byte and never expires. */
export function makeRecord(key: string, { size = 1, expiresAt = Infinity } = {}): Evictable {
  return { key, size, expiresAt, slot: 0, note: 0 };
}
