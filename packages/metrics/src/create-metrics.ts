import { readMetricsOptions, type MetricsOptions } from './metrics-options.js';
import { Metrics } from './metrics.js';

/**
 * Prometheus metrics of a cache: counters are read from the cache's own integers at each scrape, so a hit costs nothing more;
 * durations of loads and kinds of invalidations are listened to.
 *
 * @example
 * const metrics = createMetrics({ cache });
 * ctx.type = metrics.contentType;
 * ctx.body = await metrics.text();
 *
 * @throws InvalidOptionError naming the first faulty option and its value
 */
export function createMetrics(options: MetricsOptions): Metrics {
  return new Metrics(readMetricsOptions(options));
}
