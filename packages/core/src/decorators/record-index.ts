import type { MemoryRecord, RecordHolder } from '../store/memory-record.js';
import { sameTokens, tokensOf } from './argument-tokens.js';

/**
 * The records of one method by the primitives in its raw arguments (see {@link tokensOf}), so that a hit builds no key:
 * building, hashing and comparing one costs several times the rest of a hit. Calls with other arguments build their key.
 *
 * Lists of several primitives stand in a tree with a Map for each token, but a list gets only as many Maps as it takes to
 * tell it from its neighbours: mostly one, and the rest is compared.
 *
 * A record that the store lets go leaves the index at once, so the index never holds more records than the store does. What
 * it needs to find the record again is in the record's `place`: nothing, the one token, or the leaf of the tree.
 */
export class RecordIndex implements RecordHolder {
  #none: MemoryRecord | undefined;
  readonly #one = new Map<unknown, MemoryRecord>();
  /** By the number of tokens. */
  readonly #several: (Branch | undefined)[] = [];

  /** The live record of a call with these arguments, if it is kept here. */
  get(args: readonly unknown[]): MemoryRecord | undefined {
    const first = args[0];
    if (args.length === 1 && typeof first !== 'object') return this.#one.get(first);
    return args.length === 0 ? this.#none : this.#find(args);
  }

  /**
   * Keeps a live record for these arguments. Not when the record is kept already, here for other arguments or by another
   * method of the same key family.
   */
  keep(args: readonly unknown[], record: MemoryRecord): void {
    if (record.holder !== undefined || !record.isLive) return;
    const tokens = tokensOf(args);
    if (tokens === undefined) return;
    record.holder = this;
    if (tokens.length === 0) {
      this.#none = record;
    } else if (tokens.length === 1) {
      this.#one.set(tokens[0], record);
      record.place = tokens[0];
    } else {
      // A copy: callbacks are given the list of arguments, and may change it.
      const leaf = new Leaf([...tokens], record);
      (this.#several[tokens.length] ??= new Branch()).insert(leaf, 0);
      record.place = leaf;
    }
  }

  /** Forgets a record. A younger one that has taken its place stays. */
  release(record: MemoryRecord): void {
    const { place } = record;
    if (place instanceof Leaf) this.#several[place.tokens.length]?.remove(place, 0);
    else if (this.#one.get(place) === record) this.#one.delete(place);
    else if (this.#none === record) this.#none = undefined;
  }

  /** Entries of all its Maps: what it costs. */
  get size(): number {
    let size = this.#one.size + (this.#none === undefined ? 0 : 1);
    for (const branch of this.#several) size += branch?.size ?? 0;
    return size;
  }

  #find(args: readonly unknown[]): MemoryRecord | undefined {
    // Arguments that are their own tokens, as most are, are found without a look at their kinds.
    const record = this.#lookUp(args);
    if (record !== undefined) return record;
    const tokens = tokensOf(args);
    return tokens === undefined || tokens === args ? undefined : this.#lookUp(tokens);
  }

  #lookUp(tokens: readonly unknown[]): MemoryRecord | undefined {
    const count = tokens.length;
    if (count === 1) return this.#one.get(tokens[0]);
    let node: Leaf | Branch | undefined = this.#several[count];
    for (let depth = 0; node instanceof Branch; depth++) node = node.next.get(tokens[depth]);
    return node !== undefined && sameTokens(node.tokens, tokens) ? node.record : undefined;
  }
}

/** One record, and the list it is kept for. */
class Leaf {
  readonly tokens: readonly unknown[];
  readonly record: MemoryRecord;

  constructor(tokens: readonly unknown[], record: MemoryRecord) {
    this.tokens = tokens;
    this.record = record;
  }
}

/** Lists that are alike up to some token, told apart by that token. */
class Branch {
  readonly next = new Map<unknown, Leaf | Branch>();

  /** Entries of the Maps from here on. */
  get size(): number {
    let { size } = this.next;
    for (const node of this.next.values()) if (node instanceof Branch) size += node.size;
    return size;
  }

  insert(leaf: Leaf, depth: number): void {
    const token = leaf.tokens[depth];
    const there = this.next.get(token);
    if (there instanceof Branch) {
      there.insert(leaf, depth + 1);
    } else if (there === undefined || sameTokens(there.tokens, leaf.tokens)) {
      this.next.set(token, leaf);
    } else {
      const deeper = new Branch();
      this.next.set(token, deeper);
      deeper.insert(there, depth + 1);
      deeper.insert(leaf, depth + 1);
    }
  }

  remove(leaf: Leaf, depth: number): void {
    const token = leaf.tokens[depth];
    const there = this.next.get(token);
    if (there === leaf) this.next.delete(token);
    if (!(there instanceof Branch)) return;
    there.remove(leaf, depth + 1);
    if (there.next.size === 0) this.next.delete(token);
  }
}
