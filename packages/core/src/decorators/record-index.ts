import type { MemoryRecord, RecordHolder } from '../store/memory-record.js';

/**
 * The records of one method by its raw arguments, where these are none, one or two strings or numbers: a hit then builds no
 * key. (A string and a number are different keys of a Map, and -0 is 0 there as it is in a key.)
 *
 * A record that the store lets go leaves the index at once, so the index never holds more than the store does.
 */
export class RecordIndex {
  #none: MemoryRecord | undefined;
  readonly #one = new Map<unknown, MemoryRecord>();
  readonly #two = new Map<unknown, Map<unknown, MemoryRecord>>();

  /** The live record of a call with these arguments, if it was kept here. */
  get(args: readonly unknown[]): MemoryRecord | undefined {
    switch (args.length) {
      case 1:
        return this.#one.get(args[0]);
      case 0:
        return this.#none;
      case 2:
        return this.#two.get(args[0])?.get(args[1]);
      default:
        return undefined;
    }
  }

  /**
   * Keeps a live record for these arguments. Not for arguments of another kind, nor when the record is kept already, here
   * for other arguments or by another method of the same key family: such calls build their key.
   */
  keep(args: readonly unknown[], record: MemoryRecord): void {
    if (record.holder !== undefined || !record.isLive || args.length > 2 || !args.every(isIndexable)) return;
    this.#put(args, record);
    record.holder = new Place(this, args);
  }

  /** Forgets the record of these arguments. */
  release(args: readonly unknown[]): void {
    const [first, second] = args;
    if (args.length === 0) {
      this.#none = undefined;
    } else if (args.length === 1) {
      this.#one.delete(first);
    } else {
      const seconds = this.#two.get(first);
      if (seconds?.delete(second) === true && seconds.size === 0) this.#two.delete(first);
    }
  }

  /** Entries of all its Maps: what it costs. */
  get size(): number {
    let size = this.#one.size + this.#two.size + (this.#none === undefined ? 0 : 1);
    for (const seconds of this.#two.values()) size += seconds.size;
    return size;
  }

  #put(args: readonly unknown[], record: MemoryRecord): void {
    const [first, second] = args;
    if (args.length === 0) {
      this.#none = record;
    } else if (args.length === 1) {
      this.#one.set(first, record);
    } else {
      let seconds = this.#two.get(first);
      if (seconds === undefined) this.#two.set(first, (seconds = new Map()));
      seconds.set(second, record);
    }
  }
}

/** Where a record is kept, told by the store when it lets the record go. */
class Place implements RecordHolder {
  readonly #index: RecordIndex;
  readonly #args: readonly unknown[];

  constructor(index: RecordIndex, args: readonly unknown[]) {
    this.#index = index;
    this.#args = args;
  }

  release(): void {
    this.#index.release(this.#args);
  }
}

function isIndexable(argument: unknown): boolean {
  return typeof argument === 'string' || typeof argument === 'number';
}
