import { BoundedMap, type Cache, type MissReason } from '@cachewarp/core';

/** Keys remembered at least. */
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
  readonly #reasons = new BoundedMap<MissReason>(CAPACITY);
  readonly #evictedAt = new BoundedMap<number>(CAPACITY);
  readonly #stored = new BoundedMap<StoredBefore>(CAPACITY);
  readonly #stops: readonly (() => void)[];

  constructor(cache: Cache) {
    this.#stops = [
      cache.events.on('miss', ({ key, reason }) => this.#reasons.set(key, reason)),
      cache.events.on('evicted', ({ key }) => this.#evictedAt.set(key, cache.clock.now())),
      cache.events.on('stored', ({ key, tags }) => {
        this.#evictedAt.delete(key);
        this.#stored.set(key, { key, tags, position: cache.history(1)[0]?.seq ?? 0 });
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
