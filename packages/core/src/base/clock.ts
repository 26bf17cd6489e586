/** A pending timer. It never keeps the process alive. */
export interface Timer {
  cancel(): void;
}

/**
 * Where time comes from. Instants are milliseconds since the Unix epoch, read from a monotonic source: a step of the
 * wall clock neither ages nor rejuvenates an entry.
 */
export interface Clock {
  /** The exact instant, in ms. */
  now(): number;
  /**
   * An instant for the hit path, in ms: at most {@link COARSE_RESOLUTION_MS} behind {@link now}, plus however long the
   * event loop has been blocked. An exact reading costs about as much as the rest of a hit.
   */
  coarseNow(): number;
  /** Calls `action` once after `delayMs` (any length, also beyond 2^31 ms). The timer does not keep the process alive. */
  setTimer(action: () => void, delayMs: number): Timer;
}

/** How far {@link Clock.coarseNow} may lag while the event loop is free, in ms. */
export const COARSE_RESOLUTION_MS = 5;

/** After this long without a reading the ticking stops, so that an idle process is not woken. */
const IDLE_AFTER_TICKS = 200;

/** setTimeout overflows to 1 ms beyond this delay. */
const MAX_TIMEOUT_MS = 2 ** 31 - 1;

/** Read once: the getter costs as much as half a reading of the clock. */
const TIME_ORIGIN = performance.timeOrigin;

class SystemClock implements Clock {
  #coarse = 0;
  #ticking: NodeJS.Timeout | undefined;
  #readSinceTick = false;
  #idleTicks = 0;

  now(): number {
    return TIME_ORIGIN + performance.now();
  }

  coarseNow(): number {
    this.#readSinceTick = true;
    return this.#ticking === undefined ? this.#startTicking() : this.#coarse;
  }

  setTimer(action: () => void, delayMs: number): Timer {
    let handle: NodeJS.Timeout;
    const arm = (remainingMs: number): void => {
      const stepMs = Math.min(remainingMs, MAX_TIMEOUT_MS);
      handle = setTimeout(() => (remainingMs > stepMs ? arm(remainingMs - stepMs) : action()), stepMs);
      handle.unref();
    };
    arm(Math.max(0, delayMs));
    return { cancel: () => clearTimeout(handle) };
  }

  #startTicking(): number {
    this.#idleTicks = 0;
    this.#ticking = setInterval(() => this.#tick(), COARSE_RESOLUTION_MS).unref();
    return (this.#coarse = this.now());
  }

  #tick(): void {
    this.#coarse = this.now();
    this.#idleTicks = this.#readSinceTick ? 0 : this.#idleTicks + 1;
    this.#readSinceTick = false;
    if (this.#idleTicks < IDLE_AFTER_TICKS) return;
    clearInterval(this.#ticking);
    this.#ticking = undefined;
  }
}

/** The process's clock. */
export const systemClock: Clock = new SystemClock();
