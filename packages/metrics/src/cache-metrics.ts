import {
  ANSWER_WORDS,
  MISS_REASONS,
  REQUEST_BOUNDS,
  type BreakerState,
  type Cache,
  type StoreStats,
} from '@cachewarp/core';
import type { CollectedHistogram } from './collected-histogram.js';
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
      help: 'Requests by route and by how they were answered.',
      labels: ['cache', 'route', 'status'],
      collect: () => caches.flatMap(requestSamples),
    },
    {
      kind: 'counter',
      name: 'misses_total',
      help: 'Requests that were not answered from what is stored, by why.',
      labels: ['cache', 'reason'],
      collect: () => caches.flatMap(missSamples),
    },
    {
      kind: 'counter',
      name: 'response_bytes_total',
      help: 'Bytes of content given to HTTP clients, by how the answer came about.',
      labels: ['cache', 'status'],
      collect: () =>
        caches.flatMap(({ name, parts: { traffic } }) =>
          ANSWER_WORDS.map((word) => ({ labels: { cache: name, status: word }, value: traffic.bytes[word] })),
        ),
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
      aggregate: 'max',
      name: 'breaker_state',
      help: 'Circuit breaker of the tier behind the memory: 0 closed, 1 half-open, 2 open.',
      labels: ['cache', 'tier'],
      collect: () => caches.flatMap(breakerSamples),
    },
  ];
}

/** How long adapters took to answer requests. */
export function requestDurations(caches: readonly Cache[]): CollectedHistogram {
  return {
    name: 'request_duration_seconds',
    help: 'How long answers to HTTP clients took, from the head of the request to the last byte handed over.',
    labels: ['cache', 'status'],
    buckets: REQUEST_BOUNDS,
    collect: () =>
      caches.flatMap(({ name, parts: { traffic } }) =>
        ANSWER_WORDS.map((word) => {
          const { counts, sum } = traffic.durations[word];
          return { labels: { cache: name, status: word }, counts, sum };
        }),
      ),
  };
}

function requestSamples({ name, parts: { traffic } }: Cache): Sample[] {
  return traffic.routes
    .all()
    .flatMap((route) =>
      ANSWER_WORDS.map((word) => ({ labels: { cache: name, route: route.name, status: word }, value: route[word] })),
    );
}

function missSamples({ name, parts: { counters } }: Cache): Sample[] {
  return MISS_REASONS.map((reason) => ({ labels: { cache: name, reason }, value: counters.missReasons[reason] }));
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
