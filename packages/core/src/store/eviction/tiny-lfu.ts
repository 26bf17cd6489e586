import type { Capacity, Evictable, EvictionPolicy } from './eviction-policy.js';
import { FrequencySketch } from './frequency-sketch.js';
import { hashKey } from './hash-key.js';
import { RecordQueue } from './record-queue.js';
import { countUse, MOST_USES, queueOf, usesOf } from './slot.js';

const WINDOW = 1;
const PROBATION = 2;
const PROTECTED = 3;

/** The share of the room in which newcomers live by recency alone, where nobody sets another. */
export const WINDOW_SHARE = 0.2;
/** The share of the rest for records that were used there. */
const PROTECTED_SHARE = 0.8;
/** The counts are halved after so many requests for each record there is room for. */
const HALVED_AFTER = 20;
/** So many records at most are moved on at a time: after a new share of the window there may be many, and nobody is to wait for all. */
const MOST_MOVED = 64;
/** For up to so many records, room for their counts is made at once: counts taken while it grows are less exact. */
const RESERVED_AT_ONCE = 2 ** 16;

/**
 * W-TinyLFU: newcomers enter a window, a fifth of the room, ordered by last use. Who falls out of the window has to be worth
 * more than who would have to leave for it: a sketch estimates how often each of the two keys was asked for lately, kept or
 * not, and the one asked for less leaves. The rest of the room is a segmented queue: on probation until the first use,
 * protected after it, up to four fifths; the one on probation used longest ago is who would have to leave.
 *
 * The sketch remembers many times more keys than fit, so loops and scans do not drive out what is used; the window serves
 * bursts. A larger window than the usual hundredth and counts that last longer (halved after 20 requests for each record)
 * did better on traces of web applications than a window that climbs by the hit ratio; see adaptive.ts for one that does better.
 *
 * The shares are of the bound that is reached: of the bytes, of the entries, or of both.
 *
 * G. Einziger, R. Friedman, B. Manes, "TinyLFU: A Highly Efficient Cache Admission Policy", ACM Transactions on Storage 13(4),
 * 2017.
 */
export class TinyLfuPolicy<R extends Evictable> implements EvictionPolicy<R> {
  readonly #window = new RecordQueue<R>(WINDOW);
  readonly #probation = new RecordQueue<R>(PROBATION);
  readonly #protected = new RecordQueue<R>(PROTECTED);
  readonly #sketch = new FrequencySketch();
  readonly #whole: Capacity;
  #windowShare!: Capacity;
  #mainShare!: Capacity;
  #protectedShare!: Capacity;
  /** Requests that the sketch was told of since the last halving, and half of those before it. */
  #told = 0;
  /** With so many, it is time to see whether the counts are to be halved. */
  #halvedAt = 0;

  constructor(capacity: Capacity) {
    this.#whole = capacity;
    this.divide(WINDOW_SHARE);
    this.#reserveSketch();
  }

  /** How many records there is room for, if they are like those that are here; 0 while there is none. */
  get fitting(): number {
    const held = this.#held();
    const bytes = this.#window.bytes + this.#probation.bytes + this.#protected.bytes;
    const { maxBytes, maxEntries } = this.#whole;
    return Math.max(held, Math.min(maxEntries, (held * maxBytes) / Math.max(1, bytes)));
  }

  /** Gives the window another share of the room, 0 to 1. The records move over bit by bit, as others come and leave. */
  divide(windowShare: number): void {
    const { maxBytes, maxEntries } = this.#whole;
    const windowEntries = Math.max(1, Math.round(maxEntries * windowShare));
    const mainEntries = maxEntries === Infinity ? Infinity : maxEntries - windowEntries;
    const mainBytes = maxBytes * (1 - windowShare);
    this.#windowShare = { maxBytes: maxBytes * windowShare, maxEntries: windowEntries };
    this.#mainShare = { maxBytes: mainBytes, maxEntries: mainEntries };
    this.#protectedShare = {
      maxBytes: mainBytes * PROTECTED_SHARE,
      maxEntries: Math.floor(mainEntries * PROTECTED_SHARE),
    };
  }

  /** A record's note is the hash of its key. */
  add(record: R): void {
    record.note = hashKey(record.key);
    this.#window.enter(record, 0);
    this.#sketch.reserve(this.#held());
    this.#shrinkWindow();
  }

  replace(old: R, record: R): void {
    record.note = old.note;
    this.#queueWith(old).replace(old, record);
  }

  touch(record: R): void {
    countUse(record, MOST_USES);
  }

  remove(record: R): void {
    this.#leave(this.#queueWith(record), record);
  }

  evict(now: number): R | undefined {
    const candidate = this.#candidate(now);
    const victim = this.#victim(now) ?? candidate ?? this.#window.oldest();
    if (victim === undefined) return undefined;
    const loser = candidate === undefined || this.#isWorthMore(candidate, victim, now) ? victim : candidate;
    return this.#leave(this.#queueWith(loser), loser);
  }

  clear(): void {
    this.#window.clear();
    this.#probation.clear();
    this.#protected.clear();
    this.#told = 0;
    this.#halvedAt = 0;
    this.#sketch.clear();
    this.#reserveSketch();
  }

  /** Who falls out of the window when it is full. Who was used since it was looked at last stays. */
  #candidate(now: number): R | undefined {
    while (reaches(this.#window, this.#windowShare)) {
      const record = this.#window.oldest();
      if (record === undefined || usesOf(record) === 0 || now >= record.expiresAt) return record;
      this.#renew(this.#window, record);
    }
    return undefined;
  }

  /** Who would have to leave for it. Who was used since it was looked at last is protected instead. */
  #victim(now: number): R | undefined {
    for (;;) {
      const queue = this.#probation.count > 0 ? this.#probation : this.#protected;
      const record = queue.oldest();
      if (record === undefined || usesOf(record) === 0 || now >= record.expiresAt) return record;
      if (queue === this.#protected) {
        this.#renew(queue, record);
      } else {
        this.#leave(queue, record);
        this.#protected.enter(record, 0);
        this.#shrinkProtected();
      }
    }
  }

  #isWorthMore(candidate: R, victim: R, now: number): boolean {
    if (now >= victim.expiresAt) return true;
    if (now >= candidate.expiresAt) return false;
    // The request that brought the candidate is not told before it leaves the window.
    return this.#sketch.estimate(candidate.note) + 1 > this.#sketch.estimate(victim.note);
  }

  /** What the window has too much goes on to the rest while there is room: nobody has to leave for it. */
  #shrinkWindow(): void {
    for (let moved = 0; moved < MOST_MOVED && exceeds(this.#window, this.#windowShare); moved++) {
      const record = this.#window.oldest()!;
      if (!this.#hasRoomInMain(record.size)) return;
      if (usesOf(record) > 0) {
        this.#renew(this.#window, record);
      } else {
        this.#leave(this.#window, record);
        this.#probation.enter(record, 0);
      }
    }
  }

  #shrinkProtected(): void {
    for (let moved = 0; moved < MOST_MOVED && exceeds(this.#protected, this.#protectedShare); moved++) {
      const record = this.#protected.oldest()!;
      if (usesOf(record) > 0) {
        this.#renew(this.#protected, record);
      } else {
        this.#leave(this.#protected, record);
        this.#probation.enter(record, 0);
      }
    }
  }

  #hasRoomInMain(size: number): boolean {
    const entries = this.#probation.count + this.#protected.count;
    const bytes = this.#probation.bytes + this.#protected.bytes;
    return entries < this.#mainShare.maxEntries && bytes + size <= this.#mainShare.maxBytes;
  }

  #queueWith(record: R): RecordQueue<R> {
    const number = queueOf(record);
    if (number === WINDOW) return this.#window;
    return number === PROBATION ? this.#probation : this.#protected;
  }

  #held(): number {
    return this.#window.count + this.#probation.count + this.#protected.count;
  }

  #renew(queue: RecordQueue<R>, record: R): void {
    this.#tell(record, usesOf(record));
    queue.leave(record);
    queue.enter(record, 0);
  }

  #leave(queue: RecordQueue<R>, record: R): R {
    this.#tell(record, queue === this.#window ? usesOf(record) + 1 : usesOf(record));
    queue.leave(record);
    return record;
  }

  /** Tells the sketch of so many requests for a record. */
  #tell(record: R, times: number): void {
    if (times === 0) return;
    this.#sketch.count(record.note, times);
    this.#told += times;
    if (this.#told >= this.#halvedAt) this.#halve();
  }

  #halve(): void {
    this.#halvedAt = this.fitting * HALVED_AFTER;
    if (this.#told < this.#halvedAt) return;
    this.#sketch.halve();
    this.#told >>>= 1;
  }

  #reserveSketch(): void {
    if (this.#whole.maxEntries <= RESERVED_AT_ONCE) this.#sketch.reserve(this.#whole.maxEntries);
  }
}

function exceeds(queue: RecordQueue<Evictable>, share: Capacity): boolean {
  return queue.count > share.maxEntries || queue.bytes > share.maxBytes;
}

function reaches(queue: RecordQueue<Evictable>, share: Capacity): boolean {
  return queue.count >= share.maxEntries || queue.bytes >= share.maxBytes;
}
