import type { Cache } from '@cachewarp/core';
import { jsonResponse, textResponse, type AdminResponse } from './admin-message.js';
import type { MetricsSource } from './admin-options.js';
import { keysOf } from './key-report.js';

/** Keys that `GET /metrics/cache` lists. */
const TOP_KEYS = 10;

/** `GET /health/live`: the process answers. */
export function live(): AdminResponse {
  return jsonResponse({ status: 'ok' });
}

/**
 * `GET /health`. A tier that is down does not make the cache unready: memory and the loaders go on
 * answering, so taking the process out of service would only make it worse.
 */
export function health(cache: Cache): AdminResponse {
  const { guarded } = cache.parts;
  const redis = guarded?.name !== 'redis' ? 'disabled' : guarded.breakerState === 'open' ? 'down' : 'ok';
  return jsonResponse({ status: 'ok', redis });
}

/** `GET /health/ready`: as `GET /health`, but 503 while the process drains, so that it gets no new clients. */
export function ready(cache: Cache, isReady: () => boolean): AdminResponse {
  return isReady() ? health(cache) : jsonResponse({ status: 'draining' }, 503);
}

/** `GET /metrics`: the text format of Prometheus. */
export async function metricsText(metrics: MetricsSource): Promise<AdminResponse> {
  return textResponse(await metrics.text(), metrics.contentType);
}

/** `GET /metrics/cache`: the numbers people ask for first. */
export async function metricsOfCache(cache: Cache): Promise<AdminResponse> {
  const stats = await cache.stats();
  return jsonResponse({
    hits: stats.hits,
    misses: stats.misses,
    top_keys: cache.mostRequested(TOP_KEYS),
    total_cached_keys: keysOf(cache, '').length,
    stale_hits: stats.staleHits,
    bypasses: stats.bypasses,
    hit_ratio: stats.hitRatio,
    coalesced: stats.coalesced,
    loads: stats.loads,
    load_errors: stats.loadErrors,
    fenced_fills: stats.fencedFills,
    invalidations: stats.invalidations,
    evictions: stats.evictions,
    bytes: stats.bytes,
  });
}

/** `GET /stats`: everything the cache counts. */
export async function statsOfCache(cache: Cache): Promise<AdminResponse> {
  return jsonResponse(await cache.stats());
}
