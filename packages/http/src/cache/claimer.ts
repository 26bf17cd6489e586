import type { Cache, FillLeases, MemoryRecord } from '@cachewarp/core';
import type { Fill } from './fill.js';
import type { RecentKeys } from './recent-keys.js';
import { isResponse, isUncacheable, isVaryIndex } from './stored-response.js';

/** What claiming stands on. */
export interface ClaimerParts {
  readonly cache: Cache;
  readonly leases: FillLeases;
  /** Keys whose answers could not be stored a moment ago. */
  readonly uncacheable: RecentKeys;
}

const RESIDENCE = { memoryTtlMs: Infinity, refreshAhead: 0 };

/** Coalescing across the processes that share a tier: of all who miss an answer there, one asks the origin. */
export class Claimer {
  readonly #parts: ClaimerParts;

  constructor(parts: ClaimerParts) {
    this.#parts = parts;
  }

  /** Whether other processes may be about to ask the same. A client that wants to hear from the origin does not wait for theirs. */
  isNeeded({ flightKey, walk }: Fill): boolean {
    return flightKey !== undefined && !walk.isForced && this.#parts.leases.isShared;
  }

  /** Whether the origin is to be asked, by us; else the answer is there now, or nobody here waits for it. Never rejects. */
  async mayAsk(fill: Fill): Promise<boolean> {
    const { leases } = this.#parts;
    const outcome = await leases.claim(fill.lease, {
      ...(fill.flightKey !== undefined && { key: fill.flightKey }),
      residence: RESIDENCE,
      replaces: fill.record !== undefined,
      accepts: (record) => this.#accepts(fill, record),
      isAwaited: () => fill.waiting > 0,
      isWanted: () => fill.isWanted && !fill.controller.aborted,
    });
    return outcome === 'mine' || outcome === 'alone';
  }

  /** Whether what was found is worth another look-up: an answer, the way to one, or word that there is none to share. */
  #accepts({ record, missKey, walk }: Fill, found: MemoryRecord): boolean {
    const now = this.#parts.cache.clock.now();
    if (isUncacheable(found)) {
      if (missKey === undefined || now >= found.entry.freshUntil) return false;
      this.#parts.uncacheable.note(missKey, found.entry.freshUntil);
      return true;
    }
    // What was at the key when the fill began is known there; an index that has come since leads to the variants.
    if (isVaryIndex(found)) return found.key === walk.keyed.key && now < found.entry.freshUntil;
    const isNews = record === undefined || found.entry.createdAt > record.entry.createdAt;
    return isResponse(found) && isNews && now < found.entry.freshUntil;
  }
}
