import type { Clock } from '@cachewarp/core';

/** Failures of one address within a window before it is turned away. */
const MAX_FAILURES = 10;
const WINDOW_MS = 60_000;
/** Addresses remembered; beyond, the one that failed longest ago is forgotten. */
const MAX_ADDRESSES = 1_000;

interface Failures {
  count: number;
  readonly until: number;
}

/** Slows down the guessing of tokens: counts failed attempts by address, in fixed windows. Memory is bounded. */
export class FailureLimiter {
  readonly #clock: Clock;
  readonly #failures = new Map<string, Failures>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** How long the address has to wait before its credentials are looked at again, in ms; 0 when it need not wait. */
  waitMs(address: string): number {
    const failures = this.#current(address);
    return failures !== undefined && failures.count >= MAX_FAILURES ? failures.until - this.#clock.now() : 0;
  }

  failed(address: string): void {
    const failures = this.#current(address);
    if (failures !== undefined) {
      failures.count++;
      return;
    }
    if (this.#failures.size >= MAX_ADDRESSES) {
      for (const oldest of this.#failures.keys()) {
        this.#failures.delete(oldest);
        break;
      }
    }
    this.#failures.set(address, { count: 1, until: this.#clock.now() + WINDOW_MS });
  }

  #current(address: string): Failures | undefined {
    const failures = this.#failures.get(address);
    if (failures === undefined || this.#clock.now() < failures.until) return failures;
    this.#failures.delete(address);
    return undefined;
  }
}
