import { parseBytes } from '@cachewarp/core';
import type { SimulatedConfig } from '../simulated-config.js';
import type { CurvePoint, PolicyPoint } from '../simulation-report.js';
import type { KeySample } from '../stats/key-sample.js';
import { runSample, type LogTotals, type Trial, type TrialResult } from './sample-run.js';

const SECOND = 1000;
const TTLS_MS = [5, 15, 60, 300, 900, 3600, 6 * 3600, 86_400, 7 * 86_400].map((seconds) => seconds * SECOND);
/** Sizes as multiples of the one that is configured. */
const SIZE_FACTORS = [1 / 32, 1 / 8, 1 / 4, 1 / 2, 1, 2, 4, 8, 32];
const SMALLEST_BYTES = 1 << 20;
const COMPARED_POLICIES = ['s3fifo', 'tinylfu', 'lru', 'lfu', 'gdsf'] as const;

/** What the memory of a configuration is, with every default filled in. */
export function memoryOf({ memory }: SimulatedConfig): Trial['memory'] {
  const { maxBytes = '64mb', maxEntries, policy = 's3fifo' } = memory;
  return { maxBytes: parseBytes('memory.maxBytes', maxBytes), maxEntries, policy };
}

/** What else could be set: reckoned from the sample, one engine after the other, so that no more than one is in memory. */
export class Curves {
  readonly #sample: KeySample;
  readonly #totals: LogTotals;
  readonly #onStep: () => void;

  constructor(sample: KeySample, totals: LogTotals, onStep: () => void) {
    this.#sample = sample;
    this.#totals = totals;
    this.#onStep = onStep;
  }

  /** How often `onStep` is called at most for everything that this class offers. */
  static readonly steps = TTLS_MS.length + SIZE_FACTORS.length + COMPARED_POLICIES.length + 1;

  /** One lifetime for all that is kept. */
  async overTtl(memory: Trial['memory']): Promise<CurvePoint[]> {
    const points: CurvePoint[] = [];
    for (const ttlMs of TTLS_MS) points.push({ x: ttlMs, ...pointOf(await this.run({ memory, ttlMs })) });
    return points;
  }

  /** @param ttlMs - in place of the lifetimes of the configuration */
  async overSize(memory: Trial['memory'], ttlMs?: number): Promise<CurvePoint[]> {
    const points: CurvePoint[] = [];
    let result: TrialResult | undefined;
    for (const factor of SIZE_FACTORS) {
      const maxBytes = Math.max(SMALLEST_BYTES, Math.round(memory.maxBytes * factor));
      if (points.at(-1)?.x === maxBytes) continue;
      if (result?.hasRoom !== true) result = await this.run(trial({ ...memory, maxBytes }, ttlMs));
      points.push({ x: maxBytes, ...pointOf(result) });
    }
    return points;
  }

  async overPolicies(memory: Trial['memory'], ttlMs?: number): Promise<PolicyPoint[]> {
    const points: PolicyPoint[] = [];
    let result: TrialResult | undefined;
    for (const policy of COMPARED_POLICIES) {
      if (result?.hasRoom !== true) result = await this.run(trial({ ...memory, policy }, ttlMs));
      const { hitRatio, byteHitRatio } = result;
      points.push({ policy, hitRatio, byteHitRatio });
    }
    return points;
  }

  /** What one setting comes to. */
  async run(one: Trial): Promise<TrialResult> {
    const result = await runSample(this.#sample, one, this.#totals);
    this.#onStep();
    return result;
  }
}

function pointOf({ hitRatio, byteHitRatio, outdatedShare }: TrialResult): Omit<CurvePoint, 'x'> {
  return { hitRatio, byteHitRatio, outdatedShare };
}

function trial(memory: Trial['memory'], ttlMs: number | undefined): Trial {
  return ttlMs === undefined ? { memory } : { memory, ttlMs };
}
