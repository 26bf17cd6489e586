import type { Clock } from '../base/clock.js';
import { LoadTimeoutError } from '../base/errors.js';
import { judge, staleUse } from '../entry/freshness.js';
import type { CachePolicy } from '../policy/cache-policy.js';
import type { MemoryRecord } from '../store/memory-record.js';
import type { CacheCounters } from '../telemetry/counters.js';
import type { EventBus } from '../telemetry/event-bus.js';
import type { LoadBegin, StaleReason } from '../telemetry/events.js';
import { nextEventId } from '../telemetry/event-id.js';
import type { RouteTable } from '../telemetry/route-table.js';
import type { TopKeys } from '../telemetry/top-keys.js';
import type { AdaptiveLoads } from './adaptive-loads.js';
import type { Background } from './background.js';
import { draftEntry } from './draft-entry.js';
import type { FillLeases } from './fill-leases.js';
import { Load, type Loader } from './load.js';
import { LoadClaim } from './load-claim.js';
import { RunningLoads } from './running-loads.js';
import type { SingleFlight } from './single-flight.js';

/** Everything a load runs with. */
export interface RunnerParts {
  readonly leases: FillLeases;
  readonly flights: SingleFlight<Load>;
  readonly clock: Clock;
  readonly events: EventBus;
  readonly counters: CacheCounters;
  readonly topKeys: TopKeys;
  readonly routes: RouteTable;
  readonly background: Background;
  /** A number from 0 to 1, for jitter. */
  readonly random: () => number;
  readonly adaptive: AdaptiveLoads;
}

/** How one load is to run. */
export interface LoadRequest<V> {
  readonly policy: CachePolicy;
  /** A record that may stand in for the result while its window allows it. */
  readonly staleRecord: MemoryRecord<V> | undefined;
  /** Whether the tier behind the memory may have the answer; false once it was asked, and for a forced refresh. */
  readonly asksStore: boolean;
  /** Another key whose invalidation is to drop the entry, too. */
  readonly parent: string | undefined;
}

const FIRST_BACKOFF_MS = 1_000;
const LONGEST_BACKOFF_MS = 60_000;

/** While another process refreshes a key, it is asked for the result after this long, in ms. */
const OTHERS_REFRESH_MS = 250;

/**
 * Runs loaders: one per key, under the policy's timeouts, and keeps what they return under the lease taken before they began.
 * A failure or a timeout is answered with the stale record where its window allows, and postpones the next try.
 */
export class LoadRunner {
  readonly #parts: RunnerParts;
  readonly #running = new RunningLoads();
  readonly #onAbandoned = (load: Load, reason: unknown): void => this.#abandon(load, reason);
  readonly #accepts = (load: Load, record: MemoryRecord): boolean => this.#takeFound(load, record);

  constructor(parts: RunnerParts) {
    this.#parts = parts;
  }

  /** Begins a load for a caller, and for everybody who joins it. */
  start<V>(key: string, loader: Loader<V>, request: LoadRequest<V>, signal: AbortSignal | undefined): Promise<V> {
    const load = this.#prepare(key, loader, request, false);
    // Joined before it runs: a loader that answers at once ends the load within the call.
    const answer = load.join(signal);
    this.#begin(load, loader, request);
    return answer;
  }

  /** Begins a load that nobody waits for. Its failure is an event. */
  startBehind<V>(key: string, loader: Loader<V>, request: LoadRequest<V>): void {
    this.#begin(this.#prepare(key, loader, request, true), loader, request);
  }

  /** Adds a caller to a running load. */
  join<V>(load: Load<V>, signal: AbortSignal | undefined): Promise<V> {
    const { counters, events, topKeys } = this.#parts;
    counters.coalesced++;
    if (events.has('coalesced')) events.emit('coalesced', { key: load.key });
    if (load.isSettled) {
      // Its waiters were given the stale value at the soft timeout, and so is this one.
      counters.staleHits++;
      load.route.stale++;
      topKeys.add(load.key, 1);
    }
    return load.join(signal);
  }

  #prepare<V>(key: string, loader: Loader<V>, request: LoadRequest<V>, isBackground: boolean): Load<V> {
    const { leases, flights, routes } = this.#parts;
    const load = new Load<V>({
      lease: leases.open(key, request.parent),
      policy: request.policy,
      staleRecord: request.staleRecord,
      isBackground,
      missReason: leases.missReason(key),
      route: routes.ofKey(key),
      mayNameTags: loader.length > 0,
      onAbandoned: this.#onAbandoned,
    });
    flights.begin(key, load as Load);
    return load;
  }

  #begin<V>(load: Load<V>, loader: Loader<V>, request: LoadRequest<V>): void {
    this.#running.add(load as Load);
    this.#armTimeouts(load);
    if (!request.asksStore || !this.#parts.leases.hasStore) {
      this.#call(load, loader);
      return;
    }
    const fault = (error: unknown): void => this.#abandon(load, error);
    const callUnless = (isAnswered: boolean): void => {
      if (!isAnswered) this.#call(load, loader);
    };
    if (!this.#parts.leases.isShared) {
      this.#ask(load).then(callUnless, fault);
      return;
    }
    const claim = new LoadClaim(load as Load, request.staleRecord !== undefined, this.#accepts);
    this.#claim(load, claim).then(callUnless, fault);
  }

  /** Asks a tier that no other process fills. True when there is nothing to load. */
  async #ask<V>(load: Load<V>): Promise<boolean> {
    return this.#takeFound(load, await this.#parts.leases.behind(load.key, load.policy));
  }

  /** Asks a tier that several processes share. True when there is nothing to load: another process has loaded it meanwhile, or does. */
  async #claim<V>(load: Load<V>, claim: LoadClaim): Promise<boolean> {
    const outcome = await this.#parts.leases.claim(load.lease, claim);
    if (outcome !== 'left') return outcome === 'answered';
    if (load.isAborted) return true;
    // Somebody joined in the moment between the decision and here.
    if (claim.isAwaited()) return this.#claim(load, claim);
    this.#leaveToOthers(load);
    return true;
  }

  /** Another process refreshes, and nobody waits here. */
  #leaveToOthers<V>(load: Load<V>): void {
    load.lease.abandon();
    this.#end(load);
    if (load.staleRecord !== undefined) load.staleRecord.retryAt = this.#parts.clock.now() + OTHERS_REFRESH_MS;
  }

  /** Calls the loader. One that answers at once, or throws at once, ends the load within the call. */
  #call<V>(load: Load<V>, loader: Loader<V>): void {
    const { clock, counters, events } = this.#parts;
    if (load.isAborted) return;
    const startedAt = (load.startedAt = clock.now());
    if (!load.isBackground && events.has('miss')) events.emit('miss', { key: load.key, reason: load.missReason });
    counters.loads++;
    if (load.isBackground) counters.refreshes++;
    const within = this.#tellBegin(load);
    let returned: V | Promise<V>;
    try {
      returned = within === undefined ? loader(load) : within(() => loader(load));
    } catch (error) {
      this.#failed(load, error, clock.now() - startedAt);
      return;
    }
    if (!isThenable(returned)) {
      this.#loaded(load, returned, clock.now() - startedAt);
      return;
    }
    Promise.resolve(returned).then(
      (value) => this.#loaded(load, value, clock.now() - startedAt),
      (error: unknown) => this.#failed(load, error, clock.now() - startedAt),
    );
  }

  /** @returns the context of a listener in which the loader is to run */
  #tellBegin<V>(load: Load<V>): LoadBegin['within'] {
    const { events } = this.#parts;
    load.id = nextEventId();
    if (!events.has('load')) return undefined;
    const begin: LoadBegin = { id: load.id, key: load.key, background: load.isBackground };
    events.emit('load', begin);
    return begin.within;
  }

  /**
   * Takes what the tier behind has. True when it is fresh, which ends the load. A stale one is what the waiters get at once where its
   * window allows, and else what stands in if the load fails.
   */
  #takeFound<V>(load: Load<V>, found: MemoryRecord | undefined): boolean {
    const { clock } = this.#parts;
    const record = found as MemoryRecord<V> | undefined;
    if (record === undefined || load.isSettled) return false;
    // What is to be refreshed is no news.
    if (load.staleRecord !== undefined && record.entry.createdAt <= load.staleRecord.entry.createdAt) return false;
    const freshness = judge(record.entry, clock.now());
    if (freshness === 'stale' && !record.entry.isError) {
      load.staleRecord = record;
      if (staleUse(record.entry, clock.now()) === 'while-revalidating') this.#settleStale(load, 'while-revalidating');
    }
    if (freshness !== 'fresh') return false;
    load.lease.abandon();
    this.#end(load);
    this.#countCallers(load, 'hits');
    if (this.#parts.events.has('hit')) this.#parts.events.emit('hit', { key: load.key, tier: 'store' });
    if (record.entry.isError) load.fail(record.entry.value);
    else load.settle(record.entry.value);
    return true;
  }

  #loaded<V>(load: Load<V>, value: V, loadMs: number): void {
    const { events } = this.#parts;
    if (load.isAborted) return;
    this.#keep(load, value, false, loadMs);
    this.#end(load);
    if (events.has('loaded')) {
      events.emit('loaded', { id: load.id, key: load.key, durationMs: loadMs, background: load.isBackground });
    }
    if (load.isSettled) return;
    this.#countCallers(load, 'misses');
    load.settle(value);
  }

  #failed<V>(load: Load<V>, error: unknown, loadMs: number): void {
    const { events, counters } = this.#parts;
    if (load.isAborted) return;
    this.#end(load);
    counters.loadErrors++;
    if (events.has('loadError')) {
      const { id, key, isBackground: background } = load;
      events.emit('loadError', { id, key, error, durationMs: loadMs, background });
    }
    this.#backOff(load);
    if (this.#settleStale(load, 'on-error')) return load.lease.abandon();
    this.#keep(load, error, true, loadMs);
    if (load.isSettled) return;
    this.#countCallers(load, 'misses');
    load.fail(error);
  }

  /** Keeps a result under the load's lease, as its policy says. The policy's own faults do not reach the caller. */
  #keep<V>(load: Load<V>, value: unknown, isError: boolean, loadMs: number): void {
    const { clock, events, background, leases } = this.#parts;
    try {
      leases.present(value);
      const draft = draftEntry({ key: load.key, value, isError, at: clock.now(), loadMs }, load.policy, this.#parts);
      if (draft === undefined) {
        load.lease.abandon();
        return;
      }
      const { written } = load.lease.commit(draft);
      if (written instanceof Promise) background.run(`store ${load.key}`, written);
    } catch (error) {
      load.lease.abandon();
      events.emit('policyError', { key: load.key, error });
      process.emitWarning(`the result of ${load.key} was not cached: ${String(error)}`, { type: 'CacheWarpWarning' });
    }
  }

  /** A failed refresh leaves the stale record as it is and is not repeated at once. */
  #backOff<V>(load: Load<V>): void {
    const record = load.staleRecord;
    if (record === undefined) return;
    const longest = Math.min(LONGEST_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** record.failures);
    record.failures++;
    record.retryAt = this.#parts.clock.now() + longest * (0.5 + 0.5 * this.#parts.random());
  }

  /** Answers the waiters with the stale record, if it is still valid and inside a window. */
  #settleStale<V>(load: Load<V>, because: StaleReason): boolean {
    const { leases, clock, events, counters, topKeys } = this.#parts;
    const record = load.staleRecord;
    if (record === undefined || load.isSettled) return false;
    if (staleUse(record.entry, clock.now()) === 'never' || !leases.isValid(record)) return false;
    counters.staleHits += load.callers;
    load.route.stale += load.callers;
    topKeys.add(load.key, load.callers);
    if (events.has('stale') && load.callers > 0) events.emit('stale', { key: load.key, because });
    load.settle(record.entry.value);
    return true;
  }

  #countCallers<V>(load: Load<V>, counter: 'hits' | 'misses'): void {
    const { counters, topKeys } = this.#parts;
    counters[counter] += load.callers;
    if (counter === 'hits') {
      load.route.hit += load.callers;
      topKeys.add(load.key, load.callers);
      return;
    }
    load.route.miss += load.callers;
    counters.missReasons[load.missReason] += load.callers;
    topKeys.addMisses(load.key, load.callers);
  }

  #armTimeouts<V>(load: Load<V>): void {
    const { clock } = this.#parts;
    const { softTimeoutMs, hardTimeoutMs } = load.policy;
    if (softTimeoutMs !== undefined && load.staleRecord !== undefined) {
      load.holdTimer(clock.setTimer(() => void this.#settleStale(load, 'soft-timeout'), softTimeoutMs));
    }
    if (hardTimeoutMs !== undefined && hardTimeoutMs !== Infinity) {
      load.holdTimer(clock.setTimer(() => this.#timeOut(load, hardTimeoutMs), hardTimeoutMs));
    }
  }

  #timeOut<V>(load: Load<V>, timeoutMs: number): void {
    const error = new LoadTimeoutError(load.key, timeoutMs);
    this.#parts.counters.loadTimeouts++;
    load.lease.abandon();
    this.#failed(load, error, timeoutMs);
    load.abort(error);
  }

  /** The load is over, done or called off: newcomers do not join it, and nobody waits for its end any more. */
  #end<V>(load: Load<V>): void {
    load.cancelTimers();
    this.#parts.flights.end(load.key, load as Load);
    this.#running.remove(load as Load);
  }

  /** Resolves when no load is running any more. */
  drain(): Promise<void> {
    return this.#running.drained();
  }

  /** Calls every load off, with `reason`: the cache is closing. */
  callOff(reason: unknown): void {
    for (const load of this.#running.all) this.#abandon(load, reason);
  }

  #tellAbandoned<V>({ id, key, startedAt, isBackground: background }: Load<V>): void {
    const { events, clock } = this.#parts;
    if (id === 0 || !events.has('loadAbandoned')) return;
    events.emit('loadAbandoned', { id, key, durationMs: clock.now() - startedAt, background });
  }

  /** Nobody waits any more: the work is called off, and the next caller begins anew. */
  #abandon<V>(load: Load<V>, reason: unknown): void {
    load.lease.abandon();
    this.#end(load);
    this.#tellAbandoned(load);
    this.#countCallers(load, 'misses');
    load.abort(reason);
    load.fail(reason);
  }
}

function isThenable<V>(value: V | Promise<V>): value is Promise<V> {
  return typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function';
}
