/**
 * Counts durations by size, in plain integers. What Prometheus' own client would spend on one observation is a tenth of what a hit costs
 * in all.
 */
export class DurationHistogram {
  /** Upper bounds in seconds, ascending. */
  readonly bounds: readonly number[];
  /** How many fell below each bound and not below the one before; the last are those above all. */
  readonly counts: number[];
  /** Of all durations, in seconds. */
  sum = 0;

  constructor(bounds: readonly number[]) {
    this.bounds = bounds;
    this.counts = Array.from({ length: bounds.length + 1 }, () => 0);
  }

  observe(durationMs: number): void {
    const seconds = durationMs / 1000;
    const { bounds } = this;
    let at = 0;
    while (at < bounds.length && seconds > bounds[at]!) at++;
    this.counts[at]!++;
    this.sum += seconds;
  }
}

/** From a hit out of memory to an origin that is given up. Seconds. */
export const REQUEST_BOUNDS: readonly number[] = [
  0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30,
];
