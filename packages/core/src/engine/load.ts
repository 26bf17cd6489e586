import type { Timer } from '../base/clock.js';
import type { EntryOptions } from '../policy/cache-options.js';
import { resolvePolicy, type CachePolicy } from '../policy/cache-policy.js';
import type { MemoryRecord } from '../store/memory-record.js';
import type { MissReason } from '../telemetry/miss-reason.js';
import type { RouteCounters } from '../telemetry/route-counters.js';
import type { FillLease } from './fill-lease.js';

/**
 * What a loader is told, and what it may say, while it loads. It does not speak of the type of the value, so that this is inferred
 * from what the loader returns, and known to the functions among the options of the call.
 */
export interface LoadContext {
  /** The key being loaded. */
  readonly key: string;
  /** Aborted when the last waiter has left, and by `hardTimeout`. */
  readonly signal: AbortSignal;
  /** The value that the load is to replace, if one is still there. */
  readonly stale: unknown;
  /**
   * Options for this result alone, known only now; they go before those of the call. A loader that calls it must declare its
   * context parameter.
   * @throws InvalidOptionError naming the field and the value
   */
  setOptions(options: EntryOptions<never>): void;
}

/** Makes the value of a key. It may return the value or a promise; throwing rejects every waiter of this load. */
export type Loader<V = unknown> = (context: LoadContext) => V | Promise<V>;

/**
 * One running load and those who wait for it. Waiters are counted: each may leave by its own signal, and the load is aborted
 * when the last one has left. The promise settles with the first of: the result, a stale value in its place, a failure.
 */
export class Load<V = unknown> implements LoadContext {
  readonly key: string;
  readonly lease: FillLease;
  readonly isBackground: boolean;
  /** Why a load was needed. */
  readonly missReason: MissReason;
  readonly route: RouteCounters;
  /** What waiters get. */
  readonly promise: Promise<V>;
  /** The stale record that may stand in for the result. */
  staleRecord: MemoryRecord<V> | undefined;
  policy: CachePolicy;
  /** Callers that share this load, the first included. */
  callers = 0;
  isSettled = false;
  /** For events; 0 while the loader was not called. */
  id = 0;
  /** When the loader was called, in ms. */
  startedAt = 0;
  /** Where the runner keeps it while it runs; -1 while it does not. */
  place = -1;

  readonly #onAbandoned: (load: Load, reason: unknown) => void;
  #resolve!: (value: V) => void;
  #reject!: (error: unknown) => void;
  #controller: AbortController | undefined;
  #abortReason: { readonly reason: unknown } | undefined;
  #leavers = 0;
  #isPinned: boolean;
  #timers: Timer[] | undefined;

  constructor(parts: {
    lease: FillLease;
    policy: CachePolicy;
    staleRecord: MemoryRecord<V> | undefined;
    isBackground: boolean;
    missReason: MissReason;
    route: RouteCounters;
    /** Whether the loader takes its context, and so may name tags of its own before it is done. */
    mayNameTags: boolean;
    onAbandoned: (load: Load, reason: unknown) => void;
  }) {
    this.key = parts.lease.key;
    this.lease = parts.lease;
    this.policy = parts.policy;
    this.staleRecord = parts.staleRecord;
    this.isBackground = parts.isBackground;
    this.missReason = parts.missReason;
    this.route = parts.route;
    this.#isPinned = parts.isBackground;
    this.#onAbandoned = parts.onAbandoned;
    this.promise = new Promise<V>((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    if (!parts.mayNameTags && this.policy.tagsOf === undefined) this.lease.knowTags(this.policy.tags);
  }

  get stale(): V | undefined {
    return this.staleRecord?.entry.value;
  }

  /** Made when it is first asked for: most loaders never look at it. */
  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#abortReason !== undefined) this.#controller.abort(this.#abortReason.reason);
    }
    return this.#controller.signal;
  }

  get isAborted(): boolean {
    return this.#abortReason !== undefined;
  }

  setOptions(options: EntryOptions<never>): void {
    this.policy = resolvePolicy(options, this.policy);
  }

  /** Adds a caller. With a signal, it can leave early; without one, the load runs to its end. */
  join(signal: AbortSignal | undefined): Promise<V> {
    this.callers++;
    if (signal === undefined) {
      this.#isPinned = true;
      return this.promise;
    }
    this.#leavers++;
    return new Promise<V>((resolve, reject) => {
      const leave = (): void => {
        reject(signal.reason as Error);
        if (--this.#leavers === 0 && !this.#isPinned && !this.isSettled) this.#onAbandoned(this as Load, signal.reason);
      };
      signal.addEventListener('abort', leave, { once: true });
      if (signal.aborted) leave();
      const stay = (): void => signal.removeEventListener('abort', leave);
      this.promise.then(
        (value) => (stay(), resolve(value)),
        (error: unknown) => (stay(), reject(error as Error)),
      );
    });
  }

  settle(value: V): void {
    this.isSettled = true;
    this.#resolve(value);
  }

  fail(error: unknown): void {
    this.isSettled = true;
    // Waiters hear of it through their own hold of the promise; when they have all left, it must not raise an alarm.
    this.promise.catch(() => undefined);
    this.#reject(error);
  }

  abort(reason: unknown): void {
    this.#abortReason = { reason };
    this.#controller?.abort(reason);
  }

  /** Keeps a timer that ends with the load. */
  holdTimer(timer: Timer): void {
    (this.#timers ??= []).push(timer);
  }

  cancelTimers(): void {
    if (this.#timers !== undefined) for (const timer of this.#timers) timer.cancel();
  }
}
