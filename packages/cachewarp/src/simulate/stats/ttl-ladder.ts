import type { TtlChoice } from '../run/ttl-choice.js';
import type { Visit } from '../run/visit.js';

/** What a lifetime costs, if there is room for everything: sums over all keys. */
export interface LadderResult {
  readonly misses: number;
  readonly missBytes: number;
  readonly outdated: number;
}

/** {@link LadderResult}, and out of how much. */
export interface GroupResult extends LadderResult {
  readonly reads: number;
  readonly readBytes: number;
}

/** A key that is followed. */
interface Followed {
  readonly hash: number;
  readonly slot: number;
  requests: number;
  /** Of these, those that may be answered from store, and their bytes. */
  reads: number;
  readBytes: number;
  /** For how many keys it stands, once that is settled; undefined: for as many as the threshold says. */
  weight: number | undefined;
}

/** A key with as many requests stays, whatever its hash: what it costs is not left to chance. */
const HOT_REQUESTS = 32;

const UNKNOWN = -1;

const NOTHING: GroupResult = { reads: 0, readBytes: 0, misses: 0, missBytes: 0, outdated: 0 };

/**
 * Counts, for several lifetimes at once, the misses that come of time alone: what there would be with room for everything. For each key
 * and lifetime it knows when the answer would have been fetched last, and of what size it was. That is exact up to a number of keys.
 *
 * Beyond it, keys are sampled by their hash like the requests (see `KeySample`), but those asked for often stay for sure: with a lifetime,
 * a key's misses grow with its requests, and a few hot keys that are in a plain sample, or are not, would spoil it. Each key counts by
 * one over the chance that it had to be in (Horvitz and Thompson, JASA 47, 1952).
 */
export class TtlLadder {
  readonly ttlsMs: readonly number[];
  readonly #limit: number;
  #threshold = 2 ** 32;
  #hotRequests = HOT_REQUESTS;
  #keys = new Map<string, Followed>();
  #freeSlots: number[] = [];
  readonly #freshUntil: Float64Array;
  readonly #kept: Float64Array;
  readonly #misses: Uint32Array;
  readonly #missBytes: Float64Array;
  readonly #outdated: Uint32Array;

  /** @param limit - most keys that are followed */
  constructor(ttlsMs: readonly number[], limit: number) {
    this.ttlsMs = ttlsMs;
    this.#limit = limit;
    const cells = limit * ttlsMs.length;
    this.#freshUntil = new Float64Array(cells);
    this.#kept = new Float64Array(cells);
    this.#misses = new Uint32Array(cells);
    this.#missBytes = new Float64Array(cells);
    this.#outdated = new Uint32Array(cells);
  }

  /** Whether every key is followed. */
  get isExact(): boolean {
    return this.#threshold === 2 ** 32;
  }

  /** @param now - must not go back, ms */
  add(visit: Visit, keyHash: number, now: number): void {
    if (visit.use === 'pass') return;
    const followed = this.#keys.get(visit.key) ?? this.#follow(visit, keyHash);
    if (followed === undefined) return;
    followed.requests++;
    const first = followed.slot * this.ttlsMs.length;
    if (visit.use === 'invalidate') this.#freshUntil.fill(0, first, first + this.ttlsMs.length);
    else {
      followed.reads++;
      followed.readBytes += Math.max(0, visit.bytes);
      this.#read(visit, first, now);
    }
  }

  /** The sums, where each key has the lifetime that is chosen for it. */
  at({ stepOf }: TtlChoice): LadderResult {
    let [misses, missBytes, outdated] = [0, 0, 0];
    for (const [key, { slot, weight = this.#weight }] of this.#keys) {
      const cell = slot * this.ttlsMs.length + stepOf(key);
      misses += weight * this.#misses[cell]!;
      missBytes += weight * this.#missBytes[cell]!;
      outdated += weight * this.#outdated[cell]!;
    }
    return { misses, missBytes, outdated };
  }

  /** The sums for each lifetime, of each of these groups of keys. */
  byGroup(groupOf: (key: string) => string, groups: ReadonlySet<string>): Map<string, GroupResult[]> {
    const sums = new Map<string, { -readonly [K in keyof GroupResult]: number }[]>();
    for (const [key, { slot, reads, readBytes, weight = this.#weight }] of this.#keys) {
      const group = groupOf(key);
      if (!groups.has(group)) continue;
      let steps = sums.get(group);
      if (steps === undefined) sums.set(group, (steps = this.ttlsMs.map(() => ({ ...NOTHING }))));
      for (const [step, sum] of steps.entries()) {
        const cell = slot * this.ttlsMs.length + step;
        sum.reads += weight * reads;
        sum.readBytes += weight * readBytes;
        sum.misses += weight * this.#misses[cell]!;
        sum.missBytes += weight * this.#missBytes[cell]!;
        sum.outdated += weight * this.#outdated[cell]!;
      }
    }
    return sums;
  }

  #read({ use, bytes, status, tells }: Visit, first: number, now: number): void {
    const known = Math.max(0, bytes);
    const content = bytes === -1 ? UNKNOWN : bytes * 1000 + status;
    for (let step = 0; step < this.ttlsMs.length; step++) {
      const cell = first + step;
      if (now < this.#freshUntil[cell]!) {
        // A size that is not known, kept or told, is no other size.
        const kept = this.#kept[cell]!;
        if (tells && content !== UNKNOWN && kept !== UNKNOWN && kept !== content) this.#outdated[cell]!++;
        continue;
      }
      this.#misses[cell]!++;
      this.#missBytes[cell]! += known;
      if (use !== 'store') continue;
      this.#freshUntil[cell] = now + this.ttlsMs[step]!;
      this.#kept[cell] = content;
    }
  }

  #follow({ key }: Visit, hash: number): Followed | undefined {
    if (hash >= this.#threshold) return undefined;
    if (this.#keys.size >= this.#limit) this.#makeRoom();
    if (hash >= this.#threshold) return undefined;
    const slot = this.#freeSlots.pop() ?? this.#keys.size;
    const followed: Followed = { hash, slot, requests: 0, reads: 0, readBytes: 0, weight: undefined };
    this.#keys.set(key, followed);
    return followed;
  }

  #makeRoom(): void {
    this.#settleHotKeys();
    while (this.#keys.size > 0.75 * this.#limit) {
      this.#threshold /= 2;
      for (const [key, followed] of this.#keys) {
        if (followed.weight === undefined && followed.hash >= this.#threshold) this.#leave(key, followed);
      }
    }
  }

  /** Those that are hot by now count from now on by the chance that they had until now, wherever their hash lies. */
  #settleHotKeys(): void {
    const unsettled = [...this.#keys.values()].filter(({ weight }) => weight === undefined);
    const places = this.#limit / 2 - (this.#keys.size - unsettled.length);
    let hot = unsettled.filter(({ requests }) => requests >= this.#hotRequests);
    while (hot.length > places) {
      this.#hotRequests *= 2;
      hot = hot.filter(({ requests }) => requests >= this.#hotRequests);
    }
    const weight = this.#weight;
    for (const followed of hot) followed.weight = weight;
  }

  #leave(key: string, { slot }: Followed): void {
    this.#keys.delete(key);
    this.#freeSlots.push(slot);
    const first = slot * this.ttlsMs.length;
    for (const column of [this.#freshUntil, this.#kept, this.#misses, this.#missBytes, this.#outdated]) {
      column.fill(0, first, first + this.ttlsMs.length);
    }
  }

  get #weight(): number {
    return 2 ** 32 / this.#threshold;
  }
}
