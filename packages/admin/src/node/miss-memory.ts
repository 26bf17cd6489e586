import type { Cache, MissReason } from '@cachewarp/core';

/** Keys remembered; beyond, the oldest is forgotten. */
const CAPACITY = 4_096;

/** An entry that was there once. */
export interface StoredBefore {
  readonly key: string;
  readonly tags: readonly string[];
  /** Place in the invalidation log when it was stored. */
  readonly position: number;
}

/** Why keys were missed and which were evicted, as far back as a bounded memory goes. Costs nothing on a hit. */
export class MissMemory {
  readonly #reasons = new Map<string, MissReason>();
  readonly #evictedAt = new Map<string, number>();
  readonly #stored = new Map<string, StoredBefore>();
  readonly #stops: readonly (() => void)[];

  constructor(cache: Cache) {
    this.#stops = [
      cache.events.on('miss', ({ key, reason }) => remember(this.#reasons, key, reason)),
      cache.events.on('evicted', ({ key }) => remember(this.#evictedAt, key, cache.clock.now())),
      cache.events.on('stored', ({ key, tags }) => {
        this.#evictedAt.delete(key);
        remember(this.#stored, key, { key, tags, position: cache.history(1)[0]?.seq ?? 0 });
      }),
    ];
  }

  /** Why the last request for the key was no hit; undefined when that is not known. */
  reasonOf(key: string): MissReason | undefined {
    return this.#reasons.get(key);
  }

  /** When the key was last evicted, in ms; undefined when it was stored since, or that is not known. */
  evictedAt(key: string): number | undefined {
    return this.#evictedAt.get(key);
  }

  /** What was last stored under the key, whether it is still there or not. */
  storedBefore(key: string): StoredBefore | undefined {
    return this.#stored.get(key);
  }

  close(): void {
    for (const stop of this.#stops) stop();
  }
}

function remember<T>(map: Map<string, T>, key: string, value: T): void {
  map.delete(key);
  map.set(key, value);
  if (map.size <= CAPACITY) return;
  const [oldest] = map.keys();
  if (oldest !== undefined) map.delete(oldest);
}
