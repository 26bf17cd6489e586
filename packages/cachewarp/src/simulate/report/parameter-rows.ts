import type { ParameterRow } from '../simulation-report.js';
import type { ParameterStats } from '../stats/parameter-table.js';
import { ratio } from '../stats/route-stats.js';

const MAX_ROWS = 20;
/** Comparisons before something is concluded, and the part of equal sizes that looks safe. */
const ENOUGH_COMPARED = 20;
const EQUAL_SHARE = 0.98;
/** A parameter that could give fewer hits than this does not matter. */
const LEAST_GAIN = 0.001;

/** The parameters that cost the most keys. */
export function parameterRows(
  rows: readonly [name: string, stats: ParameterStats][],
  requests: number,
): ParameterRow[] {
  return rows
    .filter(([, { keysSaved }]) => keysSaved > 0)
    .slice(0, MAX_ROWS)
    .map(([name, stats]) => {
      const gain = ratio(stats.keysSaved, requests);
      return {
        name,
        requests: stats.requests,
        // An estimate may exceed what is possible.
        values: Math.min(stats.values.count, stats.requests),
        keys: Math.min(stats.targets.count, stats.requests),
        keysWithout: stats.targetsWithout.count,
        gain,
        compared: stats.compared,
        equalShare: ratio(stats.equal, stats.compared),
        verdict: verdictOf(stats, gain),
      };
    });
}

function verdictOf({ compared, equal }: ParameterStats, gain: number): ParameterRow['verdict'] {
  if (gain < LEAST_GAIN) return 'costs little';
  if (compared < ENOUGH_COMPARED) return 'too little seen';
  return ratio(equal, compared) >= EQUAL_SHARE ? 'looks safe to ignore' : 'means something';
}
