import { DurationHistogram, InvalidOptionError, type Cache } from '@cachewarp/core';
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { cacheMetrics, requestDurations } from './cache-metrics.js';
import { asPrometheusMetric, type CollectedHistogram } from './collected-histogram.js';
import type { MetricsSnapshot } from './merge-snapshots.js';
import type { CollectedMetric, ObservedMetric } from './metric.js';
import type { MetricsSettings } from './metrics-options.js';

/** From 1 ms to 30 s: a load is a database query, a computation or a call to another service. Seconds. */
export const LOAD_BUCKETS: readonly number[] = [
  0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30,
];

/** From 0.1 ms to 2.5 s: a store is another process on this machine or its neighbour, under a timeout of 100 ms by default. Seconds. */
export const STORE_BUCKETS: readonly number[] = [
  0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 2.5,
];

/** Metrics of one cache or several, in one registry. Made by {@link createMetrics}. */
export class Metrics {
  /** What `text()` renders; metrics of your own may be registered here, too. */
  readonly registry: Registry;
  readonly #prefix: string;
  readonly #names: string[] = [];
  readonly #stops: (() => void)[] = [];

  constructor({ caches, registry = new Registry(), prefix }: MetricsSettings) {
    this.registry = registry;
    this.#prefix = prefix;
    for (const metric of cacheMetrics(caches)) this.add(metric);
    this.addCollectedHistogram(requestDurations(caches));
    this.#listen(caches);
  }

  /** Content-Type of {@link text}. */
  get contentType(): string {
    return this.registry.contentType;
  }

  /** Every metric in the text format of Prometheus, with the values of this moment. */
  text(): Promise<string> {
    return this.registry.metrics();
  }

  /**
   * Adds a metric that is read at each scrape.
   * @throws InvalidOptionError when the registry has one of this name
   */
  add(metric: CollectedMetric): void {
    const config = {
      ...this.#claim(metric),
      aggregator: metric.aggregate ?? 'sum',
      async collect(this: Counter | Gauge): Promise<void> {
        const samples = await metric.collect();
        this.reset();
        for (const { labels, value } of samples) this.inc(labels, value);
      },
    };
    this.registry.registerMetric(metric.kind === 'counter' ? new Counter(config) : new Gauge(config));
  }

  /**
   * Adds a histogram.
   * @returns what to call with each value and its labels
   * @throws InvalidOptionError when the registry has a metric of this name
   */
  addHistogram(metric: ObservedMetric): (labels: Readonly<Record<string, string>>, value: number) => void {
    const histogram = new Histogram({ ...this.#claim(metric), buckets: [...metric.buckets] });
    this.registry.registerMetric(histogram);
    return (labels, value) => histogram.observe(labels, value);
  }

  /**
   * Adds a histogram that is read at each scrape.
   * @throws InvalidOptionError when the registry has a metric of this name
   */
  addCollectedHistogram(metric: CollectedHistogram): void {
    this.registry.registerMetric(asPrometheusMetric(this.#claim(metric).name, metric));
  }

  /** Every metric with the values of this moment, for {@link mergeSnapshots}. */
  async snapshot(): Promise<MetricsSnapshot> {
    return this.registry.getMetricsAsJSON();
  }

  /** Stops listening and takes its metrics out of the registry. The caches are not touched. */
  close(): void {
    for (const stop of this.#stops.splice(0)) stop();
    for (const name of this.#names.splice(0)) this.registry.removeSingleMetric(name);
  }

  #counter(name: string, help: string, labels: readonly string[]): Counter {
    const counter = new Counter(this.#claim({ name, help, labels }));
    this.registry.registerMetric(counter);
    return counter;
  }

  #claim({ name, help, labels }: Pick<CollectedMetric, 'name' | 'help' | 'labels'>): {
    name: string;
    help: string;
    labelNames: string[];
    registers: [];
  } {
    const full = this.#prefix + name;
    if (this.registry.getSingleMetric(full) !== undefined) {
      throw new InvalidOptionError(
        'prefix',
        `must be another one: the registry already has the metric ${full}`,
        this.#prefix,
      );
    }
    this.#names.push(full);
    return { name: full, help, labelNames: [...labels], registers: [] };
  }

  /** What no counter of the cache tells: durations, and the kinds of invalidations. None of it happens on a hit. */
  #listen(caches: readonly Cache[]): void {
    // Each miss is a load: it is counted in plain integers.
    const loads = new Map<string, DurationHistogram>();
    this.addCollectedHistogram({
      name: 'load_duration_seconds',
      help: 'How long loads took, failed ones included.',
      labels: ['cache'],
      buckets: LOAD_BUCKETS,
      collect: () => [...loads].map(([cache, { counts, sum }]) => ({ labels: { cache }, counts, sum })),
    });
    const observeLoad = (cache: string, durationMs: number): void => {
      let histogram = loads.get(cache);
      if (histogram === undefined) loads.set(cache, (histogram = new DurationHistogram(LOAD_BUCKETS)));
      histogram.observe(durationMs);
    };
    const observeStoreCall = this.addHistogram({
      name: 'store_call_duration_seconds',
      help: 'How long operations of the tier behind the memory took, failed ones included.',
      labels: ['cache', 'tier', 'operation'],
      buckets: STORE_BUCKETS,
    });
    const invalidations = this.#counter('invalidations_total', 'Invalidated targets by kind.', ['cache', 'kind']);
    const leaseWaits = this.#counter(
      'lease_waits_total',
      'Waits for a load of another process, by what came of them.',
      ['cache', 'outcome'],
    );
    const logGaps = this.#counter('log_gaps_total', 'Gaps seen in the log of invalidations.', ['cache']);
    for (const cache of caches) {
      const labels = { cache: cache.name };
      cache.parts.traffic.isMeasured = true;
      for (const outcome of ['answered', 'inherited', 'alone']) leaseWaits.inc({ ...labels, outcome }, 0);
      logGaps.inc(labels, 0);
      for (const kind of ['key', 'tag', 'prefix', 'all']) invalidations.inc({ ...labels, kind }, 0);
      this.#stops.push(
        cache.events.on('loaded', ({ durationMs }) => observeLoad(cache.name, durationMs)),
        cache.events.on('loadError', ({ durationMs }) => observeLoad(cache.name, durationMs)),
        cache.events.on('invalidated', ({ targets }) => {
          for (const target of targets) invalidations.inc({ ...labels, kind: kindOf(target) });
        }),
        cache.events.on('storeCallEnd', ({ store, operation, durationMs }) =>
          observeStoreCall({ ...labels, tier: store, operation }, durationMs / 1000),
        ),
        cache.events.on('leaseWait', ({ outcome }) => leaseWaits.inc({ ...labels, outcome })),
        cache.events.on('logGap', () => logGaps.inc(labels)),
      );
    }
  }
}

/** The kind of a target as events write it: `tag:team:7`, `all`. */
function kindOf(target: string): string {
  const colon = target.indexOf(':');
  return colon === -1 ? target : target.slice(0, colon);
}
