import type { CurvePoint, RouteRow } from '../simulation-report.js';
import { ratio } from '../stats/route-stats.js';
import type { TtlLadder } from '../stats/ttl-ladder.js';

/** Below this part of all requests a route gets no lifetime of its own. */
const LEAST_SHARE = 0.002;

/** The curve over the lifetime of each route that is worth a rule, with room for everything. */
export function routeTtlCurves(
  ladder: TtlLadder,
  routes: readonly RouteRow[],
  requests: number,
  routeOf: (key: string) => string,
): Map<string, CurvePoint[]> {
  const wanted = routes.filter((row) => row.ceiling > 0 && row.requests >= LEAST_SHARE * requests);
  const sums = ladder.byGroup(routeOf, new Set(wanted.map(({ route }) => route)));
  const curves = new Map<string, CurvePoint[]>();
  for (const [route, steps] of sums) {
    const points = steps.map(({ reads, misses, readBytes, missBytes, outdated }, step) => ({
      x: ladder.ttlsMs[step]!,
      hitRatio: ratio(reads - misses, reads),
      byteHitRatio: ratio(readBytes - missBytes, readBytes),
      outdatedShare: ratio(outdated, reads - misses),
    }));
    curves.set(route, points);
  }
  return curves;
}
