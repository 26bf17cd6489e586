import type { Clock, FillLeases } from '@cachewarp/core';
import type { RequestDirectives } from '../semantics/cache-control.js';
import type { SemanticsOptions } from '../semantics/semantics-options.js';
import { mayServeDisconnected, mayServeOnError } from '../semantics/stale.js';
import { factsOf, type ResponseRecord } from './stored-response.js';

const FIRST_BACKOFF_MS = 1_000;
const LONGEST_BACKOFF_MS = 60_000;

/** What is stored stands in for an origin that fails (RFC 5861 §4), and the origin is left alone for a while. */
export class StandIn {
  readonly #clock: Clock;
  readonly #leases: FillLeases;
  readonly #random: () => number;

  /** @param random - a number from 0 to 1, for the spread of back-off */
  constructor(clock: Clock, leases: FillLeases, random: () => number) {
    this.#clock = clock;
    this.#leases = leases;
    this.#random = random;
  }

  /** @param directives - the client's; undefined where they do not count */
  isAllowed(record: ResponseRecord, directives: RequestDirectives | undefined): boolean {
    const { freshness } = factsOf(record);
    return this.#leases.isValid(record) && mayServeOnError(freshness, directives, this.#clock.now());
  }

  /** As {@link isAllowed}, where the origin was not heard at all. */
  isAllowedUnheard(
    record: ResponseRecord,
    directives: RequestDirectives | undefined,
    semantics: SemanticsOptions,
  ): boolean {
    if (this.isAllowed(record, directives)) return true;
    return (
      this.#leases.isValid(record) && mayServeDisconnected(factsOf(record), directives, this.#clock.now(), semantics)
    );
  }

  /** A validation failed: what is stored stays as it is, and the origin is not asked again at once. */
  backOff(record: ResponseRecord): void {
    const longest = Math.min(LONGEST_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** record.failures);
    record.failures++;
    record.retryAt = this.#clock.now() + longest * (0.5 + 0.5 * this.#random());
  }

  /** Whether the last validation failed a moment ago. */
  isBackingOff(record: ResponseRecord): boolean {
    return this.#clock.now() < record.retryAt;
  }
}
