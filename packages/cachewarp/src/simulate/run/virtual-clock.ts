import type { Clock, Timer } from '@cachewarp/core';

/** Time as a log tells it. It never goes back: a line that is written late happens now. */
export class VirtualClock implements Clock {
  #now: number;
  readonly #timers = new Set<{ at: number; action: () => void }>();

  constructor(now = 0) {
    this.#now = now;
  }

  now(): number {
    return this.#now;
  }

  coarseNow(): number {
    return this.#now;
  }

  setTimer(action: () => void, delayMs: number): Timer {
    const timer = { at: this.#now + delayMs, action };
    this.#timers.add(timer);
    return { cancel: () => void this.#timers.delete(timer) };
  }

  /** Goes on to `at`, and runs the timers that are due by then in their order. */
  advanceTo(at: number): void {
    if (this.#timers.size > 0) this.#runDue(at);
    if (at > this.#now) this.#now = at;
  }

  #runDue(at: number): void {
    const due = [...this.#timers].filter((timer) => timer.at <= at).sort((one, other) => one.at - other.at);
    for (const timer of due) {
      if (!this.#timers.delete(timer)) continue;
      if (timer.at > this.#now) this.#now = timer.at;
      timer.action();
    }
  }
}
