import type { Workload } from './history.js';
import { runWorkload, type RunResult } from './run-workload.js';

/** The one ttl that costs the origin least at a given share of outdated answers. */
export interface FixedTtl extends RunResult {
  readonly ttlS: number;
}

const LEAST_S = 0.01;
/** Neighbours among the ttls that are tried differ by a tenth. */
const STEP = 1.1;

/** Runs of one workload under fixed ttls. Each ttl is run once, and only if a search comes by. */
export class FixedTtls {
  readonly #workload: Workload;
  readonly #warmUp: number;
  readonly #seed: number;
  readonly #runs = new Map<number, RunResult>();

  constructor(workload: Workload, warmUp: number, seed: number) {
    this.#workload = workload;
    this.#warmUp = warmUp;
    this.#seed = seed;
  }

  /**
   * Finds the fixed ttl whose share of outdated answers is `staleShare`. The longer the ttl, the less is asked and the more is outdated, so
   * that this one is the best of those that are not worse.
   */
  best(staleShare: number): FixedTtl {
    let low = 0;
    let high = Math.ceil(Math.log((2 * this.#workload.durationS) / LEAST_S) / Math.log(STEP));
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (this.#run(middle).staleShare > staleShare) high = middle;
      else low = middle;
    }
    const below = this.#run(low);
    const above = this.#run(high);
    // Nothing that is fetched once and kept for ever is as outdated as that.
    if (above.staleShare <= staleShare) return { ttlS: Infinity, ...above };
    const span = above.staleShare - below.staleShare;
    const part = span > 0 ? Math.max(0, (staleShare - below.staleShare) / span) : 0;
    return {
      ttlS: ttlAt(low + part),
      originLoad: below.originLoad + part * (above.originLoad - below.originLoad),
      staleShare,
    };
  }

  #run(place: number): RunResult {
    let result = this.#runs.get(place);
    if (result === undefined) {
      const ttlS = ttlAt(place);
      result = runWorkload(this.#workload, () => ttlS, this.#warmUp, this.#seed);
      this.#runs.set(place, result);
    }
    return result;
  }
}

function ttlAt(place: number): number {
  return LEAST_S * STEP ** place;
}
