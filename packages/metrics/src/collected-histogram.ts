import type { Registry } from 'prom-client';

/** A histogram that counts for itself, in plain integers, and is read when somebody scrapes. */
export interface CollectedHistogram {
  /** Without the prefix. */
  readonly name: string;
  readonly help: string;
  readonly labels: readonly string[];
  /** Upper bounds, ascending. */
  readonly buckets: readonly number[];
  collect(): readonly HistogramSample[];
}

/** The state of a histogram for one set of labels. */
export interface HistogramSample {
  readonly labels: Readonly<Record<string, string>>;
  /** How many values fell into each bucket and into none before it; one more than there are bounds, for those above all. */
  readonly counts: ArrayLike<number>;
  /** Of all values. */
  readonly sum: number;
}

/** What a registry asks of a metric: prom-client's own histogram cannot be given counts that somebody else made. */
type Registered = Parameters<Registry['registerMetric']>[0];

/** A collected histogram in the shape of prom-client's metrics. */
export function asPrometheusMetric(name: string, metric: CollectedHistogram): Registered {
  const { help, labels: labelNames } = metric;
  const get = (): object => ({ name, help, type: 'histogram', aggregator: 'sum', values: valuesOf(name, metric) });
  return { name, help, type: 'histogram', labelNames, aggregator: 'sum', get } as unknown as Registered;
}

interface Value {
  readonly metricName: string;
  readonly labels: Readonly<Record<string, string | number>>;
  readonly value: number;
}

function valuesOf(name: string, metric: CollectedHistogram): Value[] {
  const { buckets } = metric;
  const values: Value[] = [];
  for (const { labels, counts, sum } of metric.collect()) {
    let total = 0;
    buckets.forEach((le, at) => {
      total += counts[at]!;
      values.push({ metricName: `${name}_bucket`, labels: { ...labels, le }, value: total });
    });
    total += counts[buckets.length]!;
    values.push(
      { metricName: `${name}_bucket`, labels: { ...labels, le: '+Inf' }, value: total },
      { metricName: `${name}_sum`, labels, value: sum },
      { metricName: `${name}_count`, labels, value: total },
    );
  }
  return values;
}
