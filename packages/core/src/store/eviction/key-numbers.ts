/**
 * Gives keys that are told by 32 bits small numbers, from 1, for as long as they are wanted, so that what is known of them can lie in
 * arrays. Room for so many keys is made at once; asking, giving and taking back allocate nothing.
 */
export class KeyNumbers {
  /** The first number of each bucket, 0 where there is none. */
  readonly #heads: Uint16Array;
  /** By number, the next one of its bucket, or the next free one. */
  readonly #next: Uint16Array;
  readonly #hashes: Int32Array;
  #free = 0;
  #unused = 1;

  /** @param most - the most keys there are at a time, up to 65,535 */
  constructor(most: number) {
    this.#heads = new Uint16Array(2 ** Math.ceil(Math.log2(most)));
    this.#next = new Uint16Array(most + 1);
    this.#hashes = new Int32Array(most + 1);
  }

  hashOf(number: number): number {
    return this.#hashes[number]!;
  }

  /** The number of a key, which gets one if it has none. */
  numberOf(hash: number): number {
    const bucket = this.#bucketOf(hash);
    for (let number = this.#heads[bucket]!; number !== 0; number = this.#next[number]!) {
      if (this.#hashes[number] === hash) return number;
    }
    const number = this.#take();
    this.#hashes[number] = hash;
    this.#next[number] = this.#heads[bucket]!;
    this.#heads[bucket] = number;
    return number;
  }

  /** Takes back a number that was given. */
  remove(number: number): void {
    const bucket = this.#bucketOf(this.#hashes[number]!);
    if (this.#heads[bucket] === number) {
      this.#heads[bucket] = this.#next[number]!;
    } else {
      let before = this.#heads[bucket]!;
      while (this.#next[before] !== number) before = this.#next[before]!;
      this.#next[before] = this.#next[number]!;
    }
    this.#next[number] = this.#free;
    this.#free = number;
  }

  clear(): void {
    this.#heads.fill(0);
    this.#free = 0;
    this.#unused = 1;
  }

  #take(): number {
    const free = this.#free;
    if (free === 0) return this.#unused++;
    this.#free = this.#next[free]!;
    return free;
  }

  #bucketOf(hash: number): number {
    return hash & (this.#heads.length - 1);
  }
}
