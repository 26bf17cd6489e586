import type { Evictable, EvictionPolicy } from './eviction-policy.js';
import { RecordHeap } from './record-heap.js';
import { RecordQueue } from './record-queue.js';
import { queueOf } from './slot.js';

const IN_ORDER = 1;

/**
 * Earliest expiry first: who has the least time left leaves; of equals, who came first. A hit costs nothing.
 *
 * It is the choice where the time to live says how much an entry is worth, and no guess at what will be asked for: with equal
 * times to live it is FIFO.
 *
 * Who expires no earlier than the last one in the queue goes behind it: with equal times to live that is everybody, and nothing
 * is ever sorted. Only the others go to a heap.
 */
export class TtlPolicy<R extends Evictable> implements EvictionPolicy<R> {
  readonly #queue = new RecordQueue<R>(IN_ORDER);
  readonly #heap = new RecordHeap<R>(cameBefore);
  /** When the last one in the queue expires. */
  #lastExpiry = -Infinity;
  #arrivals = 0;

  /** A record's note is the number of its arrival. */
  add(record: R): void {
    const { expiresAt } = record;
    this.#arrivals = (this.#arrivals + 1) | 0;
    record.note = this.#arrivals;
    if (expiresAt >= this.#lastExpiry || this.#queue.count === 0) {
      this.#lastExpiry = expiresAt;
      this.#queue.enter(record, 0);
    } else {
      this.#heap.enter(record);
    }
  }

  replace(old: R, record: R): void {
    if (record.expiresAt !== old.expiresAt) {
      this.remove(old);
      this.add(record);
      return;
    }
    record.note = old.note;
    if (isInQueue(old)) this.#queue.replace(old, record);
    else this.#heap.replace(old, record);
  }

  touch(_record: R): void {
    // Use does not count.
  }

  remove(record: R): void {
    if (isInQueue(record)) this.#queue.leave(record);
    else this.#heap.leave(record);
  }

  evict(): R | undefined {
    const inOrder = this.#queue.oldest();
    const other = this.#heap.first();
    const victim = inOrder !== undefined && (other === undefined || isBefore(inOrder, other)) ? inOrder : other;
    if (victim !== undefined) this.remove(victim);
    return victim;
  }

  clear(): void {
    this.#queue.clear();
    this.#heap.clear();
  }
}

function isInQueue(record: Evictable): boolean {
  return queueOf(record) === IN_ORDER;
}

function isBefore(record: Evictable, other: Evictable): boolean {
  if (record.expiresAt === other.expiresAt) return cameBefore(record, other);
  return record.expiresAt < other.expiresAt;
}

/** Arrivals are counted round 32 bits. */
function cameBefore(record: Evictable, other: Evictable): boolean {
  return ((record.note - other.note) | 0) < 0;
}
