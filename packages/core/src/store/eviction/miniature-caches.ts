import { FrequencySketch } from './frequency-sketch.js';
import { KeyNumbers } from './key-numbers.js';
import { MiniatureCache } from './miniature-cache.js';

/** As in tiny-lfu.ts. */
const HALVED_AFTER = 20;

/**
 * Small caches that differ in the share of their window, all shown the same requests: which one hits most tells which share suits those
 * requests. Shown one key in so many, with as much less room, a small cache hits about as often as a large one shown all.
 *
 * C. Waldspurger, T. Saemundsson, I. Ahmad, N. Park, "Cache Modeling and Optimization using Miniature Simulations", USENIX ATC 2017.
 */
export class MiniatureCaches {
  readonly #caches: readonly MiniatureCache[];
  readonly #numbers: KeyNumbers;
  readonly #sketch = new FrequencySketch();
  #capacity = 1;
  /** Requests since the last halving, and half of those before it. */
  #counted = 0;

  /** @param most - the largest capacity */
  constructor(windowShares: readonly number[], most: number) {
    const keys = windowShares.length * most;
    this.#numbers = new KeyNumbers(keys + 1);
    this.#sketch.reserve(most);
    const estimateOf = (number: number): number => this.#sketch.estimate(this.#numbers.hashOf(number));
    this.#caches = windowShares.map((share) => new MiniatureCache(share, most, keys + 2, estimateOf));
  }

  /** Gives each of them room for so many keys, from 1. */
  resize(capacity: number): void {
    this.#capacity = capacity;
    for (const cache of this.#caches) cache.resize(capacity);
  }

  /** Hits of the cache with that number, in the order of the shares. */
  hitsOf(cache: number): number {
    return this.#caches[cache]!.hits;
  }

  /** The number of the cache that hit most. */
  best(): number {
    let best = 0;
    for (let cache = 1; cache < this.#caches.length; cache++) if (this.hitsOf(cache) > this.hitsOf(best)) best = cache;
    return best;
  }

  /** Multiplies all hits so far, so that they count less than those to come. */
  fadeHits(factor: number): void {
    for (const cache of this.#caches) cache.hits *= factor;
  }

  /** A request for the key with that hash. */
  request(hash: number): void {
    this.#count(hash);
    const number = this.#numbers.numberOf(hash);
    for (const cache of this.#caches) {
      if (cache.use(number)) continue;
      while (cache.isFull) this.#forget(cache.evict());
      cache.add(number);
    }
  }

  /** Forgets keys, not hits. */
  clear(): void {
    for (const cache of this.#caches) cache.clear();
    this.#numbers.clear();
    this.#sketch.clear();
    this.#sketch.reserve(this.#capacity);
    this.#counted = 0;
  }

  #count(hash: number): void {
    this.#sketch.count(hash, 1);
    if (++this.#counted < this.#capacity * HALVED_AFTER) return;
    this.#sketch.halve();
    this.#counted >>>= 1;
  }

  #forget(number: number): void {
    for (const cache of this.#caches) if (cache.holds(number)) return;
    this.#numbers.remove(number);
  }
}
