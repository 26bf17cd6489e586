import type { Capacity, Evictable, EvictionPolicy } from './eviction-policy.js';
import { FrequencySketch } from './frequency-sketch.js';
import { growArray } from './grow-array.js';
import { hashKey } from './hash-key.js';
import { RecordQueues } from './record-queues.js';

const WINDOW = 0;
const PROBATION = 1;
const PROTECTED = 2;

/** The share of the room in which newcomers live by recency alone. */
const WINDOW_SHARE = 0.2;
/** The share of the rest for records that were used there. */
const PROTECTED_SHARE = 0.8;
/** The counts are halved after so many requests for each record there is room for. */
const HALVED_AFTER = 20;
/** As many as a counter of the sketch takes: no more need be told. */
const MOST_UNTOLD = 15;
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
 * did better on traces of web applications than a window that adapts.
 *
 * The shares are of the bound that is reached: of the bytes, of the entries, or of both.
 *
 * G. Einziger, R. Friedman, B. Manes, "TinyLFU: A Highly Efficient Cache Admission Policy", ACM Transactions on Storage 13(4),
 * 2017.
 */
export class TinyLfuPolicy<R extends Evictable> implements EvictionPolicy<R> {
  readonly #queues = new RecordQueues<R>(3);
  readonly #sketch = new FrequencySketch();
  readonly #whole: Capacity;
  readonly #window: Capacity;
  readonly #main: Capacity;
  readonly #protected: Capacity;
  /** The hash of the key by slot. */
  #hashes = new Uint32Array(0);
  /**
   * Requests by slot that the sketch has not been told of: it is told when the record is compared or leaves, so that a hit
   * writes to one place.
   */
  #untold = new Uint8Array(0);
  /** Requests since the last halving, and half of those before it. */
  #counted = 0;
  /** So many requests halve the counts. A newcomer's business to know: it changes with what is held. */
  #halvedAt = 0;

  constructor(capacity: Capacity) {
    const { maxBytes, maxEntries } = capacity;
    const windowEntries = Math.max(1, Math.round(maxEntries * WINDOW_SHARE));
    const mainEntries = maxEntries === Infinity ? Infinity : maxEntries - windowEntries;
    const mainBytes = maxBytes * (1 - WINDOW_SHARE);
    this.#whole = capacity;
    this.#window = { maxBytes: maxBytes * WINDOW_SHARE, maxEntries: windowEntries };
    this.#main = { maxBytes: mainBytes, maxEntries: mainEntries };
    this.#protected = { maxBytes: mainBytes * PROTECTED_SHARE, maxEntries: Math.floor(mainEntries * PROTECTED_SHARE) };
    this.#reserveSketch();
  }

  add(record: R): void {
    const hash = hashKey(record.key);
    const slot = this.#queues.enter(WINDOW, record);
    if (slot >= this.#hashes.length) {
      this.#hashes = growArray(this.#hashes, this.#queues.length);
      this.#untold = growArray(this.#untold, this.#queues.length);
      this.#sketch.reserve(this.#queues.length);
    }
    this.#hashes[slot] = hash;
    this.#halvedAt = this.#fitting() * HALVED_AFTER;
    this.#count(slot);
    this.#shrinkWindow();
  }

  replace(old: R, record: R): void {
    this.#queues.replace(old, record);
  }

  touch(record: R): void {
    const { slot } = record;
    this.#count(slot);
    if (this.#queues.queueOf(slot) !== PROBATION) {
      this.#queues.renew(slot);
      return;
    }
    this.#queues.move(slot, PROTECTED);
    this.#shrinkProtected();
  }

  remove(record: R): void {
    this.#leave(record.slot);
  }

  evict(now: number): R | undefined {
    const victim = this.#queues.oldest(PROBATION) || this.#queues.oldest(PROTECTED);
    const candidate = this.#queues.oldest(WINDOW);
    if (victim === 0) return candidate === 0 ? undefined : this.#leave(candidate);
    if (candidate === 0 || !this.#reaches(WINDOW, this.#window)) return this.#leave(victim);
    if (!this.#isWorthMore(candidate, victim, now)) return this.#leave(candidate);
    const left = this.#leave(victim);
    this.#shrinkWindow();
    return left;
  }

  clear(): void {
    this.#queues.clear();
    this.#untold.fill(0);
    this.#counted = 0;
    this.#sketch.clear();
    this.#reserveSketch();
  }

  #isWorthMore(candidate: number, victim: number, now: number): boolean {
    if (now >= this.#queues.record(victim).expiresAt) return true;
    if (now >= this.#queues.record(candidate).expiresAt) return false;
    return this.#estimate(candidate) > this.#estimate(victim);
  }

  #estimate(slot: number): number {
    this.#tell(slot);
    return this.#sketch.estimate(this.#hashes[slot]!);
  }

  #tell(slot: number): void {
    const times = this.#untold[slot]!;
    if (times === 0) return;
    this.#sketch.count(this.#hashes[slot]!, times);
    this.#untold[slot] = 0;
  }

  #leave(slot: number): R {
    this.#tell(slot);
    return this.#queues.leave(slot);
  }

  /** What the window has too much goes on to the rest while there is room: nobody has to leave for it. */
  #shrinkWindow(): void {
    while (this.#exceeds(WINDOW, this.#window)) {
      const slot = this.#queues.oldest(WINDOW);
      if (!this.#hasRoomInMain(this.#queues.record(slot).size)) return;
      this.#queues.move(slot, PROBATION);
    }
  }

  #shrinkProtected(): void {
    while (this.#exceeds(PROTECTED, this.#protected)) this.#queues.move(this.#queues.oldest(PROTECTED), PROBATION);
  }

  #hasRoomInMain(size: number): boolean {
    const entries = this.#queues.count(PROBATION) + this.#queues.count(PROTECTED);
    const bytes = this.#queues.bytes(PROBATION) + this.#queues.bytes(PROTECTED);
    return entries < this.#main.maxEntries && bytes + size <= this.#main.maxBytes;
  }

  #exceeds(queue: number, share: Capacity): boolean {
    return this.#queues.count(queue) > share.maxEntries || this.#queues.bytes(queue) > share.maxBytes;
  }

  #reaches(queue: number, share: Capacity): boolean {
    return this.#queues.count(queue) >= share.maxEntries || this.#queues.bytes(queue) >= share.maxBytes;
  }

  #reserveSketch(): void {
    if (this.#whole.maxEntries <= RESERVED_AT_ONCE) this.#sketch.reserve(this.#whole.maxEntries);
  }

  #count(slot: number): void {
    if (this.#untold[slot]! < MOST_UNTOLD) this.#untold[slot]!++;
    if (++this.#counted >= this.#halvedAt) this.#halve();
  }

  #halve(): void {
    for (let slot = 0; slot < this.#untold.length; slot++) this.#untold[slot]! >>>= 1;
    this.#sketch.halve();
    this.#counted >>>= 1;
  }

  /** How many records there is room for, if they are like those that are here. */
  #fitting(): number {
    const held = this.#queues.count(WINDOW) + this.#queues.count(PROBATION) + this.#queues.count(PROTECTED);
    const bytes = this.#queues.bytes(WINDOW) + this.#queues.bytes(PROBATION) + this.#queues.bytes(PROTECTED);
    const { maxBytes, maxEntries } = this.#whole;
    return Math.max(held, Math.min(maxEntries, (held * maxBytes) / Math.max(1, bytes)));
  }
}
