import { readSeries, type Series } from './series.js';

/** Counts by the words of a decision: hit, stale, revalidated, miss, bypass, error. */
export type Words = Readonly<Record<string, number>>;

/** The metrics at one moment, in the sums that people look at. Counters count from the start of the process. */
export interface Totals {
  /** Seconds since the epoch. */
  readonly at: number;
  readonly requests: Words;
  /** Bytes of content; undefined where nobody counts them. */
  readonly bytes: Words | undefined;
  readonly routes: ReadonlyMap<string, Words>;
  readonly reasons: ReadonlyMap<string, number>;
  /** Of hits and stale answers. Each latency is undefined where nobody measures it. */
  readonly hitLatency: Histogram | undefined;
  /** Of misses and revalidated answers. */
  readonly missLatency: Histogram | undefined;
  readonly loadLatency: Histogram | undefined;
  /** Of calls to the tier behind memory. */
  readonly storeLatency: Histogram | undefined;
  /** Of requests to all origins. */
  readonly originLatency: Histogram | undefined;
  readonly origins: ReadonlyMap<string, OriginTotals>;
  readonly tiers: ReadonlyMap<string, TierTotals>;
  readonly coalesced: number;
  readonly loads: number;
  readonly loadErrors: number;
}

/** Requests to one origin. */
export interface OriginTotals {
  readonly requests: number;
  readonly retries: number;
  readonly failures: number;
  readonly inFlight: number;
  /** 0 closed, 1 half-open, 2 open. */
  readonly breaker: number;
  /** 1 or 0. */
  readonly healthy: number;
  readonly latency: Histogram | undefined;
}

/** A place where entries are kept: memory, or the tier behind it. */
export interface TierTotals {
  readonly entries: number | undefined;
  readonly bytes: number | undefined;
  readonly evictions: number;
  /** 0 closed, 1 half-open, 2 open. */
  readonly breaker: number | undefined;
}

/** Numbers of values up to each bound, in seconds; each holds those before it, as Prometheus counts them. */
export type Histogram = readonly (readonly [bound: number, count: number])[];

type Samples = readonly (readonly [Series['labels'], number])[];

/**
 * The sums of all series.
 * @param samples - values by series, as events `history` and `frame` of the admin API tell them
 * @param at - seconds since the epoch
 */
export function sumUp(samples: ReadonlyMap<string, number>, at: number): Totals {
  const byName = new Map<string, [Series['labels'], number][]>();
  for (const [text, value] of samples) {
    const { name, labels } = readSeries(text);
    const same = byName.get(name);
    if (same === undefined) byName.set(name, [[labels, value]]);
    else same.push([labels, value]);
  }
  const of = (name: string): Samples => byName.get(name) ?? [];
  const total = (name: string): number => of(name).reduce((sum, [, value]) => sum + value, 0);
  return {
    at,
    requests: sumBy(of('requests_total'), 'status'),
    bytes: byName.has('response_bytes_total') ? sumBy(of('response_bytes_total'), 'status') : undefined,
    routes: routesIn(of('requests_total')),
    reasons: new Map(Object.entries(sumBy(of('misses_total'), 'reason'))),
    hitLatency: histogramOf(of('request_duration_seconds_bucket'), isOneOf('hit', 'stale')),
    missLatency: histogramOf(of('request_duration_seconds_bucket'), isOneOf('miss', 'revalidated')),
    loadLatency: histogramOf(of('load_duration_seconds_bucket')),
    storeLatency: histogramOf(of('store_call_duration_seconds_bucket')),
    originLatency: histogramOf(of('origin_duration_seconds_bucket')),
    origins: originsIn(of),
    tiers: tiersIn(of),
    coalesced: total('coalesced_total'),
    loads: total('loads_total'),
    loadErrors: total('load_errors_total'),
  };
}

function sumBy(samples: Samples, label: string): Words {
  const sums: Record<string, number> = {};
  for (const [labels, value] of samples) {
    const name = labels[label] ?? '';
    sums[name] = (sums[name] ?? 0) + value;
  }
  return sums;
}

function routesIn(samples: Samples): ReadonlyMap<string, Words> {
  const routes = new Map<string, Record<string, number>>();
  for (const [{ route, status }, value] of samples) {
    if (route === undefined || status === undefined) continue;
    let words = routes.get(route);
    if (words === undefined) routes.set(route, (words = {}));
    words[status] = (words[status] ?? 0) + value;
  }
  return routes;
}

const ORIGIN_METRICS = {
  requests: 'origin_requests_total',
  retries: 'origin_retries_total',
  failures: 'origin_failures_total',
  inFlight: 'origin_in_flight',
  breaker: 'origin_breaker_state',
  healthy: 'origin_healthy',
} as const;

function originsIn(of: (name: string) => Samples): ReadonlyMap<string, OriginTotals> {
  const origins = new Map<string, Record<keyof typeof ORIGIN_METRICS, number>>();
  for (const [field, metric] of Object.entries(ORIGIN_METRICS)) {
    for (const [{ origin }, value] of of(metric)) {
      if (origin === undefined) continue;
      const sums = origins.get(origin) ?? {
        requests: 0,
        retries: 0,
        failures: 0,
        inFlight: 0,
        breaker: 0,
        healthy: 1,
      };
      sums[field as keyof typeof ORIGIN_METRICS] = value;
      origins.set(origin, sums);
    }
  }
  const buckets = of('origin_duration_seconds_bucket');
  const latencyOf = (name: string): Histogram | undefined => histogramOf(buckets, ({ origin }) => origin === name);
  return new Map([...origins].map(([name, sums]) => [name, { ...sums, latency: latencyOf(name) }]));
}

function isOneOf(...words: readonly string[]): (labels: Series['labels']) => boolean {
  return ({ status }) => status !== undefined && words.includes(status);
}

/** The buckets of all series, or of those that are meant, added up; undefined where there are none. */
function histogramOf(
  buckets: Samples,
  isMeant: (labels: Series['labels']) => boolean = () => true,
): Histogram | undefined {
  const sums = new Map<number, number>();
  for (const [labels, value] of buckets) {
    const { le } = labels;
    if (le === undefined || !isMeant(labels)) continue;
    const bound = le === '+Inf' ? Infinity : Number(le);
    sums.set(bound, (sums.get(bound) ?? 0) + value);
  }
  return sums.size === 0 ? undefined : [...sums].toSorted(([a], [b]) => a - b);
}

function tiersIn(of: (name: string) => Samples): ReadonlyMap<string, TierTotals> {
  const tiers = new Map<string, { -readonly [field in keyof TierTotals]: TierTotals[field] }>();
  for (const [field, metric] of [
    ['entries', 'entries'],
    ['bytes', 'bytes'],
    ['evictions', 'evictions_total'],
    ['breaker', 'breaker_state'],
  ] as const) {
    for (const [{ tier }, value] of of(metric)) {
      if (tier === undefined) continue;
      const sums = tiers.get(tier) ?? { entries: undefined, bytes: undefined, evictions: 0, breaker: undefined };
      sums[field] = (sums[field] ?? 0) + value;
      tiers.set(tier, sums);
    }
  }
  return tiers;
}

/** The moment about so many seconds before the last of a history, or the oldest there is; undefined in an empty one. */
export function momentBefore(totals: readonly Totals[], seconds: number): Totals | undefined {
  const last = totals.at(-1);
  // Ticks of a busy machine are late: a little earlier is as good.
  return last && totals.find(({ at }) => at >= last.at - seconds - 0.2);
}
