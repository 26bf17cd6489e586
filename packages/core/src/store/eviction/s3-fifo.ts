import type { Capacity, Evictable, EvictionPolicy } from './eviction-policy.js';
import { GhostTable } from './ghost-table.js';
import { growArray } from './grow-array.js';
import { hashKey } from './hash-key.js';
import { RecordQueues } from './record-queues.js';

const SMALL = 0;
const MAIN = 1;

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
  readonly #queues = new RecordQueues<R>(2);
  readonly #ghosts = new GhostTable();
  readonly #smallBytes: number;
  readonly #smallEntries: number;
  /** Uses by slot, up to the most that count. */
  #uses = new Uint8Array(0);
  /** The hash of the key by slot. */
  #hashes = new Uint32Array(0);

  constructor({ maxBytes, maxEntries }: Capacity) {
    this.#smallBytes = maxBytes * SMALL_SHARE;
    this.#smallEntries = Math.max(1, Math.floor(maxEntries * SMALL_SHARE));
  }

  add(record: R): void {
    const hash = hashKey(record.key);
    const queue = this.#ghosts.take(hash, this.#ghostSpan()) ? MAIN : SMALL;
    const slot = this.#queues.enter(queue, record);
    if (slot >= this.#uses.length) {
      this.#uses = growArray(this.#uses, this.#queues.length);
      this.#hashes = growArray(this.#hashes, this.#queues.length);
    }
    this.#uses[slot] = 0;
    this.#hashes[slot] = hash;
  }

  replace(old: R, record: R): void {
    this.#queues.replace(old, record);
  }

  touch(record: R): void {
    const uses = this.#uses[record.slot]!;
    if (uses < MOST_USES) this.#uses[record.slot] = uses + 1;
  }

  remove(record: R): void {
    this.#queues.leave(record.slot);
  }

  evict(now: number): R | undefined {
    for (;;) {
      const queue = this.#isSmallFull() ? SMALL : MAIN;
      const slot = this.#queues.oldest(queue);
      if (slot === 0) return undefined;
      if (this.#isToLeave(slot, queue, now)) {
        if (queue === SMALL) this.#ghosts.add(this.#hashes[slot]!, this.#ghostSpan());
        return this.#queues.leave(slot);
      }
      this.#keep(slot, queue);
    }
  }

  clear(): void {
    this.#queues.clear();
    this.#ghosts.clear();
  }

  #isSmallFull(): boolean {
    if (this.#queues.count(MAIN) === 0) return true;
    const entries = this.#queues.count(SMALL);
    return entries >= this.#smallEntries || (entries > 0 && this.#queues.bytes(SMALL) >= this.#smallBytes);
  }

  #isToLeave(slot: number, queue: number, now: number): boolean {
    if (this.#uses[slot]! < (queue === SMALL ? PROMOTED_FROM : 1)) return true;
    return now >= this.#queues.record(slot).expiresAt;
  }

  #keep(slot: number, queue: number): void {
    if (queue === SMALL) {
      this.#uses[slot] = 0;
      this.#queues.move(slot, MAIN);
    } else {
      this.#uses[slot]!--;
      this.#queues.renew(slot);
    }
  }

  #ghostSpan(): number {
    return Math.ceil((this.#queues.count(SMALL) + this.#queues.count(MAIN)) * (1 - SMALL_SHARE));
  }
}
