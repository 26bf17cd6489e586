import type { Clock, Timer } from '../base/clock.js';
import type { CacheStore, MaybePromise } from './cache-store.js';
import { DeleteQueue } from './delete-queue.js';
import type { Outcome, StoreCalls } from './store-calls.js';

/** How many deletions are delivered at once. */
const BATCH = 100;

/** The longest wait before another try, unless the breaker is open for longer, in ms. */
const MAX_RETRY_MS = 30_000;

/** What {@link DeleteDelivery} stands on. */
export interface DeleteDeliveryParts {
  readonly store: CacheStore;
  readonly calls: StoreCalls;
  readonly clock: Clock;
  readonly maxQueued: number;
  /** How long to wait, in ms, before the first try while the breaker is closed. It doubles with every failure. */
  readonly retryMs: number;
}

/**
 * Brings deletions to the store that it did not confirm when they were made: as soon as its breaker lets a call through, and
 * by a timer, for the others who read that store must not wait until somebody reads here.
 */
export class DeleteDelivery {
  readonly #store: CacheStore;
  readonly #calls: StoreCalls;
  readonly #clock: Clock;
  readonly #retryMs: number;
  readonly #queue: DeleteQueue;
  #timer: Timer | undefined;
  #running: Promise<void> | undefined;
  #isStopped = false;
  /** Deliveries that failed in a row. */
  #failures = 0;

  constructor({ store, calls, clock, maxQueued, retryMs }: DeleteDeliveryParts) {
    this.#store = store;
    this.#calls = calls;
    this.#clock = clock;
    this.#retryMs = retryMs;
    this.#queue = new DeleteQueue(maxQueued);
  }

  /** Whether every deletion was confirmed. */
  get isDone(): boolean {
    return this.#queue.isEmpty;
  }

  /** Whether what the store holds for `key` may be something that was deleted. */
  holds(key: string): boolean {
    return this.#queue.holds(key);
  }

  /** @returns a ticket to confirm the deletion with, should the store report it late */
  add(key: string): number {
    this.#queue.add(key);
    this.#schedule();
    return this.#queue.lastTicket;
  }

  /** {@link add} for everything. */
  addClear(): number {
    this.#queue.addClear();
    this.#schedule();
    return this.#queue.lastTicket;
  }

  confirm(key: string, ticket: number): void {
    this.#queue.confirm(key, ticket);
  }

  confirmClear(ticket: number): void {
    this.#queue.confirmClear(ticket);
  }

  /** Delivers now if the breaker lets it, and nothing is being delivered. */
  tryNow(): void {
    if (this.#running !== undefined || this.isDone) return;
    const permit = this.#calls.breaker.acquire();
    if (permit === 0) return this.#schedule();
    void this.#start(permit);
  }

  /** Delivers a last time, though the breaker may be open, and never again. Never rejects. */
  async finish(): Promise<void> {
    this.#isStopped = true;
    this.#timer?.cancel();
    await this.#running;
    if (!this.isDone) await this.#start(this.#calls.breaker.acquire());
  }

  #schedule(): void {
    if (this.#running !== undefined || this.#timer !== undefined || this.#isStopped) return;
    const retryMs = Math.min(MAX_RETRY_MS, this.#retryMs * 2 ** this.#failures);
    const delayMs = Math.max(retryMs, this.#calls.breaker.retryAt - this.#clock.now());
    this.#timer = this.#clock.setTimer(() => {
      this.#timer = undefined;
      this.tryNow();
    }, delayMs);
  }

  #start(permit: number): Promise<void> {
    this.#running = this.#run(permit);
    return this.#running;
  }

  async #run(permit: number): Promise<void> {
    const isDelivered = await this.#deliver();
    this.#running = undefined;
    this.#failures = isDelivered ? 0 : this.#failures + 1;
    if (isDelivered) return this.#calls.breaker.succeeded(permit);
    this.#calls.breaker.failed(permit);
    this.#schedule();
  }

  /** Oldest first, until nothing is left or the store fails again. Never rejects. */
  async #deliver(): Promise<boolean> {
    let isDelivered = true;
    while (isDelivered && !this.isDone) {
      isDelivered = this.#queue.isClearing ? await this.#deliverClear() : await this.#deliverDeletes();
    }
    return isDelivered;
  }

  #deliverClear(): MaybePromise<boolean> {
    const ticket = this.#queue.lastTicket;
    const confirm = (): void => this.#queue.confirmClear(ticket);
    const finish = ({ isDone }: Outcome<void>): boolean => {
      if (isDone) confirm();
      return isDone;
    };
    return this.#calls.attempt('clear', 0, () => this.#store.clear(), finish, confirm);
  }

  async #deliverDeletes(): Promise<boolean> {
    const delivered = this.#queue.first(BATCH).map(async ({ key, ticket }) => {
      const confirm = (): void => this.#queue.confirm(key, ticket);
      const finish = ({ isDone }: Outcome<boolean>): boolean => {
        if (isDone) confirm();
        return isDone;
      };
      return this.#calls.attempt('delete', 0, () => this.#store.delete(key), finish, confirm);
    });
    return (await Promise.all(delivered)).every(Boolean);
  }
}
