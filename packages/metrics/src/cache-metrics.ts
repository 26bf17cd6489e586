import type { BreakerState, Cache, StoreStats } from '@cachewarp/core';
import type { CollectedMetric, Sample } from './metric.js';

/** What a circuit breaker's state is as a number: higher is worse. */
const BREAKER_VALUE: Record<BreakerState, number> = { closed: 0, 'half-open': 1, open: 2 };

/** The state of one cache at one scrape. */
interface Reading {
  readonly cache: Cache;
  readonly tiers: readonly { readonly tier: string; readonly stats: StoreStats }[];
}

type Counters = Cache['parts']['counters'];

/**
 * What is read from a cache when somebody scrapes: plain integers that the cache counts anyway, so that metrics cost a hit
 * nothing. Labels are bounded: the cache's name, the tier, the status.
 */
export function cacheMetrics(caches: readonly Cache[]): CollectedMetric[] {
  const counter = (name: string, help: string, read: (counters: Counters) => number): CollectedMetric => ({
    kind: 'counter',
    name,
    help,
    labels: ['cache'],
    collect: () => caches.map((cache) => ({ labels: { cache: cache.name }, value: read(cache.parts.counters) })),
  });
  const perTier = (
    kind: CollectedMetric['kind'],
    name: string,
    help: string,
    read: (stats: StoreStats) => number | undefined,
  ): CollectedMetric => ({
    kind,
    name,
    help,
    labels: ['cache', 'tier'],
    collect: async () => (await Promise.all(caches.map(readTiers))).flatMap((reading) => tierSamples(reading, read)),
  });
  return [
    {
      kind: 'counter',
      name: 'requests_total',
      help: 'Requests by how they were answered: hit, stale, miss or bypass.',
      labels: ['cache', 'status'],
      collect: () => caches.flatMap(requestSamples),
    },
    counter('coalesced_total', 'Requests that joined a load that was already running.', (c) => c.coalesced),
    counter('loads_total', 'Loads begun, refreshes included.', (c) => c.loads),
    counter('load_errors_total', 'Loads that failed.', (c) => c.loadErrors),
    counter(
      'load_timeouts_total',
      'Loads given up at their hard timeout; they count as failed, too.',
      (c) => c.loadTimeouts,
    ),
    counter('refreshes_total', 'Loads begun in the background, to refresh an entry.', (c) => c.refreshes),
    counter('fills_total', 'Entries stored.', (c) => c.stores),
    counter('fenced_fills_total', 'Results not stored because an invalidation came between.', (c) => c.fencedFills),
    counter(
      'store_errors_total',
      'Operations of the tier behind the memory that failed or were too slow.',
      (c) => c.storeErrors,
    ),
    perTier('gauge', 'entries', 'Entries held.', (stats) => stats.entries),
    perTier('gauge', 'bytes', 'Bytes held, overhead included.', (stats) => stats.bytes),
    perTier('counter', 'evictions_total', 'Entries dropped to make room.', (stats) => stats.evictions),
    {
      kind: 'gauge',
      name: 'breaker_state',
      help: 'Circuit breaker of the tier behind the memory: 0 closed, 1 half-open, 2 open.',
      labels: ['cache', 'tier'],
      collect: () => caches.flatMap(breakerSamples),
    },
  ];
}

function requestSamples(cache: Cache): Sample[] {
  const { hits, staleHits, misses, bypasses } = cache.parts.counters;
  const byStatus = { hit: hits, stale: staleHits, miss: misses, bypass: bypasses };
  return Object.entries(byStatus).map(([status, value]) => ({ labels: { cache: cache.name, status }, value }));
}

async function readTiers(cache: Cache): Promise<Reading> {
  const { memory, guarded } = cache.parts;
  const tiers = [{ tier: 'memory', stats: memory.stats() }];
  // A guarded store answers within its timeout and never rejects, so that a scrape works while the store is down.
  if (guarded !== undefined) tiers.push({ tier: guarded.name, stats: await guarded.stats() });
  return { cache, tiers };
}

function tierSamples({ cache, tiers }: Reading, read: (stats: StoreStats) => number | undefined): Sample[] {
  return tiers.flatMap(({ tier, stats }) => {
    const value = read(stats);
    return value === undefined ? [] : [{ labels: { cache: cache.name, tier }, value }];
  });
}

function breakerSamples(cache: Cache): Sample[] {
  const { guarded } = cache.parts;
  if (guarded === undefined) return [];
  return [{ labels: { cache: cache.name, tier: guarded.name }, value: BREAKER_VALUE[guarded.breakerState] }];
}
