import { assertKnownOptions, assertNumber, assertObject } from '../base/assert.js';
import type { Clock } from '../base/clock.js';
import { systemClock } from '../base/clock.js';
import type { Duration } from '../base/duration.js';
import { parseDuration } from '../base/duration.js';
import { InvalidOptionError } from '../base/errors.js';
import type { BreakerState } from '../telemetry/events.js';

/** When a circuit breaker opens, and for how long. */
export interface CircuitBreakerOptions {
  /**
   * Opens after this many failures in a row, 1 or more.
   * @defaultValue 5
   */
  failureThreshold?: number;
  /**
   * Opens also when this part of the last `windowSize` calls failed, above 0 up to 1.
   * @defaultValue 0.5
   */
  failureRate?: number;
  /**
   * Over how many calls the rate is taken, 1 to 10,000. The rate says nothing before that many were made.
   * @defaultValue 20
   */
  windowSize?: number;
  /**
   * How long it stays open before one call may probe. Doubles after every probe that fails.
   * @defaultValue '5s'
   */
  openFor?: Duration;
  /**
   * The longest that `openFor` grows to.
   * @defaultValue '60s'
   */
  maxOpenFor?: Duration;
  /**
   * Lengthens each time by a random part of up to this fraction, so that many processes do not probe together. 0 to 1.
   * @defaultValue 0.2
   */
  jitter?: number;
}

const OPTIONS = [
  'failureThreshold',
  'failureRate',
  'windowSize',
  'openFor',
  'maxOpenFor',
  'jitter',
] as const satisfies readonly (keyof CircuitBreakerOptions)[];

/** What a breaker reads beside its options. */
export interface CircuitBreakerParts {
  readonly clock?: Clock;
  /** Told of every change, after it. It must not throw. */
  readonly onChange?: (state: BreakerState) => void;
  /** A number from 0 to 1. */
  readonly random?: () => number;
}

/**
 * Nygard's circuit breaker (Release It!, 2007). Closed lets calls through and counts; open refuses; after a while one call may
 * probe (half-open), and its outcome closes or reopens.
 *
 * A call takes a permit and gives it back with its outcome. A permit is the number of the state period in which it was taken:
 * outcomes that arrive in a later period say nothing about it and are ignored, so that the timeouts of calls from before the
 * opening neither lengthen it nor count against the probe. No promise, no timer, no allocation.
 */
export class CircuitBreaker {
  readonly #failureThreshold: number;
  readonly #maxFailures: number;
  readonly #openForMs: number;
  readonly #maxOpenForMs: number;
  readonly #jitter: number;
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #onChange: ((state: BreakerState) => void) | undefined;

  #state: BreakerState = 'closed';
  #period = 1;
  #consecutiveFailures = 0;
  /** The last calls, 1 for a failure, written round and round. */
  readonly #window: Uint8Array;
  #windowAt = 0;
  #windowFilled = 0;
  #windowFailures = 0;
  /** Openings since it was last closed. */
  #openings = 0;
  #retryAt = 0;

  /** @throws InvalidOptionError naming the faulty option as `breaker.<option>` */
  constructor(options: CircuitBreakerOptions = {}, parts: CircuitBreakerParts = {}) {
    const given: unknown = options;
    assertObject('breaker', given);
    assertKnownOptions('breaker', options, OPTIONS);
    const { failureThreshold = 5, failureRate = 0.5, windowSize = 20, jitter = 0.2 } = options;
    assertNumber('breaker.failureThreshold', failureThreshold, 1, 1_000_000);
    assertNumber('breaker.windowSize', windowSize, 1, 10_000);
    assertNumber('breaker.jitter', jitter, 0, 1);
    if (!(failureRate > 0 && failureRate <= 1)) {
      throw new InvalidOptionError('breaker.failureRate', 'must be a number above 0 up to 1', failureRate);
    }
    this.#failureThreshold = failureThreshold;
    this.#window = new Uint8Array(windowSize);
    this.#maxFailures = failureRate * this.#window.length;
    this.#jitter = jitter;
    this.#openForMs = parseDuration('breaker.openFor', options.openFor ?? '5s');
    this.#maxOpenForMs = Math.max(this.#openForMs, parseDuration('breaker.maxOpenFor', options.maxOpenFor ?? '60s'));
    this.#clock = parts.clock ?? systemClock;
    this.#random = parts.random ?? Math.random;
    this.#onChange = parts.onChange;
  }

  get state(): BreakerState {
    return this.#state;
  }

  /** The instant from which a refused caller may try again, in ms; 0 while closed. */
  get retryAt(): number {
    return this.#state === 'closed' ? 0 : this.#retryAt;
  }

  /**
   * Asks leave for one call.
   * @returns a permit to hand to {@link succeeded}, {@link failed} or {@link released}; 0 when the call must not be made
   */
  acquire(): number {
    if (this.#state === 'closed') return this.#period;
    const now = this.#clock.now();
    if (now < this.#retryAt) return 0;
    // Should the probe never report, another may go after the same time again.
    this.#retryAt = now + this.#openForMs;
    this.#enter('half-open');
    return this.#period;
  }

  /** The call was answered. */
  succeeded(permit: number): void {
    if (permit !== this.#period) return;
    if (this.#state === 'half-open') {
      this.#openings = 0;
      return this.#enter('closed');
    }
    this.#consecutiveFailures = 0;
    this.#count(0);
  }

  /** The call failed or took too long. */
  failed(permit: number): void {
    if (permit !== this.#period) return;
    if (this.#state === 'half-open') return this.#open();
    this.#consecutiveFailures++;
    this.#count(1);
    const isRateReached = this.#windowFilled === this.#window.length && this.#windowFailures >= this.#maxFailures;
    if (isRateReached || this.#consecutiveFailures >= this.#failureThreshold) this.#open();
  }

  /** The call was not made, or its outcome says nothing about the store: a probe's place is free again. */
  released(permit: number): void {
    if (permit === this.#period && this.#state === 'half-open') this.#retryAt = 0;
  }

  #open(): void {
    const openForMs = Math.min(this.#maxOpenForMs, this.#openForMs * 2 ** this.#openings);
    this.#openings++;
    this.#retryAt = this.#clock.now() + openForMs * (1 + this.#jitter * this.#random());
    this.#enter('open');
  }

  #enter(state: BreakerState): void {
    const isChange = state !== this.#state;
    this.#state = state;
    this.#period++;
    this.#consecutiveFailures = 0;
    this.#window.fill(0);
    this.#windowAt = this.#windowFilled = this.#windowFailures = 0;
    if (isChange) this.#onChange?.(state);
  }

  #count(failure: 0 | 1): void {
    this.#windowFailures += failure - this.#window[this.#windowAt]!;
    this.#window[this.#windowAt] = failure;
    this.#windowAt = (this.#windowAt + 1) % this.#window.length;
    if (this.#windowFilled < this.#window.length) this.#windowFilled++;
  }
}
