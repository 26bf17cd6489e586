import type { Cache } from '@cachewarp/core';
import type { WritePolicy } from '../backing/backing.js';
import type { WriteBehindQueue } from '../backing/write-behind-queue.js';
import type { LatencyHistogram } from '../base/latency-histogram.js';
import { jsonAnswer, type Answer } from '../message/answer.js';

/** What is measured by itself. */
export const OPERATIONS = ['get', 'put', 'delete', 'batch', 'invalidate'] as const;
export type Operation = (typeof OPERATIONS)[number];

/** What the reports are made from. */
export interface ReportParts {
  readonly cache: Cache;
  readonly memory: { readonly policy: string; readonly maxBytes: number; readonly maxEntries: number | undefined };
  readonly writePolicy: WritePolicy;
  readonly queue: WriteBehindQueue | undefined;
  readonly hasBacking: boolean;
  readonly startedAt: number;
  readonly latencies: Readonly<Record<Operation, LatencyHistogram>>;
  readonly traffic: { requests: number; refused: number };
}

/**
 * `GET /health`. A store that is down does not make the service unhealthy: memory goes on answering, and taking the process out of service
 * would only make it worse.
 */
export function reportHealth({ cache }: ReportParts): Answer {
  const { guarded } = cache.parts;
  const store = guarded === undefined ? 'disabled' : guarded.breakerState === 'open' ? 'down' : 'ok';
  const redis = guarded?.name === 'redis' ? store : 'disabled';
  return jsonAnswer({ status: 'ok', store, redis });
}

/** `GET /stats`: everything that is counted, since the start of this process. */
export async function reportStats(parts: ReportParts): Promise<Answer> {
  const { cache, memory, latencies, traffic } = parts;
  const stats = await cache.stats();
  const { store } = stats;
  return jsonAnswer({
    hits: stats.hits,
    misses: stats.misses,
    hitRate: stats.hits + stats.misses === 0 ? 0 : stats.hits / (stats.hits + stats.misses),
    entries: stats.entries,
    bytes: stats.bytes,
    memory: { policy: memory.policy, maxBytes: memory.maxBytes, maxEntries: memory.maxEntries ?? null },
    evictions: evictionsOf(parts, stats.evictions),
    invalidations: stats.invalidations,
    stores: stats.stores,
    uptimeSeconds: Math.floor((cache.clock.now() - parts.startedAt) / 1000),
    requests: traffic.requests,
    refused: traffic.refused,
    latencyMs: Object.fromEntries(OPERATIONS.map((name) => [name, latencies[name].report()])),
    store:
      store === undefined
        ? null
        : {
            name: store.name,
            breaker: store.breaker,
            entries: store.entries ?? null,
            bytes: store.bytes ?? null,
            evictions: store.evictions,
            errors: stats.storeErrors,
          },
    writes: { policy: parts.writePolicy, backing: parts.hasBacking, queue: parts.queue?.report() ?? null },
  });
}

/** By cause: for want of room, because their time was over, because they were invalidated, because another value took their place. */
function evictionsOf({ cache }: ReportParts, evicted: number): object {
  const { expired, dropped, replaced } = cache.parts.counters;
  return { room: evicted, expired, invalidated: dropped, replaced };
}
