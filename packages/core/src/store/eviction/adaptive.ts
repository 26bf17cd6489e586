import type { Capacity, Evictable, EvictionPolicy } from './eviction-policy.js';
import { MiniatureCaches } from './miniature-caches.js';
import { TinyLfuPolicy, WINDOW_SHARE } from './tiny-lfu.js';

/**
 * The shares of the window that are tried: nearly all frequency, as loops and steady popularity want it, to nearly all recency, as
 * bursts want it. With a fifth one between the first two it is no better.
 */
const WINDOW_SHARES = [0.02, WINDOW_SHARE, 0.5, 0.98];
/** The room of each miniature, in keys. Half of it does nearly as well, twice as much no better. */
const MINIATURE_ENTRIES = 512;
/** The share is reviewed after requests to the miniatures for this part of their room, but not after fewer than the least. */
const REVIEWED_AFTER = 1 / 4;
const LEAST_REVIEWED_AFTER = 16;
/** What hits count at the next review: half after 46 of them, which is after 12 requests for each record there is room for. */
const FADING = 0.985;
/** The highest thinning: one key in 2 ** 24, as many as there can be records. */
const MOST_THINNING = 24;

/**
 * `tinylfu` (see tiny-lfu.ts) with a window whose share follows the requests. Most of what sets apart policies that trust in recency
 * from those that trust in frequency is how large the window is: with 2 % of the room it withstands loops and scans, with 98 % it is
 * about LRU.
 *
 * Four miniature caches, one for each share, are shown the requests for a sample of the keys, chosen by their hashes, so small that 512
 * of them fit. At a review, the share of the miniature that hit most is taken, when it leads over that of the share in force by more than
 * chance would have it: by the square root of its hits, about one standard deviation.
 *
 * A hit counts, as with the other policies; for one key in as many as the room is larger than the miniatures, it is also shown to them. In a cache
 * of up to 512 entries, each hit is. They take 45 kB.
 */
export class AdaptivePolicy<R extends Evictable> implements EvictionPolicy<R> {
  readonly #policy: TinyLfuPolicy<R>;
  readonly #miniatures = new MiniatureCaches(WINDOW_SHARES, MINIATURE_ENTRIES);
  /** The number of the share in force. */
  #chosen = WINDOW_SHARES.indexOf(WINDOW_SHARE);
  /** One key in 2 to the power of this is in the sample: those whose hashes begin with so many zeros. */
  #thinning = 0;
  #mask = 0;
  /** Requests for keys of the sample since the last review. */
  #seen = 0;
  #reviewedAt = LEAST_REVIEWED_AFTER;

  constructor(capacity: Capacity) {
    this.#policy = new TinyLfuPolicy(capacity);
    this.#thin(capacity.maxEntries === Infinity ? 0 : capacity.maxEntries);
  }

  add(record: R): void {
    this.#policy.add(record);
    this.#show(record);
  }

  replace(old: R, record: R): void {
    this.#policy.replace(old, record);
  }

  touch(record: R): void {
    this.#policy.touch(record);
    this.#show(record);
  }

  remove(record: R): void {
    this.#policy.remove(record);
  }

  evict(now: number): R | undefined {
    return this.#policy.evict(now);
  }

  clear(): void {
    this.#policy.clear();
    this.#miniatures.clear();
    this.#miniatures.fadeHits(0);
    this.#choose(WINDOW_SHARES.indexOf(WINDOW_SHARE));
    this.#seen = 0;
  }

  /** A record's note is the hash of its key. */
  #show({ note }: R): void {
    if ((note & this.#mask) !== 0) return;
    this.#miniatures.request(note);
    if (++this.#seen >= this.#reviewedAt) this.#review();
  }

  #review(): void {
    this.#seen = 0;
    const best = this.#miniatures.best();
    const hits = this.#miniatures.hitsOf(best);
    if (hits - this.#miniatures.hitsOf(this.#chosen) > Math.sqrt(hits)) this.#choose(best);
    this.#miniatures.fadeHits(FADING);
    this.#thin(this.#policy.fitting);
  }

  #choose(share: number): void {
    this.#chosen = share;
    this.#policy.divide(WINDOW_SHARES[share]!);
  }

  /** Has the sample and the room of the miniatures follow how many records fit. A sample that would still do is kept. */
  #thin(fitting: number): void {
    const before = this.#thinning;
    while (fitting / 2 ** this.#thinning > MINIATURE_ENTRIES && this.#thinning < MOST_THINNING) this.#thinning++;
    while (fitting / 2 ** this.#thinning < MINIATURE_ENTRIES / 4 && this.#thinning > 0) this.#thinning--;
    const entries = Math.min(MINIATURE_ENTRIES, Math.max(1, Math.floor(fitting / 2 ** this.#thinning)));
    this.#miniatures.resize(entries);
    this.#reviewedAt = Math.max(LEAST_REVIEWED_AFTER, entries * REVIEWED_AFTER);
    if (this.#thinning === before) return;
    this.#mask = -(2 ** (32 - this.#thinning)) | 0;
    this.#miniatures.clear();
  }
}
