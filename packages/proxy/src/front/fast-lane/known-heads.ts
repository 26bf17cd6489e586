/** Blocks of a generation. Two generations are kept. */
const MAX_BLOCKS = 1024;

/** A longer block is not remembered: clients choose what they send. */
const MAX_LENGTH = 4096;

/** A block that was met once. */
const MET = Symbol('met');

/**
 * What was learnt of blocks of fields, by their bytes. A block is learnt when it comes again: those that never do, because a number or a date
 * in them is new each time, cost no more than a note.
 *
 * Bounded by forgetting the older of two generations; what is in use is carried over.
 */
export class KnownHeads<T extends object> {
  #young = new Map<string, T | typeof MET>();
  #old = new Map<string, T | typeof MET>();

  get(block: string): T | undefined {
    const known = this.#young.get(block) ?? this.#carryOver(block);
    return known === MET ? undefined : known;
  }

  /** Whether the block was met before and may be learnt now. */
  isMetAgain(block: string): boolean {
    if (block.length > MAX_LENGTH) return false;
    if (this.#young.has(block) || this.#old.has(block)) return true;
    this.#note(block, MET);
    return false;
  }

  learn(block: string, known: T): void {
    this.#note(block, known);
  }

  #carryOver(block: string): T | typeof MET | undefined {
    const known = this.#old.get(block);
    if (known !== undefined) this.#note(block, known);
    return known;
  }

  #note(block: string, known: T | typeof MET): void {
    if (this.#young.size >= MAX_BLOCKS) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(block, known);
  }
}
