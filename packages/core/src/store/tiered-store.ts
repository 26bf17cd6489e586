import type { CacheEntry } from '../entry/cache-entry.js';
import type { CacheStore, MaybePromise, StoreStats } from './cache-store.js';
import { GuardedStore } from './guarded-store.js';
import type { Acquired, AcquireOptions } from './leasing-store.js';
import { MemoryRecord } from './memory-record.js';
import type { MemoryTier } from './memory-tier.js';
import { NullStore } from './null-store.js';

/** The two tiers. Either may be a NullStore. */
export interface Tiers {
  readonly memory: MemoryTier;
  readonly store: GuardedStore | NullStore;
}

/**
 * What a shared tier answers to one who would load: {@link Acquired} with what was stored promoted to memory; `unasked` where the tier
 * could not be asked.
 */
export type Claimed =
  | { readonly word: 'entry'; readonly record: MemoryRecord | undefined }
  | { readonly word: 'lease'; readonly token: string; readonly record: MemoryRecord | undefined }
  | { readonly word: 'taken'; readonly remainingMs: number; readonly record: MemoryRecord | undefined }
  | { readonly word: 'unasked'; readonly record: undefined };

const UNASKED: Claimed = { word: 'unasked', record: undefined };

/** What {@link TieredStore.put} did. */
export interface Put<V = unknown> {
  /** The record in memory; undefined when memory is off or the entry is too large for it. */
  readonly record: MemoryRecord<V> | undefined;
  /** Resolves when the tier behind has the entry or has failed to take it. Never rejects. */
  readonly written: MaybePromise<void>;
}

/**
 * Memory and the tier behind it as one. Reads go to memory and then behind; what is found behind is promoted. Writes are in
 * memory at once and behind it later. Nothing here rejects: the tier behind is guarded.
 */
export class TieredStore implements CacheStore {
  readonly name = 'tiered';
  readonly memory: MemoryTier;
  readonly store: GuardedStore | NullStore;
  /** Whether there is a tier behind the memory. */
  readonly hasStore: boolean;
  /** The tier behind, where several processes share it and one at a time may fill a key. */
  readonly shared: GuardedStore | undefined;

  constructor({ memory, store }: Tiers) {
    this.memory = memory;
    this.store = store;
    this.hasStore = !(store instanceof NullStore);
    this.shared = store instanceof GuardedStore && store.isLeasing ? store : undefined;
  }

  /** The record in memory, whatever its age; asks no other tier. */
  peek(key: string): MemoryRecord | undefined {
    return this.memory.record(key);
  }

  /**
   * Reads the tier behind the memory and promotes what it finds. Where memory is off or full up, the record it answers
   * belongs to no store (`isLive` is false).
   */
  fetch(key: string): MaybePromise<MemoryRecord | undefined> {
    const found = this.store.get(key);
    return found instanceof Promise ? found.then((entry) => this.#promote(key, entry)) : this.#promote(key, found);
  }

  /** {@link fetch} for many keys, in their order. */
  fetchMany(keys: readonly string[]): MaybePromise<(MemoryRecord | undefined)[]> {
    const promoteAll = (entries: readonly (CacheEntry | undefined)[]): (MemoryRecord | undefined)[] =>
      keys.map((key, index) => this.#promote(key, entries[index]));
    const found = this.store.getMany(keys);
    return found instanceof Promise ? found.then(promoteAll) : promoteAll(found);
  }

  /**
   * Asks the shared tier for an entry, or for the right to fill it. Only where there is one.
   * @param judge - makes the answer of what the tier says, without a promise more
   */
  claim<R>(key: string, options: AcquireOptions, judge: (claimed: Claimed) => MaybePromise<R>): MaybePromise<R> {
    return this.shared!.acquire(key, options, (acquired) => judge(this.#claimed(key, acquired)));
  }

  #claimed(key: string, acquired: Acquired | undefined): Claimed {
    if (acquired === undefined) return UNASKED;
    const record = this.#promote(key, acquired.entry);
    switch (acquired.word) {
      case 'entry':
        return { word: 'entry', record };
      case 'lease':
        return { word: 'lease', token: acquired.token, record };
      case 'taken':
        return { word: 'taken', remainingMs: acquired.remainingMs, record };
    }
  }

  /**
   * Keeps an entry in both tiers: in memory now, behind it later.
   * @param write - how the tier behind gets it, where that is not by `set`
   */
  put<V>(key: string, entry: CacheEntry<V>, write?: () => MaybePromise<void>): Put<V> {
    return { record: this.memory.put(key, entry), written: write === undefined ? this.store.set(key, entry) : write() };
  }

  /** Drops the key from both tiers, from memory at once. Answers whether something was there. Never rejects. */
  drop(key: string): MaybePromise<boolean> {
    const wasInMemory = this.memory.drop(key);
    const deleted = this.store.delete(key);
    return deleted instanceof Promise ? deleted.then((was) => was || wasInMemory) : deleted || wasInMemory;
  }

  clear(): MaybePromise<void> {
    this.memory.clear();
    return this.store.clear();
  }

  get(key: string): MaybePromise<CacheEntry | undefined> {
    const entry = this.memory.get(key);
    if (entry !== undefined) return entry;
    const fetched = this.fetch(key);
    return fetched instanceof Promise ? fetched.then((found) => found?.entry) : fetched?.entry;
  }

  async getMany(keys: readonly string[]): Promise<(CacheEntry | undefined)[]> {
    const entries = keys.map((key) => this.memory.get(key));
    const missing = keys.filter((_, index) => entries[index] === undefined);
    if (missing.length === 0) return entries;
    const fetched = (await this.fetchMany(missing)).values();
    return entries.map((entry) => entry ?? fetched.next().value?.entry);
  }

  set(key: string, entry: CacheEntry): MaybePromise<void> {
    return this.put(key, entry).written;
  }

  delete(key: string): MaybePromise<boolean> {
    return this.drop(key);
  }

  async keys(prefix: string, limit: number): Promise<string[]> {
    const keys = new Set([...this.memory.keys(prefix, limit), ...(await this.store.keys(prefix, limit))]);
    return [...keys].slice(0, limit);
  }

  /** Of the tier behind where there is one, for it holds what memory holds; evictions are those of both. */
  async stats(): Promise<StoreStats> {
    const memory = this.memory.stats();
    if (!this.hasStore) return memory;
    const store = await this.store.stats();
    return { ...store, evictions: memory.evictions + store.evictions };
  }

  async close(): Promise<void> {
    await this.store.close();
    this.memory.clear();
  }

  #promote(key: string, entry: CacheEntry | undefined): MemoryRecord | undefined {
    if (entry === undefined) return undefined;
    const present = this.memory.peekRecord(key);
    if (present !== undefined && !supersedes(entry, present.entry)) return present;
    return this.memory.put(key, entry) ?? new MemoryRecord(key, entry);
  }
}

/**
 * Whether what was read behind the memory is newer than what memory has meanwhile. The place in the invalidation log
 * decides, as clocks of two nodes may differ; places of different logs cannot be compared.
 */
function supersedes(entry: CacheEntry, present: CacheEntry): boolean {
  if (entry.epoch === present.epoch && entry.position !== present.position) return entry.position > present.position;
  return entry.createdAt > present.createdAt;
}
