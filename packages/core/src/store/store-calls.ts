import type { Clock } from '../base/clock.js';
import { BreakerOpenError, EncodeError, StoreTimeoutError } from '../base/errors.js';
import type { EventBus } from '../telemetry/event-bus.js';
import { nextEventId } from '../telemetry/event-id.js';
import type { MaybePromise } from './cache-store.js';
import type { CircuitBreakerOptions } from './circuit-breaker.js';
import { CircuitBreaker } from './circuit-breaker.js';
import { Deadlines } from './deadlines.js';

/** What became of one call. */
export type Outcome<T> = { readonly isDone: true; readonly value: T } | { readonly isDone: false };

const FAILED: Outcome<never> = Object.freeze({ isDone: false });

/** The outcome of a call that was not made. */
export const REFUSED = FAILED;

/** What {@link StoreCalls} stand on. */
export interface StoreCallParts {
  /** The store's name, for events. */
  readonly name: string;
  readonly timeoutMs: number;
  readonly clock: Clock;
  readonly events: EventBus;
  readonly breaker: CircuitBreakerOptions | undefined;
  readonly random: (() => number) | undefined;
}

/**
 * Makes the calls of a store: under a timeout, counted by its circuit breaker, with every fault told as an event. Nothing
 * that is called here throws or rejects.
 */
export class StoreCalls {
  readonly breaker: CircuitBreaker;
  readonly #name: string;
  readonly #timeoutMs: number;
  readonly #events: EventBus;
  readonly #clock: Clock;
  readonly #deadlines: Deadlines;
  /** Operations whose refusal was told since the breaker opened. */
  readonly #refused = new Set<string>();

  /** @throws InvalidOptionError naming the faulty option as `breaker.<option>` */
  constructor({ name, timeoutMs, clock, events, breaker, random }: StoreCallParts) {
    this.#name = name;
    this.#timeoutMs = timeoutMs;
    this.#events = events;
    this.#clock = clock;
    this.#deadlines = new Deadlines(clock, timeoutMs);
    const onChange = (state: CircuitBreaker['state']): void => {
      if (state === 'open') this.#refused.clear();
      events.emit('breaker', { store: name, state });
    };
    this.breaker = new CircuitBreaker(breaker, { clock, onChange, ...(random && { random }) });
  }

  /**
   * Makes one call and tells the breaker how it went.
   * @param permit - the breaker's; 0 when whoever calls tells the breaker itself
   * @param finish - makes the answer of the outcome
   * @param onLate - told when the call succeeds after it was given up
   */
  attempt<T, R>(
    operation: string,
    permit: number,
    call: () => MaybePromise<T>,
    finish: (outcome: Outcome<T>) => MaybePromise<R>,
    onLate: (value: T) => void = ignore,
  ): MaybePromise<R> {
    let answer: MaybePromise<T>;
    try {
      answer = call();
    } catch (error) {
      return finish(this.#failed(operation, permit, error));
    }
    if (!isThenable(answer)) return finish(this.#succeeded(permit, answer));
    const tellEnd = this.#tellBegin(operation);
    return new Promise((resolve, reject) => {
      const settle = (outcome: Outcome<T>): void => {
        tellEnd?.(outcome.isDone);
        try {
          resolve(finish(outcome));
        } catch (fault) {
          reject(fault as Error);
        }
      };
      const pending = this.#deadlines.start(() => {
        const error = new StoreTimeoutError(this.#name, operation, this.#timeoutMs);
        settle(this.#failed(operation, permit, error));
      });
      Promise.resolve(answer).then(
        (value) => {
          if (this.#deadlines.finish(pending)) settle(this.#succeeded(permit, value));
          else onLate(value);
        },
        (error: unknown) => {
          // A call that was given up has been told as too slow: what it says later changes nothing.
          if (this.#deadlines.finish(pending)) settle(this.#failed(operation, permit, error));
        },
      );
    });
  }

  /** Tells of a refused call, once for each operation and opening: the breaker's own event says the rest. */
  refuse(operation: string): void {
    if (this.#refused.has(operation)) return;
    this.#refused.add(operation);
    this.fault(operation, new BreakerOpenError(this.#name, operation));
  }

  fault(operation: string, error: unknown): void {
    this.#events.emit('storeError', { store: this.#name, operation, error });
  }

  /** Takes the timer off if no call is waited for. */
  rest(): void {
    this.#deadlines.rest();
  }

  /** @returns what to call at the end; undefined while nobody listens */
  #tellBegin(operation: string): ((isDone: boolean) => void) | undefined {
    const events = this.#events;
    if (!events.has('storeCall') && !events.has('storeCallEnd')) return undefined;
    const call = { id: nextEventId(), store: this.#name, operation };
    const startedAt = this.#clock.now();
    events.emit('storeCall', call);
    return (isDone) => events.emit('storeCallEnd', { ...call, durationMs: this.#clock.now() - startedAt, isDone });
  }

  #succeeded<T>(permit: number, value: T): Outcome<T> {
    this.breaker.succeeded(permit);
    return { isDone: true, value };
  }

  #failed(operation: string, permit: number, error: unknown): Outcome<never> {
    // What cannot be encoded is the entry's fault and says nothing about the store.
    if (error instanceof EncodeError) this.breaker.released(permit);
    else this.breaker.failed(permit);
    this.fault(operation, error);
    return FAILED;
  }
}

function ignore(): void {
  // Nobody wants to know.
}

function isThenable<T>(value: MaybePromise<T>): value is Promise<T> {
  return typeof (value as { then?: unknown } | null | undefined)?.then === 'function';
}
