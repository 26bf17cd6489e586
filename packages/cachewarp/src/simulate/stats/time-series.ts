/** Requests within a stretch of time. */
export interface TimeBucket {
  readonly at: number;
  readonly requests: number;
  readonly originRequests: number;
}

const MAX_BUCKETS = 360;

/** Requests over time. When there are too many buckets, two become one, so that memory does not grow with the log. */
export class TimeSeries {
  #startAt = 0;
  #widthMs = 1000;
  #requests: number[] = [];
  #originRequests: number[] = [];

  /** @param at - must not be before the first, ms since the epoch */
  add(at: number, asksOrigin: boolean): void {
    if (this.#requests.length === 0) this.#startAt = at;
    let index = Math.floor((at - this.#startAt) / this.#widthMs);
    while (index >= MAX_BUCKETS) {
      this.#widen();
      index = Math.floor((at - this.#startAt) / this.#widthMs);
    }
    while (this.#requests.length <= index) {
      this.#requests.push(0);
      this.#originRequests.push(0);
    }
    this.#requests[index]!++;
    if (asksOrigin) this.#originRequests[index]!++;
  }

  /** Length of each bucket, in ms. */
  get widthMs(): number {
    return this.#widthMs;
  }

  buckets(): TimeBucket[] {
    return this.#requests.map((requests, index) => ({
      at: this.#startAt + index * this.#widthMs,
      requests,
      originRequests: this.#originRequests[index]!,
    }));
  }

  #widen(): void {
    this.#widthMs *= 2;
    this.#requests = inPairs(this.#requests);
    this.#originRequests = inPairs(this.#originRequests);
  }
}

function inPairs(counts: readonly number[]): number[] {
  const sums: number[] = [];
  for (let index = 0; index < counts.length; index += 2) sums.push(counts[index]! + (counts[index + 1] ?? 0));
  return sums;
}
