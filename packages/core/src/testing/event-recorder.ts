import type { EventBus } from '../telemetry/event-bus.js';
import type { CacheEventName, CacheEvents } from '../telemetry/events.js';

/** One event as it was heard. */
export interface RecordedEvent<E extends CacheEventName = CacheEventName> {
  readonly name: E;
  readonly event: CacheEvents[E];
}

interface Waiter {
  readonly name: CacheEventName;
  readonly accepts: (event: never) => boolean;
  readonly resolve: (event: never) => void;
}

/** Every event there is; a new one that is missing here does not compile. */
const ALL_EVENTS: Record<CacheEventName, true> = {
  hit: true,
  stale: true,
  miss: true,
  coalesced: true,
  load: true,
  loaded: true,
  loadError: true,
  loadAbandoned: true,
  storeCall: true,
  storeCallEnd: true,
  stored: true,
  fenced: true,
  invalidated: true,
  policyError: true,
  evicted: true,
  variantLimit: true,
  storeError: true,
  breaker: true,
  leaseWait: true,
  leaseLost: true,
  logGap: true,
  logSilence: true,
  undelivered: true,
};

/**
 * Listens to everything a cache says and keeps it in order.
 *
 * @example
 * const recorder = new EventRecorder(cache.events);
 * await cache.getOrLoad('a', () => 1);
 * expect(recorder.names()).to.deep.equal(['miss', 'load', 'loaded', 'stored']);
 */
export class EventRecorder {
  readonly #records: RecordedEvent[] = [];
  readonly #waiters = new Set<Waiter>();
  readonly #unsubscribe: (() => void)[] = [];

  /** @param names - what to listen to; everything by default. Some events are emitted only while somebody listens. */
  constructor(events: EventBus, names: readonly CacheEventName[] = Object.keys(ALL_EVENTS) as CacheEventName[]) {
    for (const name of names) {
      this.#unsubscribe.push(events.on(name, (event) => this.#hear({ name, event })));
    }
  }

  /** Everything heard so far, in order. */
  get records(): readonly RecordedEvent[] {
    return this.#records;
  }

  /** The names of what was heard, in order. */
  names(): CacheEventName[] {
    return this.#records.map(({ name }) => name);
  }

  /** What was heard under one name, in order. */
  of<E extends CacheEventName>(name: E): CacheEvents[E][] {
    return this.#records.filter((record) => record.name === name).map(({ event }) => event as CacheEvents[E]);
  }

  /**
   * The first event of that name that `accepts`, be it heard already or yet to come. It has no timeout of its own: the test's
   * applies.
   */
  waitFor<E extends CacheEventName>(
    name: E,
    accepts: (event: CacheEvents[E]) => boolean = () => true,
  ): Promise<CacheEvents[E]> {
    const heard = this.of(name).find(accepts);
    if (heard !== undefined) return Promise.resolve(heard);
    return new Promise((resolve) => this.#waiters.add({ name, accepts, resolve }));
  }

  /** Forgets what was heard so far. */
  clear(): void {
    this.#records.length = 0;
  }

  /** Listens no longer. */
  stop(): void {
    for (const unsubscribe of this.#unsubscribe.splice(0)) unsubscribe();
  }

  #hear(record: RecordedEvent): void {
    this.#records.push(record);
    for (const waiter of this.#waiters) {
      if (waiter.name !== record.name || !waiter.accepts(record.event as never)) continue;
      this.#waiters.delete(waiter);
      waiter.resolve(record.event as never);
    }
  }
}
