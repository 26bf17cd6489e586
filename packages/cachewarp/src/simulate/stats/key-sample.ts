import { emptyVisit, type Use, type Visit } from '../run/visit.js';

const USES: readonly Use[] = ['store', 'look', 'invalidate', 'pass'];
const FEW_KEYS = 256;

/**
 * Keeps the requests of some keys, chosen by the hash of the key, so that whoever is in is in with every request (spatially hashed
 * sampling: Waldspurger, Park, Garthwaite, Ahmad: "Efficient MRC Construction with SHARDS", FAST 2015). When the sample is full, the
 * threshold is halved and the requests of the keys above it leave, as in the paper's fixed-size variant. A log that is smaller than the
 * sample is kept whole, and what is reckoned from it is exact.
 *
 * The hit ratio of the whole at a size S is about that of the sample at rate · S. Misses are scaled up by 1 / rate and set against the
 * true number of requests: the paper's adjustment for hot keys that are in, or are not, by chance.
 */
export class KeySample {
  readonly #limit: number;
  #threshold = 2 ** 32;
  #count = 0;
  #at: Float64Array;
  #bytes: Float64Array;
  #ttlMs: Float64Array;
  #staleMs: Float64Array;
  #keyIds: Uint32Array;
  #status: Uint16Array;
  #flags: Uint8Array;
  #keys: string[] = [];
  #hashes: number[] = [];
  #idOfKey = new Map<string, number>();

  /** @param limit - most requests that are kept; four times as many where few keys have most of them */
  constructor(limit: number) {
    this.#limit = limit;
    this.#at = new Float64Array(limit);
    this.#bytes = new Float64Array(limit);
    this.#ttlMs = new Float64Array(limit);
    this.#staleMs = new Float64Array(limit);
    this.#keyIds = new Uint32Array(limit);
    this.#status = new Uint16Array(limit);
    this.#flags = new Uint8Array(limit);
  }

  /** Part of the keys that is in: 1 is all. */
  get rate(): number {
    return this.#threshold / 2 ** 32;
  }

  get length(): number {
    return this.#count;
  }

  get keyCount(): number {
    return this.#keys.length;
  }

  add(visit: Visit, keyHash: number): void {
    if (visit.use === 'pass' || keyHash >= this.#threshold) return;
    if (this.#count === this.#at.length) this.#makeRoom();
    if (keyHash >= this.#threshold) return;
    const row = this.#count++;
    this.#at[row] = visit.at;
    this.#bytes[row] = visit.bytes;
    this.#ttlMs[row] = visit.ttlMs;
    this.#staleMs[row] = visit.staleMs;
    this.#status[row] = visit.status;
    this.#flags[row] = USES.indexOf(visit.use) * 2 + (visit.tells ? 1 : 0);
    this.#keyIds[row] = this.#idOf(visit.key, keyHash);
  }

  /** The requests in their order. The object is the same each time. */
  *visits(): Generator<Visit, void> {
    const visit = emptyVisit();
    for (let row = 0; row < this.#count; row++) {
      visit.at = this.#at[row]!;
      visit.bytes = this.#bytes[row]!;
      visit.ttlMs = this.#ttlMs[row]!;
      visit.staleMs = this.#staleMs[row]!;
      visit.status = this.#status[row]!;
      visit.use = USES[this.#flags[row]! >> 1]!;
      visit.tells = (this.#flags[row]! & 1) === 1;
      visit.key = this.#keys[this.#keyIds[row]!]!;
      yield visit;
    }
  }

  #idOf(key: string, hash: number): number {
    let id = this.#idOfKey.get(key);
    if (id === undefined) {
      id = this.#keys.push(key) - 1;
      this.#hashes.push(hash);
      this.#idOfKey.set(key, id);
    }
    return id;
  }

  #makeRoom(): void {
    // With few keys left, the halves of the sample are no longer alike: better a larger one, while that is possible.
    if (this.#keys.length < FEW_KEYS && this.#at.length < 4 * this.#limit) return this.#grow();
    while (this.#count > 0.75 * this.#at.length && this.#threshold > 1) {
      this.#threshold /= 2;
      this.#dropAboveThreshold();
    }
  }

  #dropAboveThreshold(): void {
    const [keys, hashes] = [this.#keys, this.#hashes];
    this.#keys = [];
    this.#hashes = [];
    this.#idOfKey = new Map();
    let kept = 0;
    for (let row = 0; row < this.#count; row++) {
      const id = this.#keyIds[row]!;
      if (hashes[id]! >= this.#threshold) continue;
      for (const column of this.#columns()) column[kept] = column[row]!;
      this.#keyIds[kept++] = this.#idOf(keys[id]!, hashes[id]!);
    }
    this.#count = kept;
  }

  #columns(): (Float64Array | Uint16Array | Uint8Array)[] {
    return [this.#at, this.#bytes, this.#ttlMs, this.#staleMs, this.#status, this.#flags];
  }

  #grow(): void {
    const length = 2 * this.#at.length;
    this.#at = extended(this.#at, new Float64Array(length));
    this.#bytes = extended(this.#bytes, new Float64Array(length));
    this.#ttlMs = extended(this.#ttlMs, new Float64Array(length));
    this.#staleMs = extended(this.#staleMs, new Float64Array(length));
    this.#keyIds = extended(this.#keyIds, new Uint32Array(length));
    this.#status = extended(this.#status, new Uint16Array(length));
    this.#flags = extended(this.#flags, new Uint8Array(length));
  }
}

function extended<A extends { set(from: A): void }>(from: A, to: A): A {
  to.set(from);
  return to;
}
