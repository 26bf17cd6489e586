/** Buckets grow by a quarter of an octave: a percentile is told at most 19 % too high. */
const STEPS_PER_OCTAVE = 4;
/** From 1 µs to 2^26 µs, about a minute. */
const BUCKETS = 26 * STEPS_PER_OCTAVE + 1;

/** Percentiles in ms; null before the first observation. */
export interface LatencyReport {
  readonly count: number;
  readonly p50: number | null;
  readonly p95: number | null;
  readonly p99: number | null;
  readonly max: number | null;
}

/** Counts durations by size, in plain integers, so that an observation costs a fraction of a microsecond and memory is bounded. */
export class LatencyHistogram {
  readonly #counts = new Uint32Array(BUCKETS);
  #count = 0;
  #max = 0;

  observe(durationMs: number): void {
    const steps = Math.ceil(Math.log2(Math.max(durationMs * 1000, 1)) * STEPS_PER_OCTAVE);
    const bucket = Math.min(steps, BUCKETS - 1);
    this.#counts[bucket]!++;
    this.#count++;
    if (durationMs > this.#max) this.#max = durationMs;
  }

  report(): LatencyReport {
    const max = this.#count === 0 ? null : round(this.#max);
    return { count: this.#count, p50: this.#quantile(0.5), p95: this.#quantile(0.95), p99: this.#quantile(0.99), max };
  }

  /** The upper bound of the bucket in which the quantile lies, in ms. */
  #quantile(share: number): number | null {
    if (this.#count === 0) return null;
    let left = Math.ceil(this.#count * share);
    let bucket = 0;
    while (bucket < BUCKETS - 1 && (left -= this.#counts[bucket]!) > 0) bucket++;
    return round(Math.min(2 ** (bucket / STEPS_PER_OCTAVE) / 1000, this.#max));
  }
}

function round(ms: number): number {
  return Number(ms.toPrecision(3));
}
