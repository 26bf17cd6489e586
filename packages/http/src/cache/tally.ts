import type { Cache, FillLeases, MissReason, StaleReason } from '@cachewarp/core';
import type { ResponseRecord } from './stored-response.js';

/**
 * Counts requests: each in exactly one of hits, stale hits, misses and bypasses; and each but a bypass, which asks for no key, once for
 * its key among the most requested.
 */
export class Tally {
  readonly #cache: Cache;
  readonly #leases: FillLeases;

  constructor(cache: Cache, leases: FillLeases) {
    this.#cache = cache;
    this.#leases = leases;
  }

  /** Answered from a fresh record. */
  hit(record: ResponseRecord, primary: string): void {
    this.#leases.countHit(record);
    // A record that no store holds keeps its count from the report.
    if (!record.isLive) this.#cache.parts.topKeys.add(primary, 1);
  }

  /** Answered from a stale record. */
  stale(record: ResponseRecord, primary: string, because: StaleReason): void {
    const { counters, topKeys } = this.#cache.parts;
    counters.staleHits++;
    if (record.isLive) record.hits++;
    else topKeys.add(primary, 1);
    if (this.#cache.events.has('stale')) this.#cache.events.emit('stale', { key: primary, because });
  }

  /**
   * Answered by the origin, or after it was asked, or not at all.
   * @param collapsed - whether another's request to the origin was joined, whose miss is told already
   */
  miss(primary: string, reason: MissReason, collapsed: boolean): void {
    const { counters, topKeys } = this.#cache.parts;
    counters.misses++;
    counters.missReasons[reason]++;
    topKeys.addMisses(primary, 1);
    if (!collapsed && this.#cache.events.has('miss')) this.#cache.events.emit('miss', { key: primary, reason });
  }

  /** Joined the request of another; it is counted as what becomes of it, too. */
  coalesced(primary: string): void {
    this.#cache.parts.counters.coalesced++;
    if (this.#cache.events.has('coalesced')) this.#cache.events.emit('coalesced', { key: primary });
  }

  /** Went past the cache. @param primary - empty where the request has no key, as with POST */
  bypass(primary: string, reason: MissReason): void {
    const { counters } = this.#cache.parts;
    counters.bypasses++;
    counters.missReasons[reason]++;
    if (primary === '') return;
    if (this.#cache.events.has('miss')) this.#cache.events.emit('miss', { key: primary, reason });
  }
}
