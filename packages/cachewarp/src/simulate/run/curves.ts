import { parseBytes } from '@cachewarp/core';
import type { SimulatedConfig } from '../simulated-config.js';
import type { CurvePoint, PolicyPoint } from '../simulation-report.js';
import type { KeySample } from '../stats/key-sample.js';
import { ratio, type RouteStats } from '../stats/route-stats.js';
import type { TtlLadder } from '../stats/ttl-ladder.js';
import { oneTtl, type TtlChoice } from './ttl-choice.js';
import { runSample, type SampleResult, type Trial, type TrialMemory } from './sample-run.js';

/** Sizes as multiples of the one that is configured. */
const SIZE_FACTORS = [1 / 32, 1 / 8, 1 / 4, 1 / 2, 1, 2, 4, 8, 32];
const SMALLEST_BYTES = 1 << 20;
const COMPARED_POLICIES = ['s3fifo', 'tinylfu', 'lru', 'lfu', 'gdsf'] as const;
const ENDLESS: TrialMemory = { maxBytes: 2 ** 50, maxEntries: undefined, policy: 'lru' };

/** What the curves are reckoned from. */
export interface CurveParts {
  readonly sample: KeySample;
  readonly ladder: TtlLadder;
  /** What came of the whole log with the configuration as it is. */
  readonly whole: Whole;
  /** The memory of that configuration. */
  readonly memory: TrialMemory;
  /** Called for each run of the sample. */
  readonly onStep: () => void;
}

interface Whole {
  readonly stats: RouteStats;
  /** Requests that no cache answers, and their bytes. */
  readonly passedRequests: number;
  readonly passedBytes: number;
}

/** What a setting comes to, for the whole log. */
export interface Estimate extends Omit<CurvePoint, 'x'> {
  readonly hasRoom: boolean;
}

type Counts = Omit<SampleResult, 'hasRoom'>;

/** What the memory of a configuration is, with every default filled in. */
export function memoryOf({ memory }: SimulatedConfig): TrialMemory {
  const { maxBytes = '64mb', maxEntries, policy = 's3fifo' } = memory;
  return { maxBytes: parseBytes('memory.maxBytes', maxBytes), maxEntries, policy };
}

/**
 * What other settings would come to. What time costs is known for about every key (see `TtlLadder`), and what the configuration as it is
 * comes to is known from the whole log; from the sample comes only the difference that another memory makes. That keeps its error small: a
 * few hot keys, which are hits in any memory, fall out of the difference.
 *
 * The sample runs through one engine after the other, so that no more than one is in memory.
 */
export class Curves {
  readonly #parts: CurveParts;
  /** By lifetime: what the sample comes to where the answer for the whole log is known. */
  readonly #references = new Map<TtlChoice | undefined, SampleResult>();

  constructor(parts: CurveParts) {
    this.#parts = parts;
  }

  /** How often the sample is run at most for everything that is reported. */
  get steps(): number {
    return 2 * (this.#parts.ladder.ttlsMs.length + SIZE_FACTORS.length + COMPARED_POLICIES.length) + 2;
  }

  /** One lifetime for all that is kept. */
  async overTtl(): Promise<CurvePoint[]> {
    const points: CurvePoint[] = [];
    for (const [step, ttlMs] of this.#parts.ladder.ttlsMs.entries()) {
      points.push(pointAt(ttlMs, await this.estimate({ memory: this.#parts.memory, ttl: oneTtl(step) })));
    }
    return points;
  }

  /** @param ttl - in place of the lifetimes of the configuration */
  async overSize(ttl?: TtlChoice): Promise<CurvePoint[]> {
    const { memory } = this.#parts;
    const points: CurvePoint[] = [];
    let estimate: Estimate | undefined;
    for (const factor of SIZE_FACTORS) {
      const maxBytes = Math.max(SMALLEST_BYTES, Math.round(memory.maxBytes * factor));
      if (points.at(-1)?.x === maxBytes) continue;
      if (estimate?.hasRoom !== true) estimate = await this.estimate({ memory: { ...memory, maxBytes }, ttl });
      points.push(pointAt(maxBytes, estimate));
    }
    return points;
  }

  async overPolicies(memory: TrialMemory, ttl?: TtlChoice): Promise<PolicyPoint[]> {
    const points: PolicyPoint[] = [];
    let estimate: Estimate | undefined;
    for (const policy of COMPARED_POLICIES) {
      if (estimate?.hasRoom !== true) estimate = await this.estimate({ memory: { ...memory, policy }, ttl });
      points.push({ policy, hitRatio: estimate.hitRatio, byteHitRatio: estimate.byteHitRatio });
    }
    return points;
  }

  /** What one setting comes to. */
  async estimate(trial: Trial): Promise<Estimate> {
    const result = await this.#run(trial);
    const known = this.#known(trial.ttl);
    const reference = result.hasRoom && trial.ttl !== undefined ? result : await this.#reference(trial.ttl);
    const { rate } = this.#parts.sample;
    const scaled = (name: keyof Counts): number => Math.max(0, known[name] + (result[name] - reference[name]) / rate);
    return { ...this.#shares(scaled('misses'), scaled('missBytes'), scaled('outdated')), hasRoom: result.hasRoom };
  }

  /** What the whole log comes to with room for everything, or with the configuration as it is. */
  #known(ttl: TtlChoice | undefined): Counts {
    const { ladder, whole } = this.#parts;
    if (ttl !== undefined) return ladder.at(ttl);
    const { requests, bytes, hits, hitBytes, outdated } = whole.stats;
    return {
      misses: requests - hits - whole.passedRequests,
      missBytes: bytes - hitBytes - whole.passedBytes,
      outdated,
    };
  }

  async #reference(ttl: TtlChoice | undefined): Promise<SampleResult> {
    const known = this.#references.get(ttl);
    if (known !== undefined) return known;
    const reference = await this.#run({ memory: ttl === undefined ? this.#parts.memory : ENDLESS, ttl });
    this.#references.set(ttl, reference);
    return reference;
  }

  #shares(misses: number, missBytes: number, outdated: number): Omit<CurvePoint, 'x'> {
    const { stats, passedRequests, passedBytes } = this.#parts.whole;
    const hits = Math.max(0, stats.requests - passedRequests - misses);
    const hitBytes = Math.max(0, stats.bytes - passedBytes - missBytes);
    return {
      hitRatio: ratio(hits, stats.requests),
      byteHitRatio: ratio(hitBytes, stats.bytes),
      outdatedShare: Math.min(1, ratio(outdated, hits)),
    };
  }

  #run(trial: Trial): Promise<SampleResult> {
    this.#parts.onStep();
    return runSample(this.#parts.sample, trial, this.#parts.ladder.ttlsMs);
  }
}

function pointAt(x: number, { hitRatio, byteHitRatio, outdatedShare }: Estimate): CurvePoint {
  return { x, hitRatio, byteHitRatio, outdatedShare };
}
