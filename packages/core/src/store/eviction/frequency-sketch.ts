import { growArray } from './grow-array.js';
import { spread } from './hash-key.js';

const FIRST_BLOCKS = 8;
const ROWS = 4;
const ROW_WORDS = 2;
const BLOCK_WORDS = ROWS * ROW_WORDS;
/** Four counters of half a byte in each row: with two, estimates are worse on traces whose keys number many times those held. */
const WORDS_PER_KEY = 4;
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
    const bits = spread(hash);
    this.#raise(block, bits, times);
    this.#raise(block + ROW_WORDS, bits >>> 8, times);
    this.#raise(block + 2 * ROW_WORDS, bits >>> 16, times);
    this.#raise(block + 3 * ROW_WORDS, bits >>> 24, times);
  }

  /** The estimate, 0 to 15. */
  estimate(hash: number): number {
    const block = this.#blockOf(hash);
    const bits = spread(hash);
    return Math.min(
      this.#counter(block, bits),
      this.#counter(block + ROW_WORDS, bits >>> 8),
      this.#counter(block + 2 * ROW_WORDS, bits >>> 16),
      this.#counter(block + 3 * ROW_WORDS, bits >>> 24),
    );
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

  #raise(row: number, bits: number, times: number): void {
    const left = MOST - this.#counter(row, bits);
    this.#words[row + (bits & 1)]! += Math.min(times, left) << shiftTo(bits);
  }

  /** Four bits tell the counter in a row: one its word, three its place there. */
  #counter(row: number, bits: number): number {
    return (this.#words[row + (bits & 1)]! >>> shiftTo(bits)) & MOST;
  }
}

function shiftTo(bits: number): number {
  return (bits & 0xe) << 1;
}
