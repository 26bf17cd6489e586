import type { Evictable, EvictionPolicy } from './eviction-policy.js';
import { RecordLists } from './record-lists.js';
import { countUse, forgetUses, MOST_USES, usesOf } from './slot.js';

/** Ranks that are told apart, from the age on; one less is the most uses that count. */
const RANKS = 64;

/**
 * Least frequently used with dynamic ageing (LFU-DA): a record ranks by its uses plus the age of the cache; the lowest rank
 * leaves, and the age becomes that rank. Of equal ranks, who got it first leaves.
 *
 * Without the ageing, what was popular once never leaves, and newcomers drive out each other. The age lifts whoever is used
 * now to the level of old fame, so that fame without use is overtaken.
 *
 * A hit only counts. When a record comes to the front, the uses since it was ranked are added to those before, and it is ranked
 * anew as if it had been used right then; on recorded requests that is nearer to the optimum than ranking it at each use. Up to
 * 63 uses count: more do not improve it. There is a list for each rank from the age on, so that nothing is ever sorted.
 *
 * M. Arlitt, L. Cherkasova, J. Dilley, R. Friedrich, T. Jin, "Evaluating Content Management Techniques for Web Proxy Caches",
 * ACM SIGMETRICS Performance Evaluation Review 27(4), 2000.
 */
export class LfuPolicy<R extends Evictable> implements EvictionPolicy<R> {
  /** Records by rank, each rank in the list of its number modulo their count. */
  readonly #ranks = new RecordLists<R>(RANKS);
  #age = 0;
  #count = 0;

  /** A record's note is its uses as far as they were looked at. */
  add(record: R): void {
    record.note = 1;
    this.#ranks.enter(this.#rankOf(1), record);
    this.#count++;
  }

  replace(old: R, record: R): void {
    record.note = old.note;
    this.#ranks.replace(old, record);
  }

  touch(record: R): void {
    countUse(record, MOST_USES);
  }

  remove(record: R): void {
    this.#ranks.leave(record);
    this.#count--;
  }

  evict(now: number): R | undefined {
    if (this.#count === 0) return undefined;
    for (;;) {
      const record = this.#ranks.oldest(this.#rankOf(0));
      if (record === undefined) {
        this.#age++;
        continue;
      }
      const uses = usesOf(record);
      if (uses === 0 || now >= record.expiresAt) {
        this.remove(record);
        return record;
      }
      forgetUses(record);
      record.note = Math.min(record.note + uses, RANKS - 1);
      this.#ranks.move(this.#rankOf(record.note), record);
    }
  }

  clear(): void {
    this.#ranks.clear();
    this.#age = 0;
    this.#count = 0;
  }

  /** The list of a rank that is so much above the age. */
  #rankOf(uses: number): number {
    return (this.#age + uses) % RANKS;
  }
}
