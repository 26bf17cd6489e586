import { createCache, type Cache, type MemoryOptions, type MISS_REASONS } from '@cachewarp/core';
import type { Visit } from './visit.js';
import { VirtualClock } from './virtual-clock.js';

type MissReason = (typeof MISS_REASONS)[number];

/** What a request got. `stale` is answered from store, too, but costs the origin a refresh. */
export type Outcome = 'hit' | 'stale' | 'miss' | 'pass';

/** What came of one visit. The object is the same each time. */
export interface Answer {
  outcome: Outcome;
  /** Answered from store with something else than the log has at that time. */
  isOutdated: boolean;
  /** Why it is a miss; undefined where it is none. */
  missReason: MissReason | undefined;
}

/** What stands in for a stored answer. */
interface Kept {
  readonly bytes: number;
  readonly status: number;
}

/** Status line and header fields, which logs leave out, are stored, too. In bytes; about what answers of a usual framework have. */
const HEAD_BYTES = 400;

/** Where the log knows no size, an answer counts as many bytes. */
const UNKNOWN_BYTES = 4096;

/**
 * The real engine under a clock that follows the log: the memory tier with its eviction, the leases and their freshness. In place of
 * bodies there are their sizes.
 */
export class SimulatedCache {
  readonly #clock = new VirtualClock();
  readonly #cache: Cache;
  readonly #explains: boolean;
  #refused = 0;
  readonly #answer: Answer = { outcome: 'pass', isOutdated: false, missReason: undefined };

  /**
   * @param options - `explains`: whether misses get their reasons
   * @throws InvalidOptionError naming the faulty option of the memory
   */
  constructor(memory: MemoryOptions, { explains = false } = {}) {
    this.#explains = explains;
    this.#cache = createCache({ name: 'simulated', memory, clock: this.#clock, random: () => 0.5 });
  }

  /** The instant of the last visit: ms since the epoch. */
  get now(): number {
    return this.#clock.now();
  }

  visit(visit: Visit): Answer {
    this.#clock.advanceTo(visit.at);
    const answer = this.#answer;
    answer.isOutdated = false;
    answer.missReason = undefined;
    switch (visit.use) {
      case 'pass':
        answer.outcome = 'pass';
        return answer;
      case 'invalidate':
        // Nothing is being loaded meanwhile, so that there is nothing that a record of it in the log would have to keep out.
        this.#cache.parts.memory.drop(visit.key);
        answer.outcome = 'pass';
        return answer;
      default:
        return this.#read(visit, answer);
    }
  }

  #read(visit: Visit, answer: Answer): Answer {
    const { leases, clock } = this.#cache;
    const fresh = leases.fresh(visit.key);
    if (fresh !== undefined) {
      leases.countHit(fresh);
      answer.outcome = 'hit';
      answer.isOutdated = isOutdated(fresh.entry.value as Kept, visit);
      return answer;
    }
    const left = leases.local(visit.key);
    if (left !== undefined && clock.now() < left.entry.staleUntil) {
      answer.outcome = 'stale';
      answer.isOutdated = isOutdated(left.entry.value as Kept, visit);
    } else {
      answer.outcome = 'miss';
      if (this.#explains) answer.missReason = leases.missReason(visit.key);
    }
    if (visit.use === 'store') this.#keep(visit, clock.now());
    return answer;
  }

  #keep({ key, bytes, status, ttlMs, staleMs }: Visit, now: number): void {
    const known = bytes === -1 ? UNKNOWN_BYTES : bytes;
    const { outcome } = this.#cache.leases.open(key).commit({
      value: { bytes, status } satisfies Kept,
      freshUntil: now + ttlMs,
      staleUntil: now + ttlMs + staleMs,
      loadMs: 0,
      tags: [],
      size: known + HEAD_BYTES,
    });
    if (outcome === 'refused') this.#refused++;
  }

  /** Whether nothing was ever evicted or too large: more memory would change nothing. */
  get hasRoom(): boolean {
    return this.#refused === 0 && this.#cache.parts.memory.stats().evictions === 0;
  }

  /** Entries and bytes held, and how many were evicted. */
  stats(): { entries: number; bytes: number; evictions: number } {
    const stats = this.#cache.parts.memory.stats();
    return { entries: stats.entries ?? 0, bytes: stats.bytes ?? 0, evictions: stats.evictions ?? 0 };
  }

  close(): Promise<void> {
    return this.#cache.close();
  }
}

function isOutdated(kept: Kept, { bytes, status, tells }: Visit): boolean {
  if (!tells) return false;
  return status !== kept.status || (bytes !== -1 && kept.bytes !== -1 && bytes !== kept.bytes);
}
