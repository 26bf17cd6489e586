import { assertKnownOptions, assertNumber, assertObject } from '../base/assert.js';
import type { Clock, Timer } from '../base/clock.js';
import { systemClock } from '../base/clock.js';
import { InvalidOptionError, StoreTimeoutError } from '../base/errors.js';
import type { CacheEntry } from '../entry/cache-entry.js';
import { EventBus } from '../telemetry/event-bus.js';
import type { BreakerState } from '../telemetry/events.js';
import type { CacheStore, MaybePromise, StoreStats } from './cache-store.js';
import type { CircuitBreakerOptions } from './circuit-breaker.js';
import { DeleteDelivery } from './delete-delivery.js';
import { isLeasingStore, type Acquired, type AcquireOptions, type LeasingStore } from './leasing-store.js';
import type { Outcome } from './store-calls.js';
import { REFUSED, StoreCalls } from './store-calls.js';

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

const UNKNOWN_STATS: StoreStats = Object.freeze({ entries: undefined, bytes: undefined, evictions: 0 });

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
  readonly #store: CacheStore;
  /** The same store, where it lets one process at a time fill a key. */
  readonly #leasing: LeasingStore | undefined;
  readonly #clock: Clock;
  readonly #calls: StoreCalls;
  readonly #deletions: DeleteDelivery;
  /** Writes that are not answered yet: what close() waits for. */
  #writes = 0;
  #onQuiet: (() => void) | undefined;
  #closing: Promise<void> | undefined;

  /** @throws InvalidOptionError naming the faulty option as `guard.<option>` or `breaker.<option>` */
  constructor(store: CacheStore, options: GuardedStoreOptions = {}) {
    const given: unknown = options;
    assertObject('guard', given);
    assertKnownOptions('guard', given, OPTIONS);
    const { timeoutMs = 100, maxQueuedDeletes = 10_000, clock = systemClock, events = new EventBus() } = options;
    const { breaker, random } = options;
    if (!(timeoutMs > 0)) throw new InvalidOptionError('guard.timeoutMs', 'must be a number above 0', timeoutMs);
    assertNumber('guard.maxQueuedDeletes', maxQueuedDeletes, 0, 10_000_000);
    const calls = new StoreCalls({ name: store.name, timeoutMs, clock, events, breaker, random });
    this.name = store.name;
    this.#store = store;
    this.#leasing = isLeasingStore(store) ? store : undefined;
    this.#clock = clock;
    this.#calls = calls;
    this.#deletions = new DeleteDelivery({ store, calls, clock, maxQueued: maxQueuedDeletes, retryMs: timeoutMs });
  }

  get breakerState(): BreakerState {
    return this.#calls.breaker.state;
  }

  /** Whether the store is known not to answer now: its breaker is open, or it says so itself. */
  get isDown(): boolean {
    return this.breakerState === 'open' || this.#leasing?.isAway === true;
  }

  /** Whether the store lets one process at a time fill a key; then {@link acquire} and its kin may be called. */
  get isLeasing(): boolean {
    return this.#leasing !== undefined;
  }

  /**
   * See {@link LeasingStore}; undefined where the store could not be asked.
   * @param finish - makes the answer
   */
  acquire<R>(
    key: string,
    options: AcquireOptions,
    finish: (acquired: Acquired | undefined) => MaybePromise<R>,
  ): MaybePromise<R> {
    const permit = this.#deletions.holds(key) ? 0 : this.#admit('acquire');
    if (permit === 0) return finish(undefined);
    const done = (outcome: Outcome<Acquired>): MaybePromise<R> => finish(outcome.isDone ? outcome.value : undefined);
    // A lease that comes when nobody waits for it any more would keep others from the key until it ends.
    const giveBack = (late: Acquired): void => {
      if (late.word === 'lease') void this.release(key, late.token);
    };
    return this.#calls.attempt('acquire', permit, () => this.#leasing!.acquire(key, options), done, giveBack);
  }

  /** See {@link LeasingStore}; undefined where the store did not confirm it. */
  fill(key: string, token: string, entry: CacheEntry): MaybePromise<boolean | undefined> {
    return this.#write('fill', () => this.#leasing!.fill(key, token, entry));
  }

  /** See {@link LeasingStore}; undefined where the store did not confirm it. */
  release(key: string, token: string): MaybePromise<boolean | undefined> {
    return this.#write('release', () => this.#leasing!.release(key, token));
  }

  /** See {@link LeasingStore}; undefined where the store did not confirm it. */
  renew(key: string, token: string, leaseMs: number): MaybePromise<boolean | undefined> {
    return this.#write('renew', () => this.#leasing!.renew(key, token, leaseMs));
  }

  /** See {@link LeasingStore}. */
  ended(key: string, maxMs: number): Promise<void> {
    return this.#leasing!.ended(key, maxMs);
  }

  get(key: string): MaybePromise<CacheEntry | undefined> {
    if (this.#deletions.holds(key)) return undefined;
    return this.#read('get', () => this.#store.get(key), valueOrNothing);
  }

  getMany(keys: readonly string[]): MaybePromise<(CacheEntry | undefined)[]> {
    const asked = this.#deletions.isDone ? keys : keys.filter((key) => !this.#deletions.holds(key));
    if (asked.length === 0) return keys.map(() => undefined);
    const inOrder = (outcome: Outcome<(CacheEntry | undefined)[]>): (CacheEntry | undefined)[] => {
      // What a store answers that breaks its contract must not throw either.
      if (!outcome.isDone || !Array.isArray(outcome.value)) return keys.map(() => undefined);
      const found = outcome.value;
      if (asked === keys && found.length === keys.length) return found;
      const entries = new Map(asked.map((key, index) => [key, found[index]]));
      return keys.map((key) => entries.get(key));
    };
    return this.#read('getMany', () => this.#store.getMany(asked), inOrder);
  }

  keys(prefix: string, limit: number): MaybePromise<string[]> {
    return this.#read(
      'keys',
      () => this.#store.keys(prefix, limit),
      (made) => (made.isDone ? made.value : []),
    );
  }

  stats(): MaybePromise<StoreStats> {
    return this.#read(
      'stats',
      () => this.#store.stats(),
      (made) => (made.isDone ? made.value : UNKNOWN_STATS),
    );
  }

  /** Writes as well as it can; resolves when the store has the entry, has failed, or was too slow. */
  set(key: string, entry: CacheEntry): MaybePromise<void> {
    const permit = this.#admit('set');
    if (permit === 0) return;
    return this.#track(this.#calls.attempt('set', permit, () => this.#store.set(key, entry), ignore));
  }

  /** Answers false, too, when the deletion has to wait for the store. */
  delete(key: string): MaybePromise<boolean> {
    const permit = this.#admit('delete');
    let ticket = 0;
    const finish = (outcome: Outcome<boolean>): boolean => {
      if (!outcome.isDone) ticket = this.#deletions.add(key);
      return outcome.isDone && outcome.value;
    };
    if (permit === 0) return finish(REFUSED);
    const confirmLate = (): void => this.#deletions.confirm(key, ticket);
    return this.#track(this.#calls.attempt('delete', permit, () => this.#store.delete(key), finish, confirmLate));
  }

  clear(): MaybePromise<void> {
    const permit = this.#admit('clear');
    let ticket = 0;
    const finish = (outcome: Outcome<void>): void => {
      if (!outcome.isDone) ticket = this.#deletions.addClear();
    };
    if (permit === 0) return finish(REFUSED);
    const confirmLate = (): void => this.#deletions.confirmClear(ticket);
    return this.#track(this.#calls.attempt('clear', permit, () => this.#store.clear(), finish, confirmLate));
  }

  /** Delivers what waits, finishes what is written, and closes the store; for 5 seconds at most. May be called again. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    let timer: Timer | undefined;
    const bound = new Promise<void>((resolve) => {
      const giveUp = (): void => {
        this.#calls.fault('close', new StoreTimeoutError(this.name, 'close', CLOSE_TIMEOUT_MS));
        resolve();
      };
      timer = this.#clock.setTimer(giveUp, CLOSE_TIMEOUT_MS);
    });
    const finish = async (): Promise<void> => {
      if (this.#writes > 0) await new Promise<void>((resolve) => (this.#onQuiet = resolve));
      await this.#deletions.finish();
      await this.#store.close();
    };
    await Promise.race([bound, finish().catch((error: unknown) => this.#calls.fault('close', error))]);
    timer?.cancel();
    this.#calls.rest();
  }

  /** A permit for one operation; 0 when the store must not be asked now. */
  #admit(operation: string): number {
    if (this.#closing !== undefined) return 0;
    const { breaker } = this.#calls;
    if (this.#deletions.isDone || breaker.state === 'closed') {
      const permit = breaker.acquire();
      if (permit === 0) this.#calls.refuse(operation);
      return permit;
    }
    // It was down and deletions wait: they are what probes it, and nothing else passes until they are delivered.
    this.#deletions.tryNow();
    this.#calls.refuse(operation);
    return 0;
  }

  #read<T, R>(
    operation: string,
    call: () => MaybePromise<T>,
    finish: (outcome: Outcome<T>) => MaybePromise<R>,
  ): MaybePromise<R> {
    const permit = this.#admit(operation);
    return permit === 0 ? finish(REFUSED) : this.#calls.attempt(operation, permit, call, finish);
  }

  #write<T>(operation: string, call: () => MaybePromise<T>): MaybePromise<T | undefined> {
    const permit = this.#admit(operation);
    if (permit === 0) return undefined;
    return this.#track(this.#calls.attempt(operation, permit, call, valueOrNothing));
  }

  #track<T>(write: MaybePromise<T>): MaybePromise<T> {
    if (!(write instanceof Promise)) return write;
    this.#writes++;
    write.then(this.#written, this.#written);
    return write;
  }

  readonly #written = (): void => {
    this.#writes--;
    if (this.#writes === 0) this.#onQuiet?.();
  };
}

function valueOrNothing<T>(outcome: Outcome<T>): T | undefined {
  return outcome.isDone ? outcome.value : undefined;
}

function ignore(): void {
  // Best effort: a fault was told as an event.
}
