import type { Clock } from '../base/clock.js';
import { EncodeError } from '../base/errors.js';
import type { CacheEntry } from '../entry/cache-entry.js';
import { cloneValue } from '../entry/clone-value.js';
import { estimateSize } from '../entry/estimate-size.js';
import { freezeValue } from '../entry/freeze-value.js';
import { soften } from '../entry/freshness.js';
import type { TagVersions } from '../invalidation/tag-versions.js';
import type { ValueMode } from '../policy/cache-options.js';
import type { MaybePromise } from '../store/cache-store.js';
import type { MemoryRecord } from '../store/memory-record.js';
import type { TieredStore } from '../store/tiered-store.js';
import type { CacheCounters } from '../telemetry/counters.js';
import type { EventBus } from '../telemetry/event-bus.js';
import type { DepartedKeys } from '../telemetry/departed-keys.js';
import type { MissReason } from '../telemetry/miss-reason.js';
import type { RouteTable } from '../telemetry/route-table.js';
import { Claims, type Claim, type ClaimOutcome } from './claims.js';
import { FillLease, type Commit, type EntryDraft, type Residence } from './fill-lease.js';

/** Everything the leases stand on. */
export interface LeaseParts {
  readonly tiers: TieredStore;
  readonly versions: TagVersions;
  readonly clock: Clock;
  readonly events: EventBus;
  readonly counters: CacheCounters;
  readonly values: ValueMode;
  /** A number from 0 to 1, for refresh-ahead. */
  readonly random: () => number;
  /** Leases that hold the right to fill for all processes. */
  readonly held: Set<FillLease>;
  /** By which calls are counted; undefined where an adapter counts its own requests. */
  readonly routes: RouteTable | undefined;
  readonly departed: DepartedKeys;
}

/** While a hit's recency was marked less than this long ago, it is not marked again, in ms. */
const TOUCH_INTERVAL_MS = 50;

const ANYWHERE: Residence = { memoryTtlMs: Infinity, refreshAhead: 0 };

/**
 * The primitive under both walks, `Cache.getOrLoad` and `HttpCache.handle`: reading entries that are valid, and filling
 * them under a lease.
 *
 * A lease remembers the place in the invalidation log from which its load began. `commit` stores only while no target of the
 * entry (key, parent, tags, prefixes, all) was invalidated behind that place, and the stored entry carries the place on, so
 * that it is judged again at every read. Neither step reads a wall clock.
 */
export class FillLeases {
  readonly #parts: LeaseParts;
  readonly #clock: Clock;
  readonly #versions: TagVersions;
  readonly #tiers: TieredStore;
  readonly #counters: CacheCounters;
  readonly #events: EventBus;
  readonly #clones: boolean;
  readonly #claims: Claims;

  constructor(parts: LeaseParts) {
    this.#parts = parts;
    this.#clock = parts.clock;
    this.#versions = parts.versions;
    this.#tiers = parts.tiers;
    this.#counters = parts.counters;
    this.#events = parts.events;
    this.#clones = parts.values === 'clone';
    this.#claims = new Claims({ ...parts, admit: (record, residence) => this.#admit(record, residence) });
  }

  /**
   * The same leases for an adapter whose values never leave it: they are neither frozen nor copied, and their requests are counted by the
   * adapter's routes.
   */
  sharing(): FillLeases {
    return new FillLeases({ ...this.#parts, values: 'share', routes: undefined });
  }

  /** The instant, in ms. */
  now(): number {
    return this.#clock.now();
  }

  /** Whether there is a tier behind the memory. */
  get hasStore(): boolean {
    return this.#tiers.hasStore;
  }

  /** The record of `key` if it may be served without question; marks its recency, counts nothing, waits for nothing. */
  fresh(key: string): MemoryRecord | undefined {
    const record = this.#tiers.memory.record(key);
    if (record === undefined) return undefined;
    if (record.validatedAt !== this.#versions.stamp) {
      const valid = this.#validate(record);
      return valid !== undefined && this.#clock.coarseNow() < valid.hotUntil ? valid : undefined;
    }
    return this.#clock.coarseNow() < record.hotUntil ? record : undefined;
  }

  /**
   * Serves a record that somebody kept, if it may still be served without question. One step, with one look at the clock:
   * asking first and serving then costs a third more.
   */
  serveHot<V>(record: MemoryRecord<V>): Promise<V> | undefined {
    if (!record.isLive || record.validatedAt !== this.#versions.stamp) return undefined;
    const now = this.#clock.coarseNow();
    if (now >= record.hotUntil) return undefined;
    record.route.hit++;
    this.#countHit(record, now);
    return record.promise ?? this.answer(record);
  }

  /** Answers a caller from a record that may be served: counts the hit and obeys the value mode. */
  serve<V>(record: MemoryRecord<V>): Promise<V> {
    record.route.hit++;
    this.countHit(record);
    return this.answer(record);
  }

  /** Counts a hit that an adapter answers by itself, and marks the recency of its record. */
  countHit(record: MemoryRecord): void {
    this.#countHit(record, this.#clock.coarseNow());
  }

  #countHit(record: MemoryRecord, now: number): void {
    this.#counters.hits++;
    record.hits++;
    if (this.#events.has('hit')) {
      this.#events.emit('hit', { key: record.entry.parent ?? record.key, tier: 'memory' });
    }
    if (now - record.touchedAt < TOUCH_INTERVAL_MS) return;
    this.#tiers.memory.touch(record);
    record.touchedAt = now;
  }

  /** The value of a record as a caller gets it, counting nothing. An entry that holds an error throws it. */
  answer<V>(record: MemoryRecord<V>): Promise<V> {
    if (record.promise !== undefined) return record.promise;
    const { value, isError } = record.entry;
    if (isError) return Promise.reject(value as Error);
    if (this.#clones) return Promise.resolve(cloneValue(value));
    return (record.promise = Promise.resolve(value));
  }

  /** The record of `key` in memory if it is valid, be it fresh, stale or expired; waits for nothing. */
  local(key: string): MemoryRecord | undefined {
    const record = this.#tiers.memory.record(key);
    if (record === undefined) return undefined;
    const valid = record.validatedAt === this.#versions.stamp ? record : this.#validate(record);
    return valid === undefined || this.#clock.now() >= valid.memoryUntil ? undefined : valid;
  }

  /** Like {@link local}, asking the tier behind the memory, too, where memory has nothing. Never rejects. */
  lookup(key: string, residence: Residence = ANYWHERE): MaybePromise<MemoryRecord | undefined> {
    return this.local(key) ?? this.behind(key, residence);
  }

  /** Asks the tier behind the memory only. Never rejects. */
  behind(key: string, residence: Residence = ANYWHERE): MaybePromise<MemoryRecord | undefined> {
    const found = this.#tiers.fetch(key);
    if (found instanceof Promise) return found.then((record) => this.#admit(record, residence));
    return this.#admit(found, residence);
  }

  /** {@link behind} for many keys, in one round trip where the store can. */
  async behindMany(keys: readonly string[], residence: Residence = ANYWHERE): Promise<(MemoryRecord | undefined)[]> {
    const found = await this.#tiers.fetchMany(keys);
    return found.map((record) => this.#admit(record, residence));
  }

  /**
   * Begins a fill of `key` at the present place of the log.
   * @param parent - another key whose invalidation is to drop the entry, too
   */
  open(key: string, parent?: string): FillLease {
    return new FillLease(this, this.#versions, key, parent);
  }

  /** Begins the storing of a value that was given its place in the log already. */
  openAt(position: number, key: string, parent?: string): FillLease {
    return new FillLease(this, this.#versions, key, parent, position);
  }

  /** Whether several processes share the tier behind the memory, so that a fill has to be {@link claim}ed. */
  get isShared(): boolean {
    return this.#tiers.shared !== undefined;
  }

  /** Asks a shared tier for what a lease would load, or for the right to fill it for all processes. Never rejects. */
  claim(lease: FillLease, claim: Claim): Promise<ClaimOutcome> {
    const outcome = this.#claims.run(lease, claim);
    return outcome instanceof Promise ? outcome : Promise.resolve(outcome);
  }

  /**
   * Whether a record that was valid some time ago still is.
   * @param key - the key it is to answer for, where that is another than its own
   */
  isValid(record: MemoryRecord, key: string = record.key): boolean {
    return this.#versions.judge(key, record.entry).word !== 'invalid';
  }

  /** Makes a value what callers may be given: deeply frozen, in the mode `freeze`. */
  present(value: unknown): void {
    if (this.#parts.values === 'freeze') freezeValue(value);
  }

  /** A caller's own copy of a value, in the mode `clone`; the value itself otherwise. */
  copy<V>(value: V): V {
    if (!this.#clones) return value;
    try {
      return cloneValue(value);
    } catch (error) {
      // What has no copy was not kept either (a policyError event said so), so sharing it cannot spoil a later answer.
      if (error instanceof EncodeError) return value;
      throw error;
    }
  }

  /** Why `key` is about to be loaded. */
  missReason(key: string): MissReason {
    const departure = this.#parts.departed.take(key);
    if (this.#tiers.memory.peekRecord(key) !== undefined) return 'expired';
    return departure ?? 'cold';
  }

  /** Stores a draft for a lease; see {@link FillLease.commit}. */
  commit<V>(lease: FillLease, draft: EntryDraft<V>): Commit<V> {
    const entry = this.#entryOf(lease, draft);
    const verdict = this.#versions.judge(lease.key, entry);
    if (verdict.word === 'invalid') {
      this.#counters.fencedFills++;
      this.#events.emit('fenced', { key: lease.key });
      return { outcome: 'fenced', record: undefined, written: undefined };
    }
    const kept = verdict.word === 'softened' ? soften(entry, verdict.at, entry.position) : entry;
    const { ticket } = lease;
    const fill = ticket && ((): MaybePromise<void> => ticket.fill(lease.key, kept));
    const { record, written } = this.#tiers.put(lease.key, kept, fill);
    this.#claims.learn(draft.loadMs);
    if (record !== undefined) {
      record.validatedAt = this.#versions.stamp;
      this.#setResidence(record, draft.residence ?? ANYWHERE);
      this.#boundBySilence(record);
    }
    if (record === undefined && !this.hasStore) return { outcome: 'refused', record: undefined, written };
    this.#counters.stores++;
    if (this.#events.has('stored')) {
      const { size, tags, freshUntil } = kept;
      this.#events.emit('stored', { key: lease.key, size, tags, freshUntil });
    }
    return { outcome: 'stored', record: record as MemoryRecord<V> | undefined, written };
  }

  #entryOf<V>(lease: FillLease, draft: EntryDraft<V>): CacheEntry<V> {
    return {
      value: this.#toKeep(draft.value),
      isError: draft.isError ?? false,
      createdAt: lease.createdAt,
      freshUntil: draft.freshUntil,
      staleUntil: draft.staleUntil ?? 0,
      errorUntil: draft.errorUntil ?? 0,
      keepUntil: draft.keepUntil ?? 0,
      loadMs: draft.loadMs,
      tags: draft.tags,
      parent: lease.parent,
      epoch: lease.epoch,
      position: lease.position,
      size: draft.size ?? estimateSize(draft.value),
    };
  }

  #toKeep<V>(value: V): V {
    if (this.#clones) return cloneValue(value);
    this.present(value);
    return value;
  }

  /** Takes in what the tier behind has answered: judged like everything else, frozen where values are frozen, or a miss. */
  #admit(record: MemoryRecord | undefined, residence: Residence): MemoryRecord | undefined {
    if (record === undefined) return undefined;
    try {
      this.present(record.entry.value);
    } catch (error) {
      this.#events.emit('policyError', { key: record.key, error });
      this.#tiers.memory.drop(record.key);
      return undefined;
    }
    this.#setResidence(record, residence);
    return this.#validate(record);
  }

  #setResidence(record: MemoryRecord, residence: Residence): void {
    const now = this.#clock.now();
    const { entry } = record;
    if (this.#parts.routes !== undefined) record.route = this.#parts.routes.ofKey(record.key);
    record.memoryUntil = this.hasStore ? now + residence.memoryTtlMs : Infinity;
    record.hotUntil = Math.min(entry.freshUntil, record.memoryUntil, this.#refreshAt(entry, residence));
  }

  /**
   * XFetch decides at each read whether to refresh ahead: when now - loadMs * factor * ln(random) reaches the end of the ttl.
   * Drawing the random number once per fill gives the instant of that decision in advance, and reads stay free of it.
   */
  #refreshAt(entry: CacheEntry, residence: Residence): number {
    if (residence.refreshAhead === 0 || entry.isError) return Infinity;
    const lead = entry.loadMs * residence.refreshAhead * -Math.log(1 - this.#parts.random());
    return Math.max(entry.createdAt, entry.freshUntil - lead);
  }

  /** While the log is silent, a value serves no longer than the log allows after its load began. */
  #boundBySilence(record: MemoryRecord): void {
    const { toleranceMs } = this.#versions;
    if (toleranceMs === undefined) return;
    const until = record.entry.createdAt + toleranceMs;
    record.memoryUntil = Math.min(record.memoryUntil, until);
    record.hotUntil = Math.min(record.hotUntil, until);
  }

  /**
   * Judges a record against the log as it stands. An invalid one is dropped; a softened one is replaced by a stale one. One from before
   * the log fell silent is left where it is, and not used before the log is heard again.
   */
  #validate(record: MemoryRecord): MemoryRecord | undefined {
    const { position, stamp, toleranceMs } = this.#versions;
    if (toleranceMs !== undefined) return undefined;
    const verdict = this.#versions.judge(record.key, record.entry);
    if (verdict.word === 'valid') {
      record.validatedAt = stamp;
      return record;
    }
    if (verdict.word === 'invalid') {
      this.#tiers.memory.drop(record.key);
      return undefined;
    }
    const softened = this.#tiers.memory.put(record.key, soften(record.entry, verdict.at, position));
    if (softened === undefined) return undefined;
    softened.validatedAt = stamp;
    softened.hotUntil = softened.entry.freshUntil;
    softened.memoryUntil = record.memoryUntil;
    softened.hits = record.hits;
    softened.reportedHits = record.reportedHits;
    softened.route = record.route;
    return softened;
  }
}
