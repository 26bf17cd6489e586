/** Small numbers, first in, first out, in a ring. */
export class NumberQueue {
  readonly #ring: Uint16Array;
  #first = 0;
  #count = 0;

  /** @param most - the most numbers there are at a time */
  constructor(most: number) {
    this.#ring = new Uint16Array(2 ** Math.ceil(Math.log2(most)));
  }

  get count(): number {
    return this.#count;
  }

  /** The number that has been here longest, where there is one. */
  oldest(): number {
    return this.#ring[this.#first]!;
  }

  enter(number: number): void {
    this.#ring[(this.#first + this.#count) & (this.#ring.length - 1)] = number;
    this.#count++;
  }

  /** The oldest leaves. */
  leave(): void {
    this.#first = (this.#first + 1) & (this.#ring.length - 1);
    this.#count--;
  }

  clear(): void {
    this.#first = 0;
    this.#count = 0;
  }
}
