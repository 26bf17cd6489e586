import { AggregatorRegistry } from 'prom-client';

/** Every metric of one process at one moment, as plain data that can be sent to another process. Made by `Metrics.snapshot`. */
export type MetricsSnapshot = readonly object[];

/**
 * The metrics of several processes as those of one: counters, histograms and sizes are added up.
 *
 * @returns the text format of Prometheus
 */
export function mergeSnapshots(snapshots: readonly MetricsSnapshot[]): Promise<string> {
  return AggregatorRegistry.aggregate(snapshots as object[][]).metrics();
}

/** As {@link mergeSnapshots}, as one snapshot: the metrics of several processes as those of one. */
export async function addSnapshots(snapshots: readonly MetricsSnapshot[]): Promise<MetricsSnapshot> {
  return AggregatorRegistry.aggregate(snapshots as object[][]).getMetricsAsJSON();
}
