import { assertFunction, assertText } from '../base/assert.js';
import type { Clock } from '../base/clock.js';
import { parseDuration, type Duration } from '../base/duration.js';
import { CacheClosedError, InvalidOptionError } from '../base/errors.js';
import { judge, staleUse } from '../entry/freshness.js';
import type { InvalidationDetails, LogRecord } from '../invalidation/invalidation-log.js';
import type { Targets } from '../invalidation/target.js';
import { FamilyRegistry } from '../key/family-registry.js';
import type { KeyRef } from '../key/key-family.js';
import type { EntryOptions, LoadOptions } from '../policy/cache-options.js';
import { resolvePolicy, type CachePolicy } from '../policy/cache-policy.js';
import type { MemoryRecord } from '../store/memory-record.js';
import type { EventBus } from '../telemetry/event-bus.js';
import type { StaleReason } from '../telemetry/events.js';
import type { KeyRanking, KeyTraffic } from '../telemetry/top-keys.js';
import { assembleParts, type CacheParts, type CacheSettings } from './cache-parts.js';
import type { CacheStats, EntryReport } from './cache-report.js';
import { reportEntry, reportStats } from './cache-report.js';
import { draftEntry } from './draft-entry.js';
import type { FillLeases } from './fill-leases.js';
import type { Load, Loader } from './load.js';
import { shareOneLoad, type ManyLoader } from './load-many.js';

/** A key: text, or a reference made by a key family (`userById.of('42')`). */
export type Key = string | KeyRef;

/** Longest key accepted, in characters. */
const MAX_KEY_LENGTH = 8192;

/** How long `close` waits for background work before it calls the loads off. */
const CLOSE_TIMEOUT: Duration = '10s';

/**
 * The cache. Its read path is {@link Cache.getOrLoad}: key, look up, judge, load, keep. `HttpCache.handle` walks the same five
 * steps on the same leases.
 *
 * What it promises: one load per key at a time; a value whose load began before an invalidation of its key, tags or prefix is
 * never stored or served after it; a fault of a store or listener never becomes the caller's.
 */
export class Cache {
  readonly name: string;
  /** Key families in use; each belongs to one definition or class. */
  readonly families = new FamilyRegistry();
  /** The primitive under the cache, for adapters. */
  readonly leases: FillLeases;
  /** The cache's parts, for adapters and reports. */
  readonly parts: CacheParts;
  readonly clock: Clock;
  readonly #settings: CacheSettings;
  readonly #policies = new WeakMap<object, CachePolicy>();
  #isClosed = false;

  constructor(settings: CacheSettings) {
    this.name = settings.name;
    this.clock = settings.clock;
    this.#settings = settings;
    this.parts = assembleParts(settings);
    this.leases = this.parts.leases;
  }

  /** What happens in the cache; see {@link CacheEvents} for the events. */
  get events(): EventBus {
    return this.parts.events;
  }

  /**
   * Answers `key` from the cache, or loads, keeps and answers it. THE read path.
   *
   * A fresh entry in memory is answered without waiting for any other tier. Concurrent callers of one key share one load and
   * its failure. A stale entry is answered at once while one refresh runs (`staleWhileRevalidate`), or in place of a failure
   * (`staleIfError`). After {@link close} the loader is called without caching.
   *
   * @param options - for this call; they go before the cache's defaults. They are read when the call has to load.
   * @throws InvalidOptionError, rejected, for a faulty key or option; LoadTimeoutError after `hardTimeout`; the signal's reason
   * when the caller's signal is aborted; whatever the loader throws
   */
  getOrLoad<V>(key: Key, loader: Loader<V>, options?: LoadOptions<V>): Promise<V> {
    const id = typeof key === 'string' ? key : (key as KeyRef | undefined)?.key;
    const record = this.leases.fresh(id!);
    if (record !== undefined) return this.leases.serve(record as MemoryRecord<V>);
    try {
      return this.#staleOrLoad(key, loader, options, true);
    } catch (error) {
      return Promise.reject(error as Error);
    }
  }

  /** The steps behind the fresh hit: judge what is left in memory, join the load that runs, or begin one. */
  #staleOrLoad<V>(key: Key, loader: Loader<V>, options: LoadOptions<V> | undefined, asksStore: boolean): Promise<V> {
    const { runner, flights } = this.parts;
    const signal = options?.signal;
    signal?.throwIfAborted();
    const id = checkedId(key);
    assertFunction('loader', loader);
    const policy = this.#policyOf(options);
    if (this.#isClosed) return this.#loadUncached(id, loader, signal);

    const record = this.leases.local(id) as MemoryRecord<V> | undefined;
    if (record !== undefined) {
      const answer = this.#answerFromRecord(record, loader, policy);
      if (answer !== undefined) return answer;
    }
    const running = flights.joinable(id) as Load<V> | undefined;
    if (running !== undefined) return this.#given(runner.join(running, signal));
    const staleRecord = record === undefined || record.entry.isError ? undefined : record;
    return this.#given(runner.start(id, loader, { policy, staleRecord, asksStore, parent: parentOf(key) }, signal));
  }

  /** Answers from a record that is no longer hot, if its windows allow; starts its refresh where one is due. */
  #answerFromRecord<V>(record: MemoryRecord<V>, loader: Loader<V>, policy: CachePolicy): Promise<V> | undefined {
    const now = this.clock.now();
    switch (judge(record.entry, now)) {
      case 'fresh':
        // The moment of refresh-ahead has come, for the first caller who sees it.
        if (now >= record.hotUntil) this.#refreshBehind(record, loader, policy);
        record.hotUntil = Math.min(record.entry.freshUntil, record.memoryUntil);
        return this.leases.serve(record);
      case 'stale': {
        const backsOff = now < record.retryAt;
        const use = staleUse(record.entry, now);
        if (use !== 'while-revalidating' && !backsOff) return undefined;
        if (!backsOff) this.#refreshBehind(record, loader, policy);
        return this.#serveStale(record, backsOff ? 'backing-off' : 'while-revalidating');
      }
      case 'expired':
        return undefined;
    }
  }

  #serveStale<V>(record: MemoryRecord<V>, because: StaleReason): Promise<V> {
    this.parts.counters.staleHits++;
    record.route.stale++;
    record.hits++;
    if (this.events.has('stale')) this.events.emit('stale', { key: record.key, because });
    return this.leases.answer(record);
  }

  #refreshBehind<V>(record: MemoryRecord<V>, loader: Loader<V>, policy: CachePolicy): void {
    if (this.parts.flights.joinable(record.key) !== undefined) return;
    const { parent } = record.entry;
    this.parts.runner.startBehind(record.key, loader, { policy, staleRecord: record, asksStore: true, parent });
  }

  /**
   * Answers many keys at once: what is missing is asked of the tier behind in one round trip, and loaded in one call.
   *
   * @param loadMissing - gets the keys that are missing; returns a list in their order, or a Map
   * @returns the values in the order of `keys`
   * @throws as {@link getOrLoad}, for the first key that fails
   */
  async getOrLoadMany<K extends Key, V>(
    keys: readonly K[],
    loadMissing: ManyLoader<K, V>,
    options?: LoadOptions<V>,
  ): Promise<V[]> {
    if (!Array.isArray(keys)) throw new InvalidOptionError('keys', 'must be a list of keys', keys);
    assertFunction('loadMissing', loadMissing);
    const wanted = new Map<string, K>();
    for (const key of keys) wanted.set(typeof key === 'string' ? key : key.key, key);
    if (this.leases.hasStore && !this.#isClosed) {
      const absent = [...wanted.keys()].filter((id) => this.leases.local(id) === undefined);
      if (absent.length > 0) await this.leases.behindMany(absent, this.#policyOf(options));
    }
    const needed = [...wanted.keys()].filter((id) => this.#needsLoad(id));
    const shared = shareOneLoad(
      needed.map((id) => wanted.get(id)!),
      loadMissing,
    );
    const loaders = new Map(needed.map((id, index) => [id, shared[index]!]));
    const answers = new Map<string, Promise<V>>();
    for (const [id, key] of wanted) {
      // What need not be loaded now may still be refreshed behind its stale answer: with a call of its own.
      const loader = loaders.get(id) ?? shareOneLoad([key], loadMissing)[0]!;
      const record = this.leases.fresh(id) as MemoryRecord<V> | undefined;
      answers.set(
        id,
        record === undefined ? this.#staleOrLoad(key, loader, options, false) : this.leases.serve(record),
      );
    }
    return Promise.all(keys.map((key) => answers.get(typeof key === 'string' ? key : key.key)!));
  }

  /** Whether a call for `key` would have to wait for a load of its own. */
  #needsLoad(key: string): boolean {
    if (this.parts.flights.joinable(key) !== undefined) return false;
    const record = this.leases.local(key);
    if (record === undefined) return true;
    const now = this.clock.now();
    const freshness = judge(record.entry, now);
    return freshness === 'expired' || (freshness === 'stale' && staleUse(record.entry, now) === 'on-error');
  }

  /** Loads `key` now, whatever is stored, and keeps the result. A load that is already running is joined. */
  refresh<V>(key: Key, loader: Loader<V>, options?: LoadOptions<V>): Promise<V> {
    try {
      const id = checkedId(key);
      assertFunction('loader', loader);
      const policy = this.#policyOf(options);
      if (this.#isClosed) return this.#loadUncached(id, loader, options?.signal);
      const running = this.parts.flights.joinable(id) as Load<V> | undefined;
      if (running !== undefined) return this.#given(this.parts.runner.join(running, options?.signal));
      const request = { policy, staleRecord: undefined, asksStore: false, parent: parentOf(key) };
      return this.#given(this.parts.runner.start(id, loader, request, options?.signal));
    } catch (error) {
      return Promise.reject(error as Error);
    }
  }

  /** The fresh value of `key` in memory, or undefined; asks no other tier, waits for nothing and counts nothing. */
  peek<V = unknown>(key: Key): V | undefined {
    const record = this.leases.fresh(typeof key === 'string' ? key : key.key);
    return record === undefined || record.entry.isError ? undefined : this.leases.copy(record.entry.value as V);
  }

  /** The fresh value of `key` from any tier, or undefined. */
  async get<V = unknown>(key: Key): Promise<V | undefined> {
    const id = typeof key === 'string' ? key : key.key;
    const record = (this.leases.fresh(id) ?? (await this.leases.behind(id))) as MemoryRecord<V> | undefined;
    if (record !== undefined && !record.entry.isError && judge(record.entry, this.clock.now()) === 'fresh') {
      return this.leases.serve(record);
    }
    const { counters, topKeys, traffic } = this.parts;
    counters.misses++;
    counters.missReasons[this.leases.missReason(id)]++;
    traffic.routes.ofKey(id).miss++;
    topKeys.addMisses(id, 1);
    return undefined;
  }

  /**
   * Keeps `value` under `key`, in every tier. A load of the key that is running stores nothing any more.
   * @throws InvalidOptionError, EncodeError (`values: 'clone'`), CacheClosedError
   */
  async set<V>(key: Key, value: V, options?: EntryOptions<V>): Promise<void> {
    const id = checkedId(key);
    this.#assertOpen('set');
    const result = { key: id, value, isError: false, at: this.clock.now(), loadMs: 0 };
    const draft = draftEntry(result, this.#policyOf(options), {
      random: this.#settings.random,
      adaptive: this.parts.adaptive,
    });
    const { log, flights } = this.parts;
    // Where others may set the same key, the log says whose value is the newer one, and lets go of what the others have in memory.
    const marker = { kind: 'key', name: id } as const;
    const place =
      log.isShared === true
        ? await log.append({ markers: [marker], soft: false, at: this.clock.now(), isSet: true })
        : { seq: log.position };
    flights.supersede(id);
    if (draft !== undefined) await this.leases.openAt(place.seq, id, parentOf(key)).commit(draft).written;
  }

  /**
   * Invalidates: what was loaded before is never served again, and a load that is running now keeps its callers but stores
   * nothing. When it resolves, no read that starts later sees an old value.
   *
   * @param targets - a key, `{ tag }`, `{ tags }`, `{ prefix }`, `{ all: true }`, or a list of these
   * @param details - who and why, for the audit
   * @throws InvalidOptionError naming the faulty target; CacheClosedError
   */
  async invalidate(targets: Targets, details?: InvalidationDetails): Promise<void> {
    await this.#raise(targets, false, details);
  }

  /** Expires: like {@link invalidate}, but the entries only turn stale and may still be served within their windows. */
  async expire(targets: Targets, details?: InvalidationDetails): Promise<void> {
    await this.#raise(targets, true, details);
  }

  async #raise(targets: Targets, soft: boolean, details: InvalidationDetails | undefined): Promise<void> {
    this.#assertOpen(soft ? 'expire' : 'invalidate');
    this.parts.counters.invalidations += await this.parts.invalidator.raise(targets, soft, details);
    if (!soft) this.parts.sweeper.request();
  }

  /** The newest invalidations, newest first. */
  history(limit = 100): readonly LogRecord[] {
    return this.parts.log.recent(limit);
  }

  /** Counters and sizes, true at this moment: what is invalid or expired is swept out first. */
  async stats(): Promise<CacheStats> {
    return reportStats(this.name, this.parts);
  }

  /** The most requested keys with their numbers of requests, most requested first. */
  mostRequested(limit = 10): [key: string, requests: number][] {
    this.#countServed();
    return this.parts.topKeys.top(limit);
  }

  /** The keys that lead by their requests, misses, bytes served or time saved, first the one with most of it. */
  ranking(by: KeyRanking, limit = 10): KeyTraffic[] {
    this.#countServed();
    return this.parts.topKeys.ranking(limit, by);
  }

  #countServed(): void {
    for (const record of this.parts.memory.records()) {
      this.parts.topKeys.addServed(record.entry.parent ?? record.key, record);
      record.reportedHits = record.hits;
    }
  }

  /** Everything known of one entry, for people; undefined when no tier has it. */
  async inspect(key: Key): Promise<EntryReport | undefined> {
    const id = typeof key === 'string' ? key : key.key;
    return reportEntry(id, this.parts, this.clock.now(), this.history(Infinity));
  }

  /** Keys in memory that begin with `prefix`, at most `limit`. */
  keys(prefix = '', limit = 1000): string[] {
    this.parts.sweeper.sweepNow();
    return this.parts.memory.keys(prefix, limit);
  }

  /**
   * Stops: waits for background work (refreshes, writes behind), then closes the stores. Loads that take longer are called off.
   * @param options - `timeout`: how long to wait; default 10 s
   */
  async close(options: { timeout?: Duration } = {}): Promise<void> {
    const timeoutMs = parseDuration('timeout', options.timeout ?? CLOSE_TIMEOUT);
    if (this.#isClosed) return;
    this.#isClosed = true;
    const error = new CacheClosedError(this.name, 'load');
    const timer = this.clock.setTimer(() => this.parts.runner.callOff(error), timeoutMs);
    await this.parts.runner.drain();
    await this.parts.background.drain();
    timer.cancel();
    await this.parts.tiers.close();
    await this.parts.log.close();
  }

  #policyOf(options: LoadOptions<never> | undefined): CachePolicy {
    if (options === undefined) return this.#settings.defaults;
    let policy = this.#policies.get(options);
    if (policy === undefined) {
      policy = resolvePolicy(options, this.#settings.defaults, '', ['signal']);
      this.#policies.set(options, policy);
    }
    return policy;
  }

  /** What a caller of a load gets under the value mode. */
  #given<V>(answer: Promise<V>): Promise<V> {
    return this.#settings.values === 'clone' ? answer.then((value) => this.leases.copy(value)) : answer;
  }

  async #loadUncached<V>(key: string, loader: Loader<V>, signal: AbortSignal | undefined): Promise<V> {
    const own = signal ?? new AbortController().signal;
    return loader({ key, signal: own, stale: undefined, setOptions: (options) => void this.#policyOf(options) });
  }

  #assertOpen(operation: string): void {
    if (this.#isClosed) throw new CacheClosedError(this.name, operation);
  }
}

/** Another key whose invalidation is to drop the entry, too. */
function parentOf(key: Key): string | undefined {
  return typeof key === 'string' ? undefined : key.parent;
}

/** The text of a key. Who calls without types may give anything, and is told what it was. */
function checkedId(key: Key | undefined): string {
  const id: unknown = typeof key === 'object' ? key?.key : key;
  assertText('key', id ?? key, MAX_KEY_LENGTH);
  return id as string;
}
