import type { CancelSignal } from '@cachewarp/http';
import { UpstreamError } from '../base/proxy-errors.js';

interface Waiter {
  admit(): void;
  refuse(error: Error): void;
}

/**
 * At most so many requests at the origin at a time; so many more may wait, first come first served, each for a bounded time. What is
 * beyond is refused at once, so that a slow origin is not buried under requests whose clients have long given up.
 */
export class ConcurrencyGate {
  readonly #capacity: number;
  readonly #maxQueue: number;
  readonly #queueTimeoutMs: number;
  readonly #queue = new Set<Waiter>();
  #active = 0;

  constructor(options: { capacity: number; maxQueue: number; queueTimeoutMs: number }) {
    this.#capacity = options.capacity;
    this.#maxQueue = options.maxQueue;
    this.#queueTimeoutMs = options.queueTimeoutMs;
  }

  /** Requests that hold a place. */
  get active(): number {
    return this.#active;
  }

  /** Requests that wait for one. */
  get queued(): number {
    return this.#queue.size;
  }

  /**
   * Takes a place; {@link leave} gives it back.
   *
   * @returns nothing when there is one at once, else a promise that resolves with it
   * @throws UpstreamError with fault `overloaded` when the queue is full or the wait too long, `aborted` when the signal is aborted
   */
  enter(signal: CancelSignal): Promise<void> | undefined {
    if (this.#active < this.#capacity) {
      this.#active++;
      return undefined;
    }
    if (this.#queue.size >= this.#maxQueue) throw this.#overloaded('the queue for the origin is full');
    return new Promise((resolve, reject) => {
      const leaveQueue = (): void => {
        this.#queue.delete(waiter);
        clearTimeout(timer);
        signal.removeEventListener('abort', onAbort);
      };
      const waiter: Waiter = {
        admit: () => (leaveQueue(), resolve()),
        refuse: (error) => (leaveQueue(), reject(error)),
      };
      const onAbort = (): void => waiter.refuse(new UpstreamError('aborted', 'nobody waits for the origin any more'));
      const timer = setTimeout(
        () => waiter.refuse(this.#overloaded('no place at the origin within queueTimeout')),
        this.#queueTimeoutMs,
      );
      timer.unref();
      signal.addEventListener('abort', onAbort, { once: true });
      this.#queue.add(waiter);
      if (signal.aborted) onAbort();
    });
  }

  /** Gives a place back, to the one who has waited longest. */
  leave(): void {
    const [next] = this.#queue;
    if (next === undefined) this.#active--;
    else next.admit();
  }

  #overloaded(reason: string): UpstreamError {
    return new UpstreamError('overloaded', reason, { retryAfterMs: 1000 });
  }
}
