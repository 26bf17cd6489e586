import { growArray } from './grow-array.js';
import { spread } from './hash-key.js';

const FIRST_BLOCKS = 8;
/** 32-bit words of a block: one for each row and half. */
const BLOCK_WORDS = 8;
/** Four counters of half a byte in each row: with two, estimates are worse on traces whose keys number many times those held. */
const WORDS_PER_KEY = 4;
const ROWS = 4;
const MOST = 15;
/** Leaves three bits of each 4-bit counter after a shift to the right. */
const HALF_MASK = 0x77777777;

/**
 * Estimates how often a key was asked for lately, in 16 bytes for each key held: a count-min sketch of four rows with counters
 * of four bits. A key has one counter in each row and counts in all four; the least of them is the estimate, which others that
 * share a counter may only make too high. After a while all counters are halved, so that old requests fade.
 *
 * The four counters of a key lie in one block of 32 bytes, so that counting reads memory in one place.
 *
 * G. Cormode, S. Muthukrishnan, "An Improved Data Stream Summary: The Count-Min Sketch and its Applications", J. Algorithms
 * 55(1), 2005; the halving: see tiny-lfu.ts.
 */
export class FrequencySketch {
  #words = new Uint32Array(FIRST_BLOCKS * BLOCK_WORDS);

  /** Makes room for so many keys. What was counted stays, as an estimate that is rather too high. */
  reserve(keys: number): void {
    while (this.#words.length < keys * WORDS_PER_KEY) {
      const { length } = this.#words;
      const twice = growArray(this.#words, length * 2);
      // The block of a key is now told by one bit more: its counts are to be found whichever way that bit is.
      twice.copyWithin(length, 0, length);
      this.#words = twice;
    }
  }

  /** Counts so many requests for a key; its counters stop at 15. */
  count(hash: number, times: number): void {
    const block = this.#blockOf(hash);
    let bits = spread(hash);
    for (let row = 0; row < ROWS; row++) {
      const word = block + row * 2 + (bits & 1);
      const shift = (bits & 0xe) << 1;
      const left = MOST - ((this.#words[word]! >>> shift) & MOST);
      this.#words[word]! += Math.min(times, left) << shift;
      bits >>>= 8;
    }
  }

  /** The estimate, 0 to 15. */
  estimate(hash: number): number {
    const block = this.#blockOf(hash);
    let bits = spread(hash);
    let least = MOST;
    for (let row = 0; row < ROWS; row++) {
      const counter = (this.#words[block + row * 2 + (bits & 1)]! >>> ((bits & 0xe) << 1)) & MOST;
      if (counter < least) least = counter;
      bits >>>= 8;
    }
    return least;
  }

  /** Halves every counter. */
  halve(): void {
    const words = this.#words;
    for (let index = 0; index < words.length; index++) words[index] = (words[index]! >>> 1) & HALF_MASK;
  }

  clear(): void {
    this.#words = new Uint32Array(FIRST_BLOCKS * BLOCK_WORDS);
  }

  #blockOf(hash: number): number {
    return (hash & (this.#words.length / BLOCK_WORDS - 1)) * BLOCK_WORDS;
  }
}
