import { randomUUID } from 'node:crypto';
import type { TextStore } from './keyv-like.js';

/** Versions live so long, in ms: the longest that memcached takes as a duration. An entry outlived by its versions is a miss. */
export const VERSION_TTL_MS = 30 * 24 * 3_600_000;

/**
 * Versions of targets, kept in the adapter: random, and another with each invalidation. One that is not there has been lost, and is never
 * taken for "not invalidated": it matches nothing.
 */
export class Versions {
  readonly #texts: TextStore;
  readonly #making = new Map<string, Promise<string>>();

  constructor(texts: TextStore) {
    this.#texts = texts;
  }

  /** The versions of `names`; those that are not there are made. */
  async ensure(names: readonly string[]): Promise<Record<string, string>> {
    const found = await this.#texts.getMany(names);
    const versions: Record<string, string> = {};
    for (const [index, name] of names.entries()) versions[name] = found[index] ?? (await this.#make(name));
    return versions;
  }

  /** Makes a version once for all of this process who miss it: each would make that of the others worthless. */
  async #make(name: string): Promise<string> {
    let making = this.#making.get(name);
    if (making === undefined) {
      making = this.renew(name).finally(() => this.#making.delete(name));
      this.#making.set(name, making);
    }
    return making;
  }

  /** Gives a target another version: what was stamped with an earlier one is invalid. Returns it. */
  async renew(name: string): Promise<string> {
    const version = randomUUID();
    await this.#texts.set(name, version, VERSION_TTL_MS);
    return version;
  }
}
