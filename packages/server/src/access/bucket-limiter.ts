import type { Clock } from '@cachewarp/core';

/** Names remembered; beyond, the one that came first is forgotten. */
const MAX_NAMES = 10_000;

interface Bucket {
  tokens: number;
  at: number;
}

/** Token buckets by name: so many a second in the long run, and a burst of as many as fill in two seconds. Memory is bounded. */
export class BucketLimiter {
  readonly #clock: Clock;
  readonly #perMs: number;
  readonly #capacity: number;
  readonly #buckets = new Map<string, Bucket>();

  /** @param capacity - the burst; at least 1 */
  constructor(clock: Clock, perSecond: number, capacity = 2 * perSecond) {
    this.#clock = clock;
    this.#perMs = perSecond / 1000;
    this.#capacity = Math.max(1, capacity);
  }

  /** Takes one. @returns 0, or how long to wait for the next, in ms */
  take(name: string): number {
    const bucket = this.#filled(name);
    if (bucket.tokens < 1) return (1 - bucket.tokens) / this.#perMs;
    bucket.tokens--;
    return 0;
  }

  /** How long to wait for the next, in ms, taking none. */
  waitMs(name: string): number {
    const bucket = this.#buckets.get(name);
    if (bucket === undefined) return 0;
    const { tokens } = this.#filled(name);
    return tokens < 1 ? (1 - tokens) / this.#perMs : 0;
  }

  #filled(name: string): Bucket {
    const now = this.#clock.coarseNow();
    const bucket = this.#buckets.get(name);
    if (bucket !== undefined) {
      bucket.tokens = Math.min(this.#capacity, bucket.tokens + (now - bucket.at) * this.#perMs);
      bucket.at = now;
      return bucket;
    }
    if (this.#buckets.size >= MAX_NAMES) this.#buckets.delete(this.#buckets.keys().next().value!);
    const fresh = { tokens: this.#capacity, at: now };
    this.#buckets.set(name, fresh);
    return fresh;
  }
}
