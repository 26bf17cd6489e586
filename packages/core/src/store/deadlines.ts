import type { Clock, Timer } from '../base/clock.js';

/** A timer this late was held up by the event loop, in ms: answers may be waiting in sockets that were not read meanwhile. */
const HELD_UP_MS = 20;

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
 *
 * When the event loop was blocked, timers fire before sockets are read, and every call would seem too slow. Such calls get
 * one more turn.
 */
export class Deadlines {
  readonly #clock: Clock;
  readonly #timeoutMs: number;
  #oldest: PendingCall | undefined;
  #youngest: PendingCall | undefined;
  #timer: Timer | undefined;
  #hasDeferred = false;

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
    if (this.#timer === undefined) this.#arm(this.#timeoutMs);
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
    // A finished call that has grown old in memory would keep all that began after it alive up to the next full collection.
    call.previous = call.next = undefined;
    return true;
  }

  /** Takes the timer off if nothing is waited for; it would fire for nothing. */
  rest(): void {
    if (this.#oldest !== undefined) return;
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #arm(delayMs: number): void {
    this.#timer = this.#clock.setTimer(() => this.#expire(), delayMs);
  }

  #expire(): void {
    this.#timer = undefined;
    const now = this.#clock.now();
    let call = this.#oldest;
    const isHeldUp = call !== undefined && now - call.dueAt > HELD_UP_MS && !this.#hasDeferred;
    this.#hasDeferred = isHeldUp;
    if (isHeldUp) return this.#arm(0);
    while (call !== undefined && call.dueAt <= now) {
      this.finish(call);
      call.onTimeout();
      call = this.#oldest;
    }
    if (call !== undefined && this.#timer === undefined) this.#arm(call.dueAt - now);
  }
}
