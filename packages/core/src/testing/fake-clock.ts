import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Clock, Timer } from '../base/clock.js';

interface PendingTimer {
  readonly dueAt: number;
  readonly order: number;
  readonly action: () => void;
}

/**
 * A clock that stands still until a test moves it. It begins at a whole, recognisable instant (2026-01-01T00:00:00Z), and
 * `coarseNow` is as exact as `now`.
 */
export class FakeClock implements Clock {
  #now: number;
  #timers: PendingTimer[] = [];
  #made = 0;

  /** @param startAt - the first instant, in ms since the epoch */
  constructor(startAt: number = Date.UTC(2026, 0, 1)) {
    this.#now = startAt;
  }

  now(): number {
    return this.#now;
  }

  coarseNow(): number {
    return this.#now;
  }

  setTimer(action: () => void, delayMs: number): Timer {
    const timer: PendingTimer = { dueAt: this.#now + Math.max(0, delayMs), order: this.#made++, action };
    this.#timers.push(timer);
    return { cancel: () => void (this.#timers = this.#timers.filter((other) => other !== timer)) };
  }

  /** How many timers are set and neither fired nor cancelled. */
  get pendingTimers(): number {
    return this.#timers.length;
  }

  /**
   * Moves time forward and fires the timers that fall due, each at its instant, in their order, also those set meanwhile.
   * What they resolve goes on only when the test next awaits: see {@link advanceAsync}.
   */
  advance(ms: number): void {
    const until = this.#now + ms;
    while (this.#fireNext(until));
    this.#now = until;
  }

  /**
   * Like {@link advance}, but before the first timer and after each one it lets promises settle, so that work in several
   * awaited steps runs as it would in real time.
   */
  async advanceAsync(ms: number): Promise<void> {
    const until = this.#now + ms;
    do await nextTurn();
    while (this.#fireNext(until));
    this.#now = until;
    await nextTurn();
  }

  /** Moves time to an instant without firing anything: what a suspended process sees when it wakes. Timers fire at the next advance. */
  jumpTo(instant: number): void {
    this.#now = instant;
  }

  #fireNext(until: number): boolean {
    let next: PendingTimer | undefined;
    for (const timer of this.#timers) {
      if (timer.dueAt > until) continue;
      if (next === undefined || timer.dueAt < next.dueAt || (timer.dueAt === next.dueAt && timer.order < next.order))
        next = timer;
    }
    if (next === undefined) return false;
    const fired = next;
    this.#timers = this.#timers.filter((timer) => timer !== fired);
    this.#now = Math.max(this.#now, fired.dueAt);
    fired.action();
    return true;
  }
}
