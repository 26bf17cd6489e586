import type { StoreStats } from '@cachewarp/core';
import { Cluster } from 'ioredis';
import type { Redis } from 'ioredis';
import type { Client } from '../connection/connections.js';
import type { KeySpace } from '../connection/key-space.js';
import { HEADER_PEEK, isOfGeneration } from './stored-value.js';

/** Keys of the database that one step looks at. */
const STEP = 500;

/** Steps that one question takes at most: beyond it the answer is that it is not known. */
const MAX_STEPS = 200;

/** A count is good for this long, in ms: nobody may keep Redis counting. */
const GOOD_FOR_MS = 10_000;

/** Looks through what is stored, for inspection: SCAN in bounded steps, never on the way of a request. */
export class Inventory {
  readonly #client: Client;
  readonly #keys: KeySpace;
  #counted: { readonly at: number; readonly generation: string; readonly stats: Promise<StoreStats> } | undefined;

  constructor(client: Client, keys: KeySpace) {
    this.#client = client;
    this.#keys = keys;
  }

  async list(prefix: string, limit: number, generation: string): Promise<string[]> {
    const found = new Set<string>();
    if (limit <= 0) return [];
    await this.#visit(prefix, generation, (key) => {
      found.add(key);
      return found.size < limit;
    });
    return [...found];
  }

  /** What is stored, without what Redis needs beside it; unknown where the database is too large to be looked through. */
  count(generation: string, now: number, writes: number): Promise<StoreStats> {
    const known = this.#counted;
    const name = `${generation}:${Math.min(writes, STEP)}`;
    if (known !== undefined && known.generation === name && now - known.at < GOOD_FOR_MS) return known.stats;
    const stats = this.#countNow(generation);
    this.#counted = { at: now, generation: name, stats };
    stats.catch(() => (this.#counted = undefined));
    return stats;
  }

  async #countNow(generation: string): Promise<StoreStats> {
    const sizes = new Map<string, number>();
    const isWhole = await this.#visit('', generation, (key, bytes) => {
      sizes.set(key, bytes);
      return true;
    });
    if (!isWhole) return { entries: undefined, bytes: undefined, evictions: 0 };
    let total = 0;
    for (const bytes of sizes.values()) total += bytes;
    return { entries: sizes.size, bytes: total, evictions: 0 };
  }

  /** @returns whether everything was seen */
  async #visit(prefix: string, generation: string, see: (key: string, bytes: number) => boolean): Promise<boolean> {
    const nodes: Redis[] = this.#client instanceof Cluster ? this.#client.nodes('master') : [this.#client];
    let steps = 0;
    for (const node of nodes) {
      let cursor = '0';
      do {
        if (steps++ >= MAX_STEPS) return false;
        const [next, names] = await node.scanBuffer(cursor, 'MATCH', this.#keys.pattern(prefix), 'COUNT', STEP);
        cursor = next.toString('latin1');
        if (!(await this.#see(node, names, generation, see))) return false;
      } while (cursor !== '0');
    }
    return true;
  }

  async #see(
    node: Redis,
    names: readonly Buffer[],
    generation: string,
    see: (key: string, bytes: number) => boolean,
  ): Promise<boolean> {
    if (names.length === 0) return true;
    const pipeline = node.pipeline();
    for (const name of names) pipeline.callBuffer('GETRANGE', name, 0, HEADER_PEEK - 1).strlen(name);
    const replies = (await pipeline.exec()) ?? [];
    for (const [index, name] of names.entries()) {
      const header = replies[2 * index]?.[1];
      const bytes = replies[2 * index + 1]?.[1];
      // What is of another type, or of an earlier generation, is not an entry.
      if (!Buffer.isBuffer(header) || typeof bytes !== 'number' || !isOfGeneration(header, generation)) continue;
      if (!see(this.#keys.keyOf(name.toString()), bytes + name.length)) return false;
    }
    return true;
  }
}
