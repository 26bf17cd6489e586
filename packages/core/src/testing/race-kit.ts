import type { InvalidationLog, LogListener, LogRecord } from '../invalidation/invalidation-log.js';
import type { LoadContext } from '../engine/load.js';
import type { MaybePromise } from '../store/cache-store.js';

/** A promise settled from outside. */
export class Deferred<T = void> {
  readonly promise: Promise<T>;
  resolve!: (value: T) => void;
  reject!: (error: unknown) => void;

  constructor() {
    this.promise = new Promise<T>((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
  }
}

/** A place where work stops until it is let through, so that a test decides what happens between two of its steps. */
export class Barrier {
  readonly #reached = new Deferred();
  readonly #opened = new Deferred();

  /** Resolves when somebody stands at the barrier. */
  get reached(): Promise<void> {
    return this.#reached.promise;
  }

  /** Called by the work: waits here. */
  pass(): Promise<void> {
    this.#reached.resolve();
    return this.#opened.promise;
  }

  /** Lets everybody through, now and later. */
  open(): void {
    this.#opened.resolve();
  }
}

/** A loader whose every call waits until the test settles it. */
export class PausedLoader<V> {
  /** The calls so far, in order. */
  readonly calls: { readonly context: LoadContext; readonly result: Deferred<V> }[] = [];

  /** Give this to the cache. */
  readonly load = (context: LoadContext): Promise<V> => {
    const result = new Deferred<V>();
    this.calls.push({ context, result });
    return result.promise;
  };

  /** Settles call number `index` (from 0) with a value. */
  finish(index: number, value: V): void {
    this.#call(index).resolve(value);
  }

  /** Fails call number `index` (from 0). */
  fail(index: number, error: unknown): void {
    this.#call(index).reject(error);
  }

  #call(index: number): Deferred<V> {
    const call = this.calls[index];
    if (call === undefined)
      throw new Error(`the loader was called ${this.calls.length} times, there is no call ${index}`);
    return call.result;
  }
}

/** What happens to a record on its way to the listeners of an {@link UnreliableLog}. */
export type Delivery = 'deliver' | 'drop' | 'duplicate' | 'hold';

/** An invalidation log that loses, repeats or delays messages on command, as a network would. */
export class UnreliableLog implements InvalidationLog {
  /** What happens to the records from now on. */
  delivery: Delivery = 'deliver';
  readonly #inner: InvalidationLog;
  readonly #listeners = new Set<LogListener>();
  #held: LogRecord[] = [];

  constructor(inner: InvalidationLog) {
    this.#inner = inner;
    inner.subscribe({ onRecord: (record) => this.#receive(record) });
  }

  get epoch(): string {
    return this.#inner.epoch;
  }

  get position(): number {
    return this.#inner.position;
  }

  append(record: Omit<LogRecord, 'seq'>): MaybePromise<LogRecord> {
    return this.#inner.append(record);
  }

  subscribe(listener: LogListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  recent(limit: number): readonly LogRecord[] {
    return this.#inner.recent(limit);
  }

  /** Delivers what was held, newest first: out of order. */
  releaseReversed(): void {
    const held = this.#held.reverse();
    this.#held = [];
    for (const record of held) this.#deliver(record);
  }

  close(): Promise<void> {
    return this.#inner.close();
  }

  #receive(record: LogRecord): void {
    if (this.delivery === 'drop') return;
    if (this.delivery === 'hold') {
      this.#held.push(record);
      return;
    }
    this.#deliver(record);
    if (this.delivery === 'duplicate') this.#deliver(record);
  }

  #deliver(record: LogRecord): void {
    for (const listener of this.#listeners) listener.onRecord(record);
  }
}
