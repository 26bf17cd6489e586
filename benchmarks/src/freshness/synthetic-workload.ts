import type { ChangingObject, Workload } from './history.js';
import { exponential, normal, poisson, seededRandom, shuffle, zipfShares } from './random.js';
import type { RequestSetup } from './recorded-workload.js';

/** `plain`; `popular-change-faster`; `turning`: half of the objects change twenty times as fast or as slowly from half-way on. */
export type SyntheticKind = 'plain' | 'popular-change-faster' | 'turning';

/** A synthetic set. */
export interface SyntheticSetup extends RequestSetup {
  readonly objects: number;
  readonly medianIntervalS: number;
  /** Of the logarithm of the mean intervals between changes. */
  readonly sigma: number;
}

type Manner = 'poisson' | 'periodic' | 'bursty' | 'static';

const TURN = 20;
/** A burst has five changes on average, a tenth of the mean interval apart. */
const CHANGES_A_BURST = 5;
const STATIC_QUIET_S = 30 * 86_400;

/**
 * Objects whose mean intervals between changes are log-normal. Half change as a Poisson process, a fifth at fixed intervals, a fifth in
 * bursts, a tenth never.
 */
export function syntheticWorkload(kind: SyntheticKind, setup: SyntheticSetup, seed: number): Workload {
  const random = seededRandom(seed);
  const { objects: count, durationS, requestsPerS, zipfExponent, medianIntervalS, sigma } = setup;
  const means = Array.from({ length: count }, () => medianIntervalS * Math.exp(sigma * normal(random)));
  const ranked = kind === 'popular-change-faster' ? fastFirst(random, means, sigma) : shuffle(random, means);
  const shares = zipfShares(count, zipfExponent);
  const objects = ranked.map((mean, rank): ChangingObject => {
    const manner = drawManner(random);
    const turn = kind === 'turning' && random() < 0.5 ? (random() < 0.5 ? 1 / TURN : TURN) : 1;
    const halfS = durationS / 2;
    const changes =
      turn === 1
        ? drawChanges(random, manner, mean, 0, durationS)
        : [
            ...drawChanges(random, manner, mean, 0, halfS),
            ...drawChanges(random, manner, mean * turn, halfS, durationS),
          ];
    return {
      name: `${kind}:${rank}`,
      requestRate: shares[rank]! * requestsPerS,
      quietS: manner === 'static' ? STATIC_QUIET_S : exponential(random, mean),
      changes: Float64Array.from(changes).sort(),
    };
  });
  return { objects, durationS };
}

function drawManner(random: () => number): Manner {
  const draw = random();
  if (draw < 0.5) return 'poisson';
  if (draw < 0.7) return 'periodic';
  return draw < 0.9 ? 'bursty' : 'static';
}

/** Ranks by speed of change, blurred by as much again. */
function fastFirst(random: () => number, means: readonly number[], sigma: number): number[] {
  const blurred = means.map((mean) => ({ mean, at: Math.log(mean) / sigma + normal(random) }));
  return blurred.sort((one, other) => one.at - other.at).map(({ mean }) => mean);
}

function drawChanges(random: () => number, manner: Manner, mean: number, fromS: number, toS: number): number[] {
  const changes: number[] = [];
  switch (manner) {
    case 'static':
      break;
    case 'poisson':
      for (let at = fromS + exponential(random, mean); at < toS; at += exponential(random, mean)) changes.push(at);
      break;
    case 'periodic':
      for (let at = fromS + random() * mean; at < toS; at += mean) changes.push(at);
      break;
    case 'bursty':
      for (
        let start = fromS + exponential(random, CHANGES_A_BURST * mean);
        start < toS;
        start += exponential(random, CHANGES_A_BURST * mean)
      ) {
        const length = 1 + poisson(random, CHANGES_A_BURST - 1);
        for (let index = 0, at = start; index < length && at < toS; index++, at += exponential(random, mean / 10)) {
          changes.push(at);
        }
      }
  }
  return changes;
}
