import type { Capacity, Evictable, EvictionPolicy } from './eviction-policy.js';
import { GhostTable } from './ghost-table.js';
import { hashKey } from './hash-key.js';
import { RecordQueue } from './record-queue.js';
import { countUse, queueOf, usesOf } from './slot.js';

const SMALL = 1;
const MAIN = 2;

/** The share of the room in which newcomers have to show that they are wanted. */
const SMALL_SHARE = 0.1;
/** Uses while in the small queue that make a newcomer stay. */
const PROMOTED_FROM = 2;
/** Uses beyond this are not counted: it is also how many rounds an unused record of the main queue survives. */
const MOST_USES = 3;

/**
 * S3-FIFO: three queues, first in, first out. Newcomers enter a small queue of a tenth of the room. At its end, who was used
 * twice goes on to the main queue; who was not leaves, and its key is remembered as a ghost. A ghost that is asked for again
 * enters the main queue at once. At the end of the main queue, who was used goes round again with one use less, and who was
 * not leaves.
 *
 * Most keys are asked for once and never again. They pass through the small queue without driving out anything that is used,
 * and the ghosts mend what the small queue decided too early. A hit only counts up to three: nothing moves.
 *
 * The shares are of the bound that is reached: of the bytes, of the entries, or of both. There are as many ghosts as the main
 * queue has room for records, judged by how many records there are now.
 *
 * J. Yang, Y. Zhang, Z. Qiu, Y. Yue, K. V. Rashmi, "FIFO Queues are All You Need for Cache Eviction", SOSP 2023.
 */
export class S3FifoPolicy<R extends Evictable> implements EvictionPolicy<R> {
  readonly #small = new RecordQueue<R>(SMALL);
  readonly #main = new RecordQueue<R>(MAIN);
  readonly #ghosts = new GhostTable();
  readonly #smallBytes: number;
  readonly #smallEntries: number;

  constructor({ maxBytes, maxEntries }: Capacity) {
    this.#smallBytes = maxBytes * SMALL_SHARE;
    this.#smallEntries = Math.max(1, Math.floor(maxEntries * SMALL_SHARE));
  }

  /** A record's note is the hash of its key. */
  add(record: R): void {
    record.note = hashKey(record.key);
    const isKnown = this.#ghosts.take(record.note, this.#ghostSpan());
    (isKnown ? this.#main : this.#small).enter(record, 0);
  }

  replace(old: R, record: R): void {
    record.note = old.note;
    this.#queueWith(old).replace(old, record);
  }

  touch(record: R): void {
    countUse(record, MOST_USES);
  }

  remove(record: R): void {
    this.#queueWith(record).leave(record);
  }

  evict(now: number): R | undefined {
    for (;;) {
      const isSmall = this.#isSmallFull();
      const queue = isSmall ? this.#small : this.#main;
      const record = queue.oldest();
      if (record === undefined) return undefined;
      const uses = usesOf(record);
      queue.leave(record);
      if (uses < (isSmall ? PROMOTED_FROM : 1) || now >= record.expiresAt) {
        if (isSmall) this.#ghosts.add(record.note, this.#ghostSpan());
        return record;
      }
      this.#main.enter(record, isSmall ? 0 : uses - 1);
    }
  }

  clear(): void {
    this.#small.clear();
    this.#main.clear();
    this.#ghosts.clear();
  }

  #queueWith(record: R): RecordQueue<R> {
    return queueOf(record) === SMALL ? this.#small : this.#main;
  }

  #isSmallFull(): boolean {
    const { count, bytes } = this.#small;
    return this.#main.count === 0 || count >= this.#smallEntries || (count > 0 && bytes >= this.#smallBytes);
  }

  #ghostSpan(): number {
    return Math.ceil((this.#small.count + this.#main.count) * (1 - SMALL_SHARE));
  }
}
