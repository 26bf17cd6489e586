export { createMetrics } from './create-metrics.js';
export { LOAD_BUCKETS, Metrics, STORE_BUCKETS } from './metrics.js';
export type { CollectedMetric, ObservedMetric, Sample } from './metric.js';
export type { MetricsOptions } from './metrics-options.js';
export type { CollectedHistogram, HistogramSample } from './collected-histogram.js';
export { addSnapshots, mergeSnapshots, type MetricsSnapshot } from './merge-snapshots.js';
// tracing
export {
  createTracing,
  type CreateTracingOptions,
  type Tracing,
  type TracingOptions,
} from './tracing/create-tracing.js';
export type { RequestTracing, TracedEnding, TracedFetch, TracedRequest } from './tracing/request-tracing.js';
// logging
export { logRequests, type LogLevel, type RequestLogger } from './logging/log-requests.js';
export { cleanText } from './logging/clean-text.js';
export { redactTarget } from './logging/redact-target.js';
