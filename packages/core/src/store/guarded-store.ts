import { assertKnownOptions, assertNumber, assertObject } from '../base/assert.js';
import type { Clock, Timer } from '../base/clock.js';
import { systemClock } from '../base/clock.js';
import { BreakerOpenError, EncodeError, InvalidOptionError, StoreTimeoutError } from '../base/errors.js';
import type { CacheEntry } from '../entry/cache-entry.js';
import { EventBus } from '../telemetry/event-bus.js';
import type { BreakerState } from '../telemetry/events.js';
import type { CacheStore, MaybePromise, StoreStats } from './cache-store.js';
import type { CircuitBreakerOptions } from './circuit-breaker.js';
import { CircuitBreaker } from './circuit-breaker.js';
import { Deadlines } from './deadlines.js';
import { DeleteQueue } from './delete-queue.js';

/** How far a store is trusted. */
export interface GuardedStoreOptions {
  /**
   * How long one operation may take before the caller goes on without it, in ms.
   * @defaultValue 100
   */
  timeoutMs?: number;
  /** When to stop asking a failing store, and for how long. */
  breaker?: CircuitBreakerOptions | undefined;
  /**
   * How many deletions wait for a store that is down. Beyond it, the whole store is cleared when it is back.
   * @defaultValue 10000
   */
  maxQueuedDeletes?: number;
  /** @defaultValue the process's clock */
  clock?: Clock;
  /** Hears `storeError` and `breaker`. */
  events?: EventBus;
  /** A number from 0 to 1, for the breaker's jitter. */
  random?: () => number;
}

const OPTIONS = [
  'timeoutMs',
  'breaker',
  'maxQueuedDeletes',
  'clock',
  'events',
  'random',
] as const satisfies readonly (keyof GuardedStoreOptions)[];

/** close() waits no longer than this for what is pending, in ms. */
const CLOSE_TIMEOUT_MS = 5000;

/** How many queued deletions are delivered at once. */
const DRAIN_BATCH = 100;

const UNKNOWN_STATS: StoreStats = Object.freeze({ entries: undefined, bytes: undefined, evictions: 0 });

/** What became of one operation. */
type Outcome<T> = { readonly isDone: true; readonly value: T } | { readonly isDone: false };
const FAILED = Object.freeze({ isDone: false });

/**
 * A store that cannot hurt: whatever the one behind it does, no operation throws, rejects or takes longer than the timeout.
 * A read that fails is a miss. Every fault is a `storeError` event.
 *
 * Deletions are not given up: those that the store did not confirm wait in a bounded queue and are delivered when it is back.
 * Until then their keys are misses here, and after the breaker was open nothing is read before the queue is empty, so that a
 * recovered store never answers with what was deleted meanwhile.
 */
export class GuardedStore implements CacheStore {
  readonly name: string;
  readonly #breaker: CircuitBreaker;
  readonly #store: CacheStore;
  readonly #timeoutMs: number;
  readonly #clock: Clock;
  readonly #events: EventBus;
  readonly #deadlines: Deadlines;
  readonly #queue: DeleteQueue;
  /** Writes that are not answered yet: what close() waits for. */
  readonly #writes = new Set<Promise<unknown>>();
  #isDraining = false;
  #drainTimer: Timer | undefined;
  #closing: Promise<void> | undefined;

  /** @throws InvalidOptionError naming the faulty option as `guard.<option>` or `breaker.<option>` */
  constructor(store: CacheStore, options: GuardedStoreOptions = {}) {
    assertObject('guard', options as unknown);
    assertKnownOptions('guard', options, OPTIONS);
    const { timeoutMs = 100, maxQueuedDeletes = 10_000, clock = systemClock, events = new EventBus() } = options;
    assertNumber('guard.maxQueuedDeletes', maxQueuedDeletes, 0, 10_000_000);
    if (!(timeoutMs > 0)) throw new InvalidOptionError('guard.timeoutMs', 'must be a number above 0', timeoutMs);
    this.#timeoutMs = timeoutMs;
    this.name = store.name;
    this.#store = store;
    this.#clock = clock;
    this.#events = events;
    this.#deadlines = new Deadlines(clock, this.#timeoutMs);
    this.#queue = new DeleteQueue(maxQueuedDeletes);
    this.#breaker = new CircuitBreaker(options.breaker, {
      clock,
      onChange: (state) => events.emit('breaker', { store: store.name, state }),
      ...(options.random === undefined ? {} : { random: options.random }),
    });
  }

  get breakerState(): BreakerState {
    return this.#breaker.state;
  }

  get(key: string): MaybePromise<CacheEntry | undefined> {
    if (this.#queue.holds(key)) return undefined;
    return this.#read('get', () => this.#store.get(key), undefined);
  }

  getMany(keys: readonly string[]): MaybePromise<(CacheEntry | undefined)[]> {
    const nothing = (): undefined[] => keys.map(() => undefined);
    const asked = this.#queue.isEmpty ? keys : keys.filter((key) => !this.#queue.holds(key));
    if (asked.length === 0) return nothing();
    const answer = this.#read<(CacheEntry | undefined)[] | undefined>(
      'getMany',
      () => this.#store.getMany(asked),
      undefined,
    );
    const inOrder = (found: (CacheEntry | undefined)[] | undefined): (CacheEntry | undefined)[] => {
      if (found === undefined) return nothing();
      if (asked.length === keys.length) return found;
      const entries = new Map(asked.map((key, index) => [key, found[index]]));
      return keys.map((key) => entries.get(key));
    };
    return answer instanceof Promise ? answer.then(inOrder) : inOrder(answer);
  }

  keys(prefix: string, limit: number): MaybePromise<string[]> {
    return this.#read<string[]>('keys', () => this.#store.keys(prefix, limit), []);
  }

  stats(): MaybePromise<StoreStats> {
    return this.#read<StoreStats>('stats', () => this.#store.stats(), UNKNOWN_STATS);
  }

  /** Writes as well as it can; resolves when the store has the entry, has failed, or was too slow. */
  set(key: string, entry: CacheEntry): MaybePromise<void> {
    const permit = this.#admit('set');
    if (permit === 0) return;
    const outcome = this.#attempt('set', permit, () => this.#store.set(key, entry));
    if (outcome instanceof Promise) return this.#track(outcome).then(ignore);
  }

  /** Answers false, too, when the deletion has to wait for the store. */
  delete(key: string): MaybePromise<boolean> {
    const permit = this.#admit('delete');
    if (permit === 0) {
      this.#enqueue(key);
      return false;
    }
    let ticket = 0;
    const confirmLate = (): void => this.#queue.confirm(key, ticket);
    const finish = (outcome: Outcome<boolean>): boolean => {
      if (!outcome.isDone) ticket = this.#enqueue(key);
      return outcome.isDone && outcome.value;
    };
    const outcome = this.#attempt('delete', permit, () => this.#store.delete(key), confirmLate);
    return outcome instanceof Promise ? this.#track(outcome.then(finish)) : finish(outcome);
  }

  clear(): MaybePromise<void> {
    const permit = this.#admit('clear');
    if (permit === 0) return this.#enqueueClear();
    let ticket = 0;
    const confirmLate = (): void => this.#queue.confirmClear(ticket);
    const finish = (outcome: Outcome<void>): void => {
      if (outcome.isDone) return;
      this.#enqueueClear();
      ticket = this.#queue.lastTicket;
    };
    const outcome = this.#attempt('clear', permit, () => this.#store.clear(), confirmLate);
    return outcome instanceof Promise ? this.#track(outcome.then(finish)) : finish(outcome);
  }

  /** Delivers what waits, finishes what is written, and closes the store; for 5 seconds at most. May be called again. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#drainTimer?.cancel();
    let timer: Timer | undefined;
    const bound = new Promise<void>((resolve) => {
      timer = this.#clock.setTimer(resolve, CLOSE_TIMEOUT_MS);
    });
    const finish = async (): Promise<void> => {
      await Promise.all(this.#writes);
      // The last chance of what waits: it is tried although the breaker may be open.
      if (!this.#queue.isEmpty && !this.#isDraining) await this.#drain(this.#breaker.acquire());
      await this.#store.close();
    };
    await Promise.race([bound, finish().catch((error: unknown) => this.#fault('close', error))]);
    timer?.cancel();
  }

  /** A permit for one operation; 0 when the store must not be asked now. */
  #admit(operation: string): number {
    if (this.#closing !== undefined) return 0;
    const isRecovering = !this.#queue.isEmpty && this.#breaker.state !== 'closed';
    const permit = isRecovering && this.#isDraining ? 0 : this.#breaker.acquire();
    if (permit !== 0 && !isRecovering) return permit;
    if (permit !== 0) this.#startDrain(permit);
    this.#fault(operation, () => new BreakerOpenError(this.name, operation));
    return 0;
  }

  #read<T>(operation: string, call: () => MaybePromise<T>, otherwise: T): MaybePromise<T> {
    const permit = this.#admit(operation);
    if (permit === 0) return otherwise;
    const valueOf = (outcome: Outcome<T>): T => (outcome.isDone ? outcome.value : otherwise);
    const outcome = this.#attempt(operation, permit, call);
    return outcome instanceof Promise ? outcome.then(valueOf) : valueOf(outcome);
  }

  /**
   * Makes one call under the timeout and tells the breaker how it went.
   * @param permit - the breaker's; 0 when whoever calls tells the breaker itself
   * @param onLate - told when the call succeeds after it was given up
   */
  #attempt<T>(
    operation: string,
    permit: number,
    call: () => MaybePromise<T>,
    onLate = ignore,
  ): MaybePromise<Outcome<T>> {
    let answer: MaybePromise<T>;
    try {
      answer = call();
    } catch (error) {
      return this.#failed(operation, permit, error);
    }
    if (!isThenable(answer)) return this.#succeeded(permit, answer);
    const promise = answer;
    return new Promise((resolve) => {
      const pending = this.#deadlines.start(() => {
        resolve(this.#failed(operation, permit, new StoreTimeoutError(this.name, operation, this.#timeoutMs)));
      });
      promise.then(
        (value) => (this.#deadlines.finish(pending) ? resolve(this.#succeeded(permit, value)) : onLate()),
        (error: unknown) => {
          // A call that was given up has been reported as too slow: what it says later changes nothing.
          if (this.#deadlines.finish(pending)) resolve(this.#failed(operation, permit, error));
        },
      );
    });
  }

  #succeeded<T>(permit: number, value: T): Outcome<T> {
    this.#breaker.succeeded(permit);
    return { isDone: true, value };
  }

  #failed(operation: string, permit: number, error: unknown): Outcome<never> {
    // What cannot be encoded is the entry's fault and says nothing about the store.
    if (error instanceof EncodeError) this.#breaker.released(permit);
    else this.#breaker.failed(permit);
    this.#fault(operation, error);
    return FAILED as Outcome<never>;
  }

  /** @param error - the error, or how to make it: nobody may be listening */
  #fault(operation: string, error: unknown): void {
    if (!this.#events.has('storeError')) return;
    const made: unknown = typeof error === 'function' ? (error as () => unknown)() : error;
    this.#events.emit('storeError', { store: this.name, operation, error: made });
  }

  #enqueue(key: string): number {
    this.#queue.add(key);
    this.#scheduleDrain();
    return this.#queue.lastTicket;
  }

  #enqueueClear(): void {
    this.#queue.addClear();
    this.#scheduleDrain();
  }

  #scheduleDrain(): void {
    if (this.#isDraining || this.#drainTimer !== undefined || this.#closing !== undefined) return;
    const delayMs = Math.max(this.#timeoutMs, this.#breaker.retryAt - this.#clock.now());
    this.#drainTimer = this.#clock.setTimer(() => {
      this.#drainTimer = undefined;
      if (this.#queue.isEmpty || this.#isDraining) return;
      const permit = this.#breaker.acquire();
      if (permit === 0) this.#scheduleDrain();
      else this.#startDrain(permit);
    }, delayMs);
  }

  #startDrain(permit: number): void {
    this.#track(this.#drain(permit)).catch(ignore);
  }

  /** Delivers the queue, oldest first, until it is empty or the store fails again. Never rejects. */
  async #drain(permit: number): Promise<void> {
    this.#isDraining = true;
    let isDelivered = true;
    while (isDelivered && !this.#queue.isEmpty) {
      isDelivered = this.#queue.clearTicket === 0 ? await this.#deliverDeletes() : await this.#deliverClear();
    }
    this.#isDraining = false;
    if (isDelivered) return this.#breaker.succeeded(permit);
    this.#breaker.failed(permit);
    this.#scheduleDrain();
  }

  async #deliverClear(): Promise<boolean> {
    const ticket = this.#queue.lastTicket;
    const confirm = (): void => this.#queue.confirmClear(ticket);
    const { isDone } = await this.#attempt('clear', 0, () => this.#store.clear(), confirm);
    if (isDone) confirm();
    return isDone;
  }

  async #deliverDeletes(): Promise<boolean> {
    const delivered = this.#queue.first(DRAIN_BATCH).map(async ({ key, ticket }) => {
      const confirm = (): void => this.#queue.confirm(key, ticket);
      const { isDone } = await this.#attempt('delete', 0, () => this.#store.delete(key), confirm);
      if (isDone) confirm();
      return isDone;
    });
    return (await Promise.all(delivered)).every(Boolean);
  }

  #track<T>(write: Promise<T>): Promise<T> {
    this.#writes.add(write);
    const forget = (): void => void this.#writes.delete(write);
    write.then(forget, forget);
    return write;
  }
}

function ignore(): void {
  // Nothing to do.
}

function isThenable<T>(value: MaybePromise<T>): value is Promise<T> {
  return typeof (value as { then?: unknown } | null | undefined)?.then === 'function';
}
