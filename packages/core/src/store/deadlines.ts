import type { Clock } from '../base/clock.js';

/** A call that is waited for, up to its deadline. */
export interface PendingCall {
  readonly dueAt: number;
  readonly onTimeout: () => void;
  isOver: boolean;
  previous: PendingCall | undefined;
  next: PendingCall | undefined;
}

/**
 * The deadlines of many calls that may all take equally long: they fall due in the order in which they began, so one timer
 * for the oldest serves them all. A timer a call would cost more than many a call itself.
 */
export class Deadlines {
  readonly #clock: Clock;
  readonly #timeoutMs: number;
  #oldest: PendingCall | undefined;
  #youngest: PendingCall | undefined;
  #isArmed = false;

  constructor(clock: Clock, timeoutMs: number) {
    this.#clock = clock;
    this.#timeoutMs = timeoutMs;
  }

  /** Begins to wait. `onTimeout` is called once, unless the call is finished before. */
  start(onTimeout: () => void): PendingCall {
    const dueAt = this.#clock.now() + this.#timeoutMs;
    const call: PendingCall = { dueAt, onTimeout, isOver: false, previous: this.#youngest, next: undefined };
    if (this.#youngest === undefined) this.#oldest = call;
    else this.#youngest.next = call;
    this.#youngest = call;
    if (!this.#isArmed) this.#arm(this.#timeoutMs);
    return call;
  }

  /** The call is answered. False when it was too late. */
  finish(call: PendingCall): boolean {
    if (call.isOver) return false;
    call.isOver = true;
    if (call.previous === undefined) this.#oldest = call.next;
    else call.previous.next = call.next;
    if (call.next === undefined) this.#youngest = call.previous;
    else call.next.previous = call.previous;
    return true;
  }

  #arm(delayMs: number): void {
    this.#isArmed = true;
    this.#clock.setTimer(() => this.#expire(), delayMs);
  }

  #expire(): void {
    this.#isArmed = false;
    const now = this.#clock.now();
    let call = this.#oldest;
    while (call !== undefined && call.dueAt <= now) {
      this.finish(call);
      call.onTimeout();
      call = this.#oldest;
    }
    if (call !== undefined && !this.#isArmed) this.#arm(call.dueAt - now);
  }
}
