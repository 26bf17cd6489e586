export { createMetrics } from './create-metrics.js';
export { LOAD_BUCKETS, Metrics } from './metrics.js';
export type { CollectedMetric, ObservedMetric, Sample } from './metric.js';
export type { MetricsOptions } from './metrics-options.js';
export type { CollectedHistogram, HistogramSample } from './collected-histogram.js';
export { addSnapshots, mergeSnapshots, type MetricsSnapshot } from './merge-snapshots.js';
