import { growArray } from './grow-array.js';

const WAYS = 4;
const FIRST_LENGTH = 16 * WAYS;
/** Room for twice as many as are needed: a bucket then seldom fills before its ghosts have grown too old. */
const SLACK = 2;
/** A ghost is one word: 18 bits of the hash, and behind them when it left. */
const STAMP = 2 ** 14 - 1;
/** The longest table in which stamps tell single departures. In one twice as long they tell pairs, and so on. */
const FINEST_LENGTH = 2048;

/**
 * Remembers the last so many keys that left, by the hashes of their names: whether a key is among them, not what it held.
 *
 * Each hash has one bucket of four words, so that looking reads memory in one place; a full bucket loses its oldest. Nothing
 * has to be taken out in order: a ghost is too old when enough others came after it. Departures are told to a thousandth of the
 * span, and a key that never left is taken for one that did once in 65,000 times. 8 to 16 bytes for each that is remembered.
 *
 * After the ghost queue of S3-FIFO (see s3-fifo.ts), section 4.2 of the paper.
 */
export class GhostTable {
  #words = new Int32Array(FIRST_LENGTH);
  #departures = 0;
  /** So many of the lowest bits of the number of departures are not told by stamps. */
  #untoldBits = 0;

  /** A key left. The last `span` departures are to be remembered. */
  add(hash: number, span: number): void {
    while (span * SLACK > this.#words.length) this.#grow();
    this.#departures = (this.#departures + 1) | 0;
    const words = this.#words;
    const now = this.#now();
    const mark = markOf(hash);
    const bucket = this.#bucketOf(hash);
    let chosen = bucket;
    let oldest = -1;
    for (let place = bucket; place < bucket + WAYS; place++) {
      const word = words[place]!;
      if (word === 0 || (word & ~STAMP) === mark) {
        chosen = place;
        break;
      }
      const age = (now - word) & STAMP;
      if (age > oldest) {
        oldest = age;
        chosen = place;
      }
    }
    words[chosen] = mark | now;
  }

  /** Whether a key is among the last `span` departures. It is forgotten then: it has come back. */
  take(hash: number, span: number): boolean {
    const words = this.#words;
    const mark = markOf(hash);
    const bucket = this.#bucketOf(hash);
    for (let place = bucket; place < bucket + WAYS; place++) {
      const word = words[place]!;
      if ((word & ~STAMP) !== mark) continue;
      words[place] = 0;
      return ((this.#now() - word) & STAMP) << this.#untoldBits < span;
    }
    return false;
  }

  clear(): void {
    this.#words = new Int32Array(FIRST_LENGTH);
    this.#departures = 0;
    this.#untoldBits = 0;
  }

  #now(): number {
    return (this.#departures >>> this.#untoldBits) & STAMP;
  }

  #bucketOf(hash: number): number {
    return (hash << 2) & (this.#words.length - WAYS);
  }

  #grow(): void {
    const { length } = this.#words;
    this.#words = growArray(this.#words, 2 * length);
    // The bucket of a key is now told by one bit more: its ghost is to be found whichever way that bit is.
    this.#words.copyWithin(length, 0, length);
    if (length >= FINEST_LENGTH) this.#tellLess();
  }

  /** Stamps tell groups of departures that are twice as large. */
  #tellLess(): void {
    const words = this.#words;
    const before = this.#now();
    this.#untoldBits++;
    const now = this.#now();
    for (let place = 0; place < words.length; place++) {
      const word = words[place]!;
      const age = (before - word) & STAMP;
      if (word !== 0) words[place] = (word & ~STAMP) | ((now - (age >>> 1)) & STAMP);
    }
  }
}

/** The high bits of a hash; never 0, so that no ghost is 0. */
function markOf(hash: number): number {
  return hash & ~STAMP || STAMP + 1;
}
