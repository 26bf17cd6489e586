import { MISS_REASONS, type MissReason } from './miss-reason.js';

/** Plain integers, raised on the hot path and read when somebody asks. */
export class CacheCounters {
  /** Answered by a fresh entry, from any tier. */
  hits = 0;
  /** Answered by a stale entry. */
  staleHits = 0;
  /** Not answered by a stored entry. */
  misses = 0;
  /** Misses and bypasses by why. */
  readonly missReasons = Object.fromEntries(MISS_REASONS.map((reason) => [reason, 0])) as Record<MissReason, number>;
  /** Asked not to use the cache. */
  bypasses = 0;
  /** Joined a load that was already running (each is a miss, too). */
  coalesced = 0;
  loads = 0;
  loadErrors = 0;
  loadTimeouts = 0;
  /** Loads started in the background, to refresh. */
  refreshes = 0;
  /** Loads whose result was not stored because an invalidation came between. */
  fencedFills = 0;
  stores = 0;
  invalidations = 0;
  storeErrors = 0;
  /** Entries that left memory because their time was over, … */
  expired = 0;
  /** … because they were invalidated or dropped, … */
  dropped = 0;
  /** … because another value of their key took their place. Those that left for want of room are the memory tier's `evictions`. */
  replaced = 0;
  /** Loads that waited for another process that was filling the key. */
  leaseWaits = 0;
}
