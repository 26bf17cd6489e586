import type { RouteRow, RouteVerdict } from '../simulation-report.js';
import { ratio, type RouteStats } from '../stats/route-stats.js';

const MAX_ROWS = 40;
/** Below this many requests there is nothing to conclude. */
const ENOUGH = 20;

/** The routes with the most requests; what is below them is told together. */
export function routeRows(rows: readonly [route: string, stats: RouteStats][]): RouteRow[] {
  return rows.slice(0, MAX_ROWS).map(([route, stats]) => ({
    route,
    requests: stats.requests,
    hitRatio: stats.hitRatio,
    byteHitRatio: ratio(stats.hitBytes, stats.bytes),
    ceiling: stats.ceiling,
    bytes: stats.bytes,
    originRequests: stats.requests - stats.hits + stats.stale,
    originBytes: stats.originBytes,
    compared: stats.compared,
    changeShare: ratio(stats.changed, stats.compared),
    outdatedShare: ratio(stats.outdated, stats.hits),
    meanMs: stats.timed === 0 ? undefined : stats.durationMs / stats.timed,
    verdict: verdictOf(stats),
  }));
}

function verdictOf(stats: RouteStats): RouteVerdict {
  if (ratio(stats.reads, stats.requests) < 0.05) return 'not cacheable';
  if (stats.requests >= ENOUGH && stats.ceiling < 0.05) return 'hardly ever asked twice';
  if (stats.compared >= ENOUGH && ratio(stats.changed, stats.compared) > 0.5) return 'changes all the time';
  return stats.hitRatio < 0.1 ? 'little gain' : 'worth it';
}
