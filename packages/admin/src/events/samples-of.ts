import type { MetricsSnapshot } from '@cachewarp/metrics';

/** Values by series, each series written as Prometheus writes it: `cachewarp_requests_total{cache="app",status="hit"}`. */
export type Samples = ReadonlyMap<string, number>;

/** A metric as prom-client tells it. */
interface Metric {
  readonly name: string;
  readonly values: readonly {
    readonly metricName?: string;
    readonly labels: Readonly<Record<string, string | number>>;
    readonly value: number;
  }[];
}

/** The samples of a snapshot: the same names and values that the text format has. */
export function samplesOf(snapshot: MetricsSnapshot): Samples {
  const samples = new Map<string, number>();
  for (const { name, values } of snapshot as readonly Metric[]) {
    for (const { metricName = name, labels, value } of values) samples.set(seriesOf(metricName, labels), value);
  }
  return samples;
}

function seriesOf(name: string, labels: Readonly<Record<string, string | number>>): string {
  const pairs = Object.entries(labels).map(([label, value]) => `${label}="${escaped(String(value))}"`);
  return pairs.length === 0 ? name : `${name}{${pairs.join(',')}}`;
}

function escaped(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('"', '\\"');
}
