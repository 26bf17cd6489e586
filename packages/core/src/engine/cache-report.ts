import type { AdaptiveReport } from '../policy/adaptive/adaptive-ttl.js';
import { judge, type Freshness } from '../entry/freshness.js';
import type { LogRecord } from '../invalidation/invalidation-log.js';
import type { StoreStats } from '../store/cache-store.js';
import type { BreakerState } from '../telemetry/events.js';
import type { MissReason } from '../telemetry/miss-reason.js';
import type { CacheParts } from './cache-parts.js';

/** What a cache says of itself. Counters count since it was made. */
export interface CacheStats {
  readonly name: string;
  /** Calls answered by a fresh entry. */
  readonly hits: number;
  /** Calls answered by a stale entry. */
  readonly staleHits: number;
  readonly misses: number;
  /** Misses and bypasses by why. */
  readonly missReasons: Readonly<Record<MissReason, number>>;
  readonly bypasses: number;
  /** (hits + staleHits) / (hits + staleHits + misses), 0 to 1; 0 before the first call. */
  readonly hitRatio: number;
  /** Calls that joined a running load. */
  readonly coalesced: number;
  readonly loads: number;
  readonly loadErrors: number;
  readonly loadTimeouts: number;
  readonly refreshes: number;
  readonly fencedFills: number;
  readonly stores: number;
  readonly invalidations: number;
  readonly storeErrors: number;
  /** Entries that left memory because their time was over. */
  readonly expired: number;
  /** Entries that left memory because they were invalidated or dropped. */
  readonly dropped: number;
  /** Entries in memory that gave way to another value of their key. */
  readonly replaced: number;
  /** Loads that waited for another process that was filling the key. */
  readonly leaseWaits: number;
  /** Entries in memory. */
  readonly entries: number;
  /** Bytes in memory, overhead included. */
  readonly bytes: number;
  readonly evictions: number;
  /** The tier behind the memory; undefined when there is none. */
  readonly store: (StoreStats & { readonly name: string; readonly breaker: BreakerState }) | undefined;
}

/** One entry as an operator sees it. Times in ms. */
export interface EntryReport {
  readonly key: string;
  readonly tier: 'memory' | 'store';
  readonly freshness: Freshness;
  readonly ageMs: number;
  /** Until it stops being fresh; below 0 since then. */
  readonly ttlLeftMs: number;
  readonly loadMs: number;
  readonly size: number;
  readonly tags: readonly string[];
  readonly isError: boolean;
  /** Place in the invalidation log from which it was loaded. */
  readonly position: number;
  /** The last invalidation that named this key or one of its tags, as far back as the log remembers. */
  readonly lastInvalidation: LogRecord | undefined;
  /** Why its ttl is what it is, where that is adaptive or in shadow mode. */
  readonly adaptive: AdaptiveReport | undefined;
}

export async function reportStats(name: string, parts: CacheParts): Promise<CacheStats> {
  parts.sweeper.sweepNow();
  const { counters, memory, guarded } = parts;
  const held = memory.stats();
  const answered = counters.hits + counters.staleHits;
  const asked = answered + counters.misses;
  return {
    name,
    ...counters,
    missReasons: { ...counters.missReasons },
    hitRatio: asked === 0 ? 0 : answered / asked,
    entries: held.entries ?? 0,
    bytes: held.bytes ?? 0,
    evictions: held.evictions,
    store: guarded && { name: guarded.name, breaker: guarded.breakerState, ...(await guarded.stats()) },
  };
}

export async function reportEntry(
  key: string,
  { leases, adaptive }: CacheParts,
  now: number,
  history: readonly LogRecord[],
): Promise<EntryReport | undefined> {
  const local = leases.local(key);
  const record = local ?? (await leases.behind(key));
  if (record === undefined) return undefined;
  const { entry } = record;
  return {
    key,
    tier: local === undefined ? 'store' : 'memory',
    freshness: judge(entry, now),
    ageMs: now - entry.createdAt,
    ttlLeftMs: entry.freshUntil - now,
    loadMs: entry.loadMs,
    size: entry.size,
    tags: entry.tags,
    isError: entry.isError,
    position: entry.position,
    lastInvalidation: history.find(({ markers }) => markers.some((marker) => names(marker, key, entry.tags))),
    adaptive: adaptive.report(key, now),
  };
}

function names(marker: LogRecord['markers'][number], key: string, tags: readonly string[]): boolean {
  switch (marker.kind) {
    case 'all':
      return true;
    case 'key':
      return marker.name === key;
    case 'prefix':
      return key.startsWith(marker.name);
    case 'tag':
      return tags.includes(marker.name);
  }
}
