import type { Evictable, EvictionPolicy } from './eviction-policy.js';
import { growArray } from './grow-array.js';
import { RecordLists } from './record-lists.js';
import { countUse, forgetUses, MOST_USES, placeOf, usesOf } from './slot.js';

/** Classes of worth for each doubling. */
const STEPS = 2;
/** The least worth that is told from less: one use for 2 ** 32 bytes. */
const LEAST = -32 * STEPS;
/** The most uses that count. */
const MOST = 63;
const CLASSES = Math.ceil(STEPS * Math.log2(MOST)) - LEAST + 1;

/**
 * Greedy dual size frequency (GDSF): a record ranks by its worth, its uses for each byte it takes, plus the age of the cache; the
 * lowest rank leaves, and the age becomes that rank.
 *
 * Where sizes differ widely, many small records answer more requests than one large record in the same bytes. It is the
 * choice for the most hits under a bound in bytes; for the most bytes answered it is not, as large records are the first to go.
 *
 * Worths are told apart in steps of half a doubling. Within such a class ranks only rise, as the age does, so each class is a list
 * that is in order by itself, and the lowest rank is that of one of the first in their lists. As in lfu.ts, a hit only counts,
 * and a record is ranked anew when it comes to the front.
 *
 * L. Cherkasova, "Improving WWW Proxies Performance with Greedy-Dual-Size-Frequency Caching Policy", HP Laboratories
 * HPL-98-69R1, 1998.
 */
export class GdsfPolicy<R extends Evictable> implements EvictionPolicy<R> {
  readonly #classes = new RecordLists<R>(CLASSES);
  /** Ranks by place. */
  #ranks = new Float64Array(0);
  #age = 0;
  /** The classes in which there may be records. */
  #lowest = CLASSES;
  #highest = -1;

  /** A record's note is its uses as far as they were looked at. */
  add(record: R): void {
    record.note = 1;
    const worth = classOf(record);
    this.#classes.enter(worth, record);
    if (this.#ranks.length < this.#classes.length) this.#ranks = growArray(this.#ranks, this.#classes.length);
    this.#rank(record, worth);
  }

  /** A value of another size is worth more or less, from now on. */
  replace(old: R, record: R): void {
    record.note = old.note;
    const before = classOf(old);
    this.#classes.replace(old, record);
    const worth = classOf(record);
    if (worth === before) return;
    this.#classes.move(worth, record);
    this.#rank(record, worth);
  }

  touch(record: R): void {
    countUse(record, MOST_USES);
  }

  remove(record: R): void {
    this.#classes.leave(record);
  }

  evict(now: number): R | undefined {
    for (;;) {
      const record = this.#first();
      if (record === undefined) return undefined;
      this.#age = this.#ranks[placeOf(record)]!;
      const uses = usesOf(record);
      if (uses === 0 || now >= record.expiresAt) {
        this.#classes.leave(record);
        return record;
      }
      forgetUses(record);
      record.note = Math.min(record.note + uses, MOST);
      const worth = classOf(record);
      this.#classes.move(worth, record);
      this.#rank(record, worth);
    }
  }

  clear(): void {
    this.#classes.clear();
    this.#age = 0;
    this.#lowest = CLASSES;
    this.#highest = -1;
  }

  /** The record of the lowest rank; of equal ranks, the one that is worth least. */
  #first(): R | undefined {
    let first: R | undefined;
    let least = Infinity;
    for (let worth = this.#lowest; worth <= this.#highest; worth++) {
      const record = this.#classes.oldest(worth);
      if (record === undefined) continue;
      const rank = this.#ranks[placeOf(record)]!;
      if (rank >= least) continue;
      first = record;
      least = rank;
    }
    return first;
  }

  #rank(record: R, worth: number): void {
    this.#ranks[placeOf(record)] = this.#age + WORTHS[worth]!;
    if (worth < this.#lowest) this.#lowest = worth;
    if (worth > this.#highest) this.#highest = worth;
  }
}

const WORTHS = Float64Array.from({ length: CLASSES }, (_, worth) => 2 ** ((worth + LEAST) / STEPS));

function classOf(record: Evictable): number {
  return Math.max(0, Math.round(STEPS * Math.log2(record.note / Math.max(1, record.size))) - LEAST);
}
