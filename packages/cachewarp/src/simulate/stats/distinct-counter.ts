/**
 * Counts how many different things there were, in bounded memory: exactly up to a limit, and by HyperLogLog beyond it (Flajolet, Fusy,
 * Gandouet, Meunier, AofA 2007), whose standard error is 1.04 / √registers: 3.3 % with 2^10 of them, 0.8 % with 2^14.
 */
export class DistinctCounter {
  readonly #bits: number;
  readonly #exactLimit: number;
  #exact: Set<number> | undefined = new Set();
  #registers: Uint8Array | undefined;

  /** @param bits - of a hash that choose the register: 4 to 16 */
  constructor(bits: number, exactLimit: number) {
    this.#bits = bits;
    this.#exactLimit = exactLimit;
  }

  /** @param hash - 32 well spread bits of the thing, see `hashText` */
  add(hash: number): void {
    if (this.#exact === undefined) return this.#note(hash);
    this.#exact.add(hash);
    if (this.#exact.size > this.#exactLimit) this.#estimateFromNowOn();
  }

  /** Adds everything that another has seen. Both must have the same number of bits. */
  merge(other: DistinctCounter): void {
    if (other.#exact !== undefined) {
      for (const hash of other.#exact) this.add(hash);
      return;
    }
    if (this.#exact !== undefined) this.#estimateFromNowOn();
    const registers = this.#registers!;
    for (const [index, rank] of other.#registers!.entries()) if (rank > registers[index]!) registers[index] = rank;
  }

  get count(): number {
    return this.#exact?.size ?? Math.round(this.#estimate(this.#registers!));
  }

  #estimateFromNowOn(): void {
    this.#registers = new Uint8Array(1 << this.#bits);
    const seen = this.#exact!;
    this.#exact = undefined;
    for (const hash of seen) this.#note(hash);
  }

  #note(hash: number): void {
    const index = hash >>> (32 - this.#bits);
    // The rank counts zeros in the bits that did not choose the register; a one behind them ends the count.
    const rank = Math.clz32((hash << this.#bits) | (1 << (this.#bits - 1))) + 1;
    if (rank > this.#registers![index]!) this.#registers![index] = rank;
  }

  #estimate(registers: Uint8Array): number {
    const { length } = registers;
    let sum = 0;
    let zeros = 0;
    for (const rank of registers) {
      sum += 2 ** -rank;
      if (rank === 0) zeros++;
    }
    const raw = ((0.7213 / (1 + 1.079 / length)) * length * length) / sum;
    // Few things leave registers untouched, whose number tells more (linear counting).
    if (raw <= 2.5 * length && zeros > 0) return length * Math.log(length / zeros);
    // Beyond a thirtieth of what 32 bits can tell apart, collisions count.
    return raw <= 2 ** 32 / 30 ? raw : -(2 ** 32) * Math.log(1 - raw / 2 ** 32);
  }
}
