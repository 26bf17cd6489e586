import { DurationHistogram, REQUEST_BOUNDS, type BreakerState } from '@cachewarp/core';
import type { CollectedMetric, Metrics } from '@cachewarp/metrics';
import type { TrafficCounters } from '../front/traffic-counters.js';
import type { Upstream } from '../upstream/upstream.js';
import type { OriginFetch, UpstreamOrigin } from '../upstream/upstream-origin.js';

/** What a circuit breaker's state is as a number: higher is worse. */
const BREAKER_VALUE: Record<BreakerState, number> = { closed: 0, 'half-open': 1, open: 2 };

/**
 * Adds what a proxy counts to the metrics of its cache. Counters are read from integers that are counted anyway; labels are routes and
 * upstreams, which the configuration names, never a URL.
 *
 * @returns what to call with each request to the origin
 */
export function addProxyMetrics(
  metrics: Metrics,
  proxy: { readonly counters: TrafficCounters; readonly origin: UpstreamOrigin },
): (fetch: OriginFetch) => void {
  // The origin may be another one when they are read.
  const metricsOfAll = [...trafficMetrics(proxy.counters), ...originMetrics(() => proxy.origin)];
  for (const metric of metricsOfAll) metrics.add(metric);
  const durations = new Map<string, DurationHistogram>();
  metrics.addCollectedHistogram({
    name: 'origin_duration_seconds',
    help: 'How long the origin took to the head of its answer, or to its failure, all tries together.',
    labels: ['origin'],
    buckets: REQUEST_BOUNDS,
    collect: () => [...durations].map(([origin, { counts, sum }]) => ({ labels: { origin }, counts, sum })),
  });
  return ({ upstream = 'none', durationMs }) => {
    let histogram = durations.get(upstream);
    if (histogram === undefined) durations.set(upstream, (histogram = new DurationHistogram(REQUEST_BOUNDS)));
    histogram.observe(durationMs);
  };
}

function trafficMetrics(counters: TrafficCounters): CollectedMetric[] {
  const plain = (kind: CollectedMetric['kind'], name: string, help: string, read: () => number): CollectedMetric => ({
    kind,
    name,
    help,
    labels: [],
    collect: () => [{ labels: {}, value: read() }],
  });
  return [
    plain(
      'counter',
      'refused_requests_total',
      'Requests that were refused unseen by the cache.',
      () => counters.refused,
    ),
    plain('gauge', 'connections', 'Client connections.', () => counters.connections),
    plain('gauge', 'tunnels', 'WebSocket and other upgraded connections.', () => counters.tunnels),
    plain('gauge', 'active_requests', 'Requests being answered that are not fresh hits.', () => counters.active),
  ];
}

function originMetrics(origin: () => UpstreamOrigin): CollectedMetric[] {
  const perUpstream = (
    kind: CollectedMetric['kind'],
    name: string,
    help: string,
    read: (upstream: Upstream) => number,
    aggregate: CollectedMetric['aggregate'] = 'sum',
  ): CollectedMetric => ({
    aggregate,
    kind,
    name,
    help,
    labels: ['origin'],
    collect: () => origin().upstreams.map((upstream) => ({ labels: { origin: upstream.name }, value: read(upstream) })),
  });
  return [
    perUpstream('counter', 'origin_requests_total', 'Requests sent, each try by itself.', (u) => u.counters.requests),
    perUpstream('counter', 'origin_retries_total', 'Of those, tries after the first.', (u) => u.counters.retries),
    perUpstream('counter', 'origin_failures_total', 'Of those, ones that failed.', (u) => u.counters.failures),
    perUpstream('gauge', 'origin_in_flight', 'Requests at the origin.', (u) => u.inFlight),
    perUpstream(
      'gauge',
      'origin_healthy',
      'Whether probes say that it is well: 1 or 0.',
      (u) => Number(u.isHealthy),
      'min',
    ),
    perUpstream(
      'gauge',
      'origin_breaker_state',
      'Circuit breaker of the upstream: 0 closed, 1 half-open, 2 open.',
      (u) => BREAKER_VALUE[u.breakerState],
      'max',
    ),
    {
      kind: 'gauge',
      name: 'origin_queued',
      help: 'Requests that wait for a place at the origin.',
      labels: [],
      collect: () => [{ labels: {}, value: origin().queued }],
    },
  ];
}
