import type { Clock } from '../base/clock.js';
import { EncodeError } from '../base/errors.js';
import type { CacheEntry } from '../entry/cache-entry.js';
import { cloneValue } from '../entry/clone-value.js';
import { estimateSize } from '../entry/estimate-size.js';
import { freezeValue } from '../entry/freeze-value.js';
import type { TagVersions } from '../invalidation/tag-versions.js';
import type { ValueMode } from '../policy/cache-options.js';
import type { MaybePromise } from '../store/cache-store.js';
import type { MemoryRecord } from '../store/memory-record.js';
import type { TieredStore } from '../store/tiered-store.js';
import type { CacheCounters } from '../telemetry/counters.js';
import type { EventBus } from '../telemetry/event-bus.js';
import type { MissReason } from '../telemetry/events.js';

/** A finished load, before it becomes an entry. Instants in ms since the epoch. */
export interface EntryDraft<V = unknown> {
  readonly value: V;
  readonly isError?: boolean;
  readonly freshUntil: number;
  /** End of the stale-while-revalidate window. Default: none. */
  readonly staleUntil?: number;
  /** End of the stale-if-error window. Default: none. */
  readonly errorUntil?: number;
  /** Kept for a validator until then. Default: not beyond the windows. */
  readonly keepUntil?: number;
  readonly loadMs: number;
  readonly tags: readonly string[];
  /** Bytes of the value, where they are known; estimated otherwise. */
  readonly size?: number;
  /** See {@link Residence}. */
  readonly residence?: Residence;
}

/** How long a record answers from this process's memory without a second thought. */
export interface Residence {
  /** Upper bound before the next tier is asked again, in ms. Default: none. */
  readonly memoryTtlMs: number;
  /** Factor of refresh-ahead; 0 is off. */
  readonly refreshAhead: number;
}

/** What became of a commit. `fenced`: an invalidation came between, nothing was stored. `refused`: no tier took it. */
export interface Commit<V = unknown> {
  readonly outcome: 'stored' | 'fenced' | 'refused';
  readonly record: MemoryRecord<V> | undefined;
  /** Resolves when every tier has the entry. Never rejects: a store's fault is an event. */
  readonly written: MaybePromise<void>;
}

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
  /** Keys whose record went because it was invalidated, for the reason of their next miss. */
  readonly invalidatedKeys: Set<string>;
}

/** While a hit's recency was marked less than this long ago, it is not marked again, in ms. */
const TOUCH_INTERVAL_MS = 50;

/** Keys remembered as invalidated, for the reason of their next miss. */
const MAX_INVALIDATED = 10_000;

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

  constructor(parts: LeaseParts) {
    this.#parts = parts;
    this.#clock = parts.clock;
    this.#versions = parts.versions;
    this.#tiers = parts.tiers;
    this.#counters = parts.counters;
    this.#events = parts.events;
    this.#clones = parts.values === 'clone';
  }

  /** The same leases for an adapter whose values never leave it: they are neither frozen nor copied. */
  sharing(): FillLeases {
    return new FillLeases({ ...this.#parts, values: 'share' });
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
    if (record.validatedAt !== this.#versions.position) {
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
    if (!record.isLive || record.validatedAt !== this.#versions.position) return undefined;
    const now = this.#clock.coarseNow();
    if (now >= record.hotUntil) return undefined;
    this.#countHit(record, now);
    return record.promise ?? this.answer(record);
  }

  /** Answers a caller from a record that may be served: counts the hit and obeys the value mode. */
  serve<V>(record: MemoryRecord<V>): Promise<V> {
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
    const valid = record.validatedAt === this.#versions.position ? record : this.#validate(record);
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

  /** Remembers that a record went because it was invalidated, for the reason of the next miss. */
  noteInvalidated(key: string): void {
    if (this.#parts.invalidatedKeys.size >= MAX_INVALIDATED) this.#parts.invalidatedKeys.clear();
    this.#parts.invalidatedKeys.add(key);
  }

  /** Why `key` is about to be loaded. */
  missReason(key: string): MissReason {
    if (this.#parts.invalidatedKeys.delete(key)) return 'invalidated';
    return this.#tiers.memory.peekRecord(key) === undefined ? 'absent' : 'expired';
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
    const { record, written } = this.#tiers.put(lease.key, kept);
    if (record !== undefined) {
      record.validatedAt = this.#versions.position;
      this.#setResidence(record, draft.residence ?? ANYWHERE);
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

  /** Judges a record against the log as it stands. An invalid one is dropped; a softened one is replaced by a stale one. */
  #validate(record: MemoryRecord): MemoryRecord | undefined {
    const position = this.#versions.position;
    const verdict = this.#versions.judge(record.key, record.entry);
    if (verdict.word === 'valid') {
      record.validatedAt = position;
      return record;
    }
    if (verdict.word === 'invalid') {
      this.#tiers.memory.drop(record.key);
      return undefined;
    }
    const softened = this.#tiers.memory.put(record.key, soften(record.entry, verdict.at, position));
    if (softened === undefined) return undefined;
    softened.validatedAt = position;
    softened.hotUntil = softened.entry.freshUntil;
    softened.memoryUntil = record.memoryUntil;
    softened.hits = record.hits;
    return softened;
  }
}

/** The right to fill one key, from a place in the invalidation log on. Made by {@link FillLeases.open}. */
export class FillLease {
  readonly epoch: string;
  readonly position: number;
  readonly createdAt: number;
  readonly #leases: FillLeases;
  readonly #versions: TagVersions;
  #key: string;
  #parent: string | undefined;
  #isOpen = true;
  /** Tags that the entry will carry as far as they are known; undefined while they depend on the result. */
  #tags: readonly string[] | undefined;

  constructor(leases: FillLeases, versions: TagVersions, key: string, parent: string | undefined) {
    this.#leases = leases;
    this.#versions = versions;
    this.#key = key;
    this.#parent = parent;
    this.epoch = versions.epoch;
    this.position = versions.position;
    this.createdAt = leases.now();
  }

  /** The key that the result will be kept under. */
  get key(): string {
    return this.#key;
  }

  /** Another key whose invalidation concerns the result, too. */
  get parent(): string | undefined {
    return this.#parent;
  }

  /** Keeps the result under another key: where the key depends on the result, as with variants. The place in the log stays. */
  moveTo(key: string, parent?: string): void {
    this.#key = key;
    this.#parent = parent;
  }

  /** Says which tags the entry will carry, so that the invalidation of other tags does not turn newcomers away. */
  knowTags(tags: readonly string[]): void {
    this.#tags = tags;
  }

  /**
   * Whether a caller who comes now may share this fill. Not after an invalidation that concerns it, or may yet turn out to:
   * while the tags depend on the result, any tag may be one of them.
   */
  get admitsNewcomers(): boolean {
    if (!this.#isOpen) return false;
    if (this.#versions.position === this.position) return true;
    if (this.#tags === undefined && this.#versions.newestTagPosition > this.position) return false;
    const { epoch, position, parent } = this;
    return this.#versions.judge(this.key, { epoch, position, parent, tags: this.#tags ?? [] }).word === 'valid';
  }

  /** Stores the result unless an invalidation came between. A lease commits once; one that was given back stores nothing. */
  commit<V>(draft: EntryDraft<V>): Commit<V> {
    if (!this.#isOpen) return { outcome: 'fenced', record: undefined, written: undefined };
    this.#isOpen = false;
    return this.#leases.commit(this, draft);
  }

  /** Gives the lease back: nothing will be stored. */
  abandon(): void {
    this.#isOpen = false;
  }
}

/** An entry that stopped being fresh at `at`: its windows, counted from the end of freshness, move with it. */
function soften(entry: CacheEntry, at: number, position: number): CacheEntry {
  const shift = Math.max(0, entry.freshUntil - at);
  return {
    ...entry,
    freshUntil: entry.freshUntil - shift,
    staleUntil: Math.max(0, entry.staleUntil - shift),
    errorUntil: Math.max(0, entry.errorUntil - shift),
    position,
  };
}
