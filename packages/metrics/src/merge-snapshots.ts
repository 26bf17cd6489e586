import { AggregatorRegistry, type Registry } from 'prom-client';

/** Every metric of one process at one moment, as plain data that can be sent to another process. Made by `Metrics.snapshot`. */
export type MetricsSnapshot = readonly object[];

/** What is read of a metric in a snapshot. */
interface SnapshotMetric {
  readonly name: string;
  readonly values: readonly SnapshotValue[];
}

interface SnapshotValue {
  readonly value: number;
  readonly labels: Readonly<Record<string, string | number>>;
}

/** Sizes of tiers: a tier behind the memory is the same one for all processes, so that its size must not be added up. */
const SIZE = /_(?:entries|bytes)$/;

/**
 * The metrics of several processes as those of one: counters, histograms and sizes are added up. What all of them see (the size of a
 * tier that they share, the state of a circuit breaker towards it) counts once, at its highest.
 *
 * @returns the text format of Prometheus
 */
export function mergeSnapshots(snapshots: readonly MetricsSnapshot[]): Promise<string> {
  return registryOf(snapshots).metrics();
}

/** As {@link mergeSnapshots}, as one snapshot: the metrics of several processes as those of one. */
export async function addSnapshots(snapshots: readonly MetricsSnapshot[]): Promise<MetricsSnapshot> {
  return registryOf(snapshots).getMetricsAsJSON();
}

function registryOf(snapshots: readonly MetricsSnapshot[]): Registry {
  const highest = highestSizes(snapshots as readonly (readonly SnapshotMetric[])[]);
  const counted = (snapshots as readonly (readonly SnapshotMetric[])[]).map((snapshot) =>
    snapshot.map((metric) => withoutShared(metric, highest)),
  );
  return AggregatorRegistry.aggregate(counted as object[][]);
}

/** By series, the highest value that any process has of the size of a shared tier. */
function highestSizes(snapshots: readonly (readonly SnapshotMetric[])[]): Map<string, number> {
  const highest = new Map<string, number>();
  for (const { name, values } of snapshots.flat()) {
    for (const value of values) {
      if (!isShared(name, value)) continue;
      const series = seriesOf(name, value);
      highest.set(series, Math.max(value.value, highest.get(series) ?? 0));
    }
  }
  return highest;
}

/** The metric with the highest size of each shared tier in its first place, and nothing in the others. */
function withoutShared(metric: SnapshotMetric, highest: Map<string, number>): SnapshotMetric {
  if (!metric.values.some((value) => isShared(metric.name, value))) return metric;
  const values = metric.values.map((value) => {
    if (!isShared(metric.name, value)) return value;
    const series = seriesOf(metric.name, value);
    const once = highest.get(series) ?? 0;
    highest.set(series, 0);
    return { ...value, value: once };
  });
  return { ...metric, values };
}

function isShared(name: string, { labels }: SnapshotValue): boolean {
  return labels['tier'] !== undefined && labels['tier'] !== 'memory' && SIZE.test(name);
}

function seriesOf(name: string, { labels }: SnapshotValue): string {
  return `${name} ${String(labels['cache'])} ${String(labels['tier'])}`;
}
