import type { Cache } from '@cachewarp/core';
import { InvalidOptionError } from '@cachewarp/core';
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { cacheMetrics } from './cache-metrics.js';
import { asPrometheusMetric, type CollectedHistogram } from './collected-histogram.js';
import type { MetricsSnapshot } from './merge-snapshots.js';
import type { CollectedMetric, ObservedMetric } from './metric.js';
import type { MetricsSettings } from './metrics-options.js';

/** From 1 ms to 30 s: a load is a database query, a computation or a call to another service. Seconds. */
export const LOAD_BUCKETS: readonly number[] = [
  0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30,
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
    const observeLoad = this.addHistogram({
      name: 'load_duration_seconds',
      help: 'How long loads took, failed ones included.',
      labels: ['cache'],
      buckets: LOAD_BUCKETS,
    });
    const invalidations = new Counter(
      this.#claim({ name: 'invalidations_total', help: 'Invalidated targets by kind.', labels: ['cache', 'kind'] }),
    );
    this.registry.registerMetric(invalidations);
    for (const cache of caches) {
      const labels = { cache: cache.name };
      for (const kind of ['key', 'tag', 'prefix', 'all']) invalidations.inc({ ...labels, kind }, 0);
      this.#stops.push(
        cache.events.on('loaded', ({ durationMs }) => observeLoad(labels, durationMs / 1000)),
        cache.events.on('loadError', ({ durationMs }) => observeLoad(labels, durationMs / 1000)),
        cache.events.on('invalidated', ({ targets }) => {
          for (const target of targets) invalidations.inc({ ...labels, kind: kindOf(target) });
        }),
      );
    }
  }
}

/** The kind of a target as events write it: `tag:team:7`, `all`. */
function kindOf(target: string): string {
  const colon = target.indexOf(':');
  return colon === -1 ? target : target.slice(0, colon);
}
