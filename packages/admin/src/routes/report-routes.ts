import type { Cache } from '@cachewarp/core';
import { jsonResponse, textResponse, type AdminResponse } from '../message/admin-message.js';
import type { MetricsSource } from '../access/admin-options.js';
import type { AdminNode } from '../node/admin-node.js';
import { mergeKeys, mergeStats, mergeTop } from '../node/merge-answers.js';

/** Keys that `GET /metrics/cache` lists. */
const TOP_KEYS = 10;

/** `GET /health/live`: the process answers. */
export function live(): AdminResponse {
  return jsonResponse({ status: 'ok' });
}

/**
 * `GET /health`. A tier that is down does not make the cache unready: memory and the loaders go on answering, so taking the process out
 * of service would only make it worse.
 */
export function health(cache: Cache): AdminResponse {
  return jsonResponse({ status: 'ok', redis: redisState(cache) });
}

/** The word for the Redis tier. */
export function redisState(cache: Cache): 'ok' | 'down' | 'disabled' {
  const { guarded } = cache.parts;
  if (guarded?.name !== 'redis') return 'disabled';
  return guarded.isDown ? 'down' : 'ok';
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
export async function metricsOfCache(node: AdminNode): Promise<AdminResponse> {
  const [counted, ranked, listed] = await Promise.all([
    node.ask({ kind: 'stats' }),
    node.ask({ kind: 'top', limit: TOP_KEYS }),
    node.ask({ kind: 'keys', prefix: '', after: undefined, limit: 1 }),
  ]);
  const stats = mergeStats(counted.answers);
  const top = mergeTop(ranked.answers, TOP_KEYS);
  const { total } = mergeKeys(listed.answers, 1);
  return jsonResponse({
    hits: stats.hits,
    misses: stats.misses,
    top_keys: top.requests.map(({ key, requests }) => [key, requests]),
    total_cached_keys: total,
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
    nodes: counted.nodes,
  });
}

/** `GET /stats`: everything the cache counts. */
export async function statsOfCache(node: AdminNode): Promise<AdminResponse> {
  const { answers, nodes } = await node.ask({ kind: 'stats' });
  return jsonResponse({ ...mergeStats(answers), nodes });
}
