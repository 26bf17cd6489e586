import { AdaptiveTtl, resolveAdaptive } from '@cachewarp/core';
import type { Workload } from './history.js';
import { seededRandom } from './random.js';
import { runWorkload, type RunResult } from './run-workload.js';

/** What an adaptive run came to, and where its price ended. */
export interface AdaptiveResult extends RunResult {
  readonly price: number;
}

/** How an adaptive run is made. */
export interface AdaptiveSetup {
  readonly staleBudget: number;
  /** Whether the origin says when an object changed last. */
  readonly sendsLastModified: boolean;
}

/** Runs a workload with the rule as it is in the engine. Bounds are wide, so that it is the rule which chooses. */
export function runAdaptive(
  workload: Workload,
  { staleBudget, sendsLastModified }: AdaptiveSetup,
  warmUp: number,
  seed: number,
): AdaptiveResult {
  const rule = new AdaptiveTtl({ random: seededRandom(seed + 1) });
  const settings = resolveAdaptive({ staleBudget, min: '1s', max: '7d' });
  const result = runWorkload(
    workload,
    ({ object, at, version, lastChangeAt, hits }) => {
      const advice = rule.contact({
        key: object.name,
        ruleName: 'all',
        settings,
        contentType: '',
        at: at * 1000,
        content: String(version),
        hits,
        lastModifiedAt: sendsLastModified ? lastChangeAt * 1000 : undefined,
        loadMs: 0,
      });
      return advice.word === 'keep' ? advice.ttlMs / 1000 : 0;
    },
    warmUp,
    seed,
  );
  const first = workload.objects[0];
  const price = first === undefined ? NaN : (rule.report(first.name, 0)?.price ?? NaN);
  return { ...result, price };
}
