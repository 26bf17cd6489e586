import type { Clock } from '../base/clock.js';
import { systemClock } from '../base/clock.js';
import type { CacheEntry } from '../entry/cache-entry.js';
import type { CacheStore, MaybePromise, StoreStats } from '../store/cache-store.js';

/** An operation of a store that can be disturbed by itself. */
export type StoreOperation = 'get' | 'getMany' | 'set' | 'delete' | 'clear' | 'keys' | 'stats' | 'close';

const ALL: readonly StoreOperation[] = ['get', 'getMany', 'set', 'delete', 'clear', 'keys', 'stats', 'close'];
const WRITES: readonly StoreOperation[] = ['set', 'delete', 'clear'];

/** One call as it was made, whatever became of it. */
export interface StoreCall {
  readonly operation: StoreOperation;
  /** The key, the keys of getMany, the prefix of keys; undefined for the others. */
  readonly on: string | readonly string[] | undefined;
}

type Trouble =
  | { readonly kind: 'delay'; readonly ms: number }
  | { readonly kind: 'fail'; readonly error: Error }
  | { readonly kind: 'freeze' }
  | { readonly kind: 'lose' }
  | { readonly kind: 'loseAnswers'; readonly error: Error };

/**
 * A store whose inner store fails on command, operation by operation. The last command given for an operation counts, and
 * holds until {@link release}.
 *
 * @example
 * const chaos = new ChaosStore(new MemoryStore());
 * chaos.freeze('get', 'getMany');   // a store that hangs
 * chaos.fail(new Error('down'));    // everything fails
 * chaos.release();                  // all is well; what was frozen goes on
 */
export class ChaosStore implements CacheStore {
  readonly name: string;
  /** Every call so far, in order. */
  readonly calls: StoreCall[] = [];
  readonly #inner: CacheStore;
  readonly #clock: Clock;
  readonly #troubles = new Map<StoreOperation, Trouble>();
  #frozen: { readonly operation: StoreOperation; readonly thaw: () => void }[] = [];

  /** @param clock - what delays are measured by */
  constructor(inner: CacheStore, clock: Clock = systemClock) {
    this.name = inner.name;
    this.#inner = inner;
    this.#clock = clock;
  }

  /** Answers after `ms`. */
  delay(ms: number, ...operations: StoreOperation[]): void {
    this.#disturb({ kind: 'delay', ms }, operations, ALL);
  }

  /** Rejects without doing anything. */
  fail(error: Error, ...operations: StoreOperation[]): void {
    this.#disturb({ kind: 'fail', error }, operations, ALL);
  }

  /** Neither acts nor answers until it is released; then it does both, as a store does that was only stopped. */
  freeze(...operations: StoreOperation[]): void {
    this.#disturb({ kind: 'freeze' }, operations, ALL);
  }

  /** Says that a write was done, and does not do it. */
  loseWrites(...operations: ('set' | 'delete' | 'clear')[]): void {
    this.#disturb({ kind: 'lose' }, operations, WRITES);
  }

  /** Acts, and rejects all the same: the connection broke before the answer came. */
  loseAnswers(error: Error, ...operations: StoreOperation[]): void {
    this.#disturb({ kind: 'loseAnswers', error }, operations, ALL);
  }

  /** Ends the trouble of these operations, or of all; what was frozen goes on, in the order in which it was called. */
  release(...operations: StoreOperation[]): void {
    const released = operations.length === 0 ? ALL : operations;
    for (const operation of released) this.#troubles.delete(operation);
    const thawed = this.#frozen.filter(({ operation }) => released.includes(operation));
    this.#frozen = this.#frozen.filter(({ operation }) => !released.includes(operation));
    for (const { thaw } of thawed) thaw();
  }

  /** How many calls wait for {@link release}. */
  get frozenCalls(): number {
    return this.#frozen.length;
  }

  /** How often an operation was called. */
  count(operation: StoreOperation): number {
    return this.calls.filter((call) => call.operation === operation).length;
  }

  get(key: string): MaybePromise<CacheEntry | undefined> {
    return this.#call('get', key, () => this.#inner.get(key));
  }

  getMany(keys: readonly string[]): MaybePromise<(CacheEntry | undefined)[]> {
    return this.#call('getMany', keys, () => this.#inner.getMany(keys));
  }

  set(key: string, entry: CacheEntry): MaybePromise<void> {
    return this.#call('set', key, () => this.#inner.set(key, entry), undefined);
  }

  delete(key: string): MaybePromise<boolean> {
    return this.#call('delete', key, () => this.#inner.delete(key), true);
  }

  clear(): MaybePromise<void> {
    return this.#call('clear', undefined, () => this.#inner.clear(), undefined);
  }

  keys(prefix: string, limit: number): MaybePromise<string[]> {
    return this.#call('keys', prefix, () => this.#inner.keys(prefix, limit));
  }

  stats(): MaybePromise<StoreStats> {
    return this.#call('stats', undefined, () => this.#inner.stats());
  }

  async close(): Promise<void> {
    await this.#call('close', undefined, () => this.#inner.close());
  }

  #disturb(trouble: Trouble, operations: readonly StoreOperation[], otherwise: readonly StoreOperation[]): void {
    for (const operation of operations.length === 0 ? otherwise : operations) this.#troubles.set(operation, trouble);
  }

  #call<T>(operation: StoreOperation, on: StoreCall['on'], act: () => MaybePromise<T>, lie?: T): MaybePromise<T> {
    this.calls.push({ operation, on });
    const trouble = this.#troubles.get(operation);
    switch (trouble?.kind) {
      case 'delay':
        return this.#after((go) => void this.#clock.setTimer(go, trouble.ms), act);
      case 'freeze':
        return this.#after((thaw) => void this.#frozen.push({ operation, thaw }), act);
      case 'lose':
        return Promise.resolve(lie as T);
      case 'fail':
        return Promise.reject(trouble.error);
      case 'loseAnswers':
        return Promise.resolve(act()).then(() => Promise.reject(trouble.error));
      case undefined:
      default:
        return act();
    }
  }

  #after<T>(arrange: (go: () => void) => void, act: () => MaybePromise<T>): Promise<T> {
    return new Promise<void>(arrange).then(act);
  }
}
