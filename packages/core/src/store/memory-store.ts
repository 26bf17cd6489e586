import { assertFunction, assertKnownOptions, assertNumber, assertObject, parseBytes } from '../base/assert.js';
import type { Clock } from '../base/clock.js';
import { systemClock } from '../base/clock.js';
import { InvalidOptionError } from '../base/errors.js';
import type { CacheEntry } from '../entry/cache-entry.js';
import { expiresAt } from '../entry/cache-entry.js';
import type { CacheStore, StoreStats } from './cache-store.js';
import type { EvictionPolicy } from './eviction/eviction-policy.js';
import type { EvictionPolicyName } from './eviction/make-eviction-policy.js';
import { makeEvictionPolicy } from './eviction/make-eviction-policy.js';
import type { DropReason } from './memory-record.js';
import { MemoryRecord } from './memory-record.js';
import type { MemoryTier } from './memory-tier.js';

/** Options of the memory tier. */
export interface MemoryOptions {
  /**
   * Bound of the bytes held, values, keys and overhead together: a number, or text such as `'64mb'`.
   * @defaultValue '64mb'
   */
  maxBytes?: number | string;
  /**
   * Bound of the number of entries, 1 or more. It is never above 8,388,608.
   * @defaultValue none
   */
  maxEntries?: number | undefined;
  /**
   * The largest part of `maxBytes` that one entry may take, above 0 up to 1. A larger one is not kept in memory: it would
   * drive out many others for the sake of one.
   * @defaultValue 0.05, but never less than 64 kB while `maxBytes` has that
   */
  maxEntryFraction?: number;
  /**
   * Which entries stay when memory is full.
   * @defaultValue 's3fifo'
   */
  policy?: EvictionPolicyName;
}

/** {@link MemoryOptions}, and what the owner of the store adds. */
export interface MemoryStoreOptions extends MemoryOptions {
  /** @defaultValue the process's clock */
  clock?: Clock;
  /** Told of every record that left, after it has left. It must not throw. */
  onDrop?: (record: MemoryRecord, reason: DropReason) => void;
}

/**
 * Bytes charged for each record beside its value and key: the record, the entry with its instants, and their places in the
 * index and in the eviction policy. Measured on Node 20 (64 bit) with `s3fifo` and 100,000 entries: 473, and 533 once a hit has made the
 * promise and marked the instant.
 */
export const RECORD_OVERHEAD_BYTES = 544;

/**
 * Most entries there can be: a Map in which keys come and go needs as much room again for those that went, and V8 gives it room for 2 ** 24
 * and no more.
 */
const MOST_ENTRIES = 2 ** 23;

/** What {@link MemoryOptions.maxEntryFraction} is by default, and the size below which that default refuses nothing. */
const DEFAULT_ENTRY_FRACTION = 0.05;
const ALWAYS_ACCEPTED_BYTES = 64 * 1024;

/** Every put looks at this many records for expired ones, so that they are found about as fast as new ones come. */
const SWEEP_PER_PUT = 2;

const OPTIONS = [
  'maxBytes',
  'maxEntries',
  'maxEntryFraction',
  'policy',
  'clock',
  'onDrop',
] as const satisfies readonly (keyof MemoryStoreOptions)[];

/**
 * The tier in this process's memory, bounded in bytes and, if wished, in entries. Every method answers at once. Expiry is a
 * comparison at the read plus a sweep in small steps: there is no timer.
 *
 * As a CacheStore it answers entries until `expiresAt(entry)`; `record` and its kin answer whatever is there, and leave
 * judging to the engine.
 */
export class MemoryStore implements CacheStore, MemoryTier {
  readonly name = 'memory';
  readonly #records = new Map<string, MemoryRecord>();
  readonly #policy: EvictionPolicy<MemoryRecord>;
  readonly #maxBytes: number;
  readonly #maxEntries: number;
  readonly #maxRecordSize: number;
  readonly #clock: Clock;
  readonly #onDrop: ((record: MemoryRecord, reason: DropReason) => void) | undefined;
  #bytes = 0;
  #evictions = 0;
  /** Where the sweep stopped. A Map's iterator follows insertions and deletions. */
  #sweeper: IterableIterator<MemoryRecord>;

  /** @throws InvalidOptionError naming the faulty option as `memory.<option>` */
  constructor(options: MemoryStoreOptions = {}) {
    const given: unknown = options;
    assertObject('memory', given);
    assertKnownOptions('memory', options, OPTIONS);
    const { maxBytes = '64mb', maxEntries = Infinity, maxEntryFraction, policy = 's3fifo' } = options;
    this.#maxBytes = parseBytes('memory.maxBytes', maxBytes);
    if (maxEntries !== Infinity) assertNumber('memory.maxEntries', maxEntries, 1, 2 ** 31);
    this.#maxEntries = Math.min(Math.floor(maxEntries), MOST_ENTRIES);
    this.#maxRecordSize = readMaxRecordSize(maxEntryFraction, this.#maxBytes);
    if (options.onDrop !== undefined) assertFunction('memory.onDrop', options.onDrop);
    const entries = maxEntries === Infinity ? Infinity : this.#maxEntries;
    const capacity = { maxBytes: this.#maxBytes, maxEntries: entries };
    this.#policy = makeEvictionPolicy('memory.policy', policy, capacity);
    this.#clock = options.clock ?? systemClock;
    this.#onDrop = options.onDrop;
    this.#sweeper = this.#records.values();
  }

  record(key: string): MemoryRecord | undefined {
    const record = this.#records.get(key);
    if (record !== undefined) {
      this.#policy.touch(record);
      record.touchedAt = this.#clock.coarseNow();
    }
    return record;
  }

  peekRecord(key: string): MemoryRecord | undefined {
    return this.#records.get(key);
  }

  touch(record: MemoryRecord): void {
    if (record.isLive) this.#policy.touch(record);
  }

  put<V>(key: string, entry: CacheEntry<V>): MemoryRecord<V> | undefined {
    this.sweep(SWEEP_PER_PUT);
    const size = chargeFor(key, entry);
    let old = this.#records.get(key);
    if (size > this.#maxRecordSize) {
      if (old !== undefined) this.#remove(old, 'replaced');
      return undefined;
    }
    // Whoever is told of an eviction may put the same key meanwhile.
    if (old === undefined && this.#makeRoom(size, 1)) old = this.#records.get(key);
    const record = new MemoryRecord(key, entry, size);
    this.#records.set(key, record);
    this.#bytes += size;
    if (old === undefined) {
      this.#policy.add(record);
    } else {
      this.#policy.replace(old, record);
      this.#letGo(old, 'replaced');
    }
    this.#makeRoom(0, 0);
    return record.isLive ? record : undefined;
  }

  drop(key: string): boolean {
    const record = this.#records.get(key);
    if (record === undefined) return false;
    this.#remove(record, 'deleted');
    return true;
  }

  clear(): void {
    const dropped = [...this.#records.values()];
    this.#records.clear();
    this.#policy.clear();
    this.#sweeper = this.#records.values();
    for (const record of dropped) this.#letGo(record, 'deleted');
  }

  records(): IterableIterator<MemoryRecord> {
    return this.#records.values();
  }

  sweep(limit: number): number {
    const now = this.#clock.coarseNow();
    let dropped = 0;
    for (let left = Math.min(limit, this.#records.size); left > 0; left--) {
      let next = this.#sweeper.next();
      if (next.done === true) {
        this.#sweeper = this.#records.values();
        next = this.#sweeper.next();
      }
      const record = next.value as MemoryRecord;
      if (now < expiresAt(record.entry)) continue;
      this.#remove(record, 'expired');
      dropped++;
    }
    return dropped;
  }

  get(key: string): CacheEntry | undefined {
    const record = this.record(key);
    return record !== undefined && this.#clock.now() < expiresAt(record.entry) ? record.entry : undefined;
  }

  getMany(keys: readonly string[]): (CacheEntry | undefined)[] {
    return keys.map((key) => this.get(key));
  }

  set(key: string, entry: CacheEntry): void {
    this.put(key, entry);
  }

  delete(key: string): boolean {
    return this.drop(key);
  }

  keys(prefix: string, limit: number): string[] {
    const now = this.#clock.now();
    const keys: string[] = [];
    for (const { key, entry } of this.#records.values()) {
      if (keys.length >= limit) break;
      if (key.startsWith(prefix) && now < expiresAt(entry)) keys.push(key);
    }
    return keys;
  }

  /** The most it may hold, overhead included. */
  get maxBytes(): number {
    return this.#maxBytes;
  }

  stats(): StoreStats {
    return { entries: this.#records.size, bytes: this.#bytes, evictions: this.#evictions };
  }

  /** Drops everything, so that a closed cache that is still referenced holds no memory. */
  close(): Promise<void> {
    this.clear();
    return Promise.resolve();
  }

  /** Evicts until so much more fits; answers whether anybody had to leave. */
  #makeRoom(bytes: number, entries: number): boolean {
    let isAnyGone = false;
    while (this.#bytes + bytes > this.#maxBytes || this.#records.size + entries > this.#maxEntries) {
      const now = this.#clock.coarseNow();
      const victim = this.#policy.evict(now);
      if (victim === undefined) break;
      isAnyGone = true;
      this.#records.delete(victim.key);
      if (now < victim.expiresAt) {
        this.#evictions++;
        this.#letGo(victim, 'evicted');
      } else {
        this.#letGo(victim, 'expired');
      }
    }
    return isAnyGone;
  }

  #remove(record: MemoryRecord, reason: DropReason): void {
    this.#records.delete(record.key);
    this.#policy.remove(record);
    this.#letGo(record, reason);
  }

  #letGo(record: MemoryRecord, reason: DropReason): void {
    this.#bytes -= record.size;
    record.isLive = false;
    // Somebody may keep the record for a while: what hangs on it must not stay with it.
    record.promise = undefined;
    record.attachment = undefined;
    record.holder?.release(record);
    record.holder = undefined;
    record.place = undefined;
    this.#onDrop?.(record, reason);
  }
}

/** A key counts one byte a character, as V8 keeps text without characters beyond Latin-1. */
function chargeFor(key: string, entry: CacheEntry): number {
  // A size that is no number would spoil the sum for good.
  const valueBytes = entry.size >= 0 ? Math.ceil(entry.size) : 0;
  return valueBytes + key.length + RECORD_OVERHEAD_BYTES;
}

function readMaxRecordSize(fraction: unknown, maxBytes: number): number {
  if (fraction === undefined) {
    return Math.min(maxBytes, Math.max(ALWAYS_ACCEPTED_BYTES, maxBytes * DEFAULT_ENTRY_FRACTION));
  }
  if (typeof fraction === 'number' && fraction > 0 && fraction <= 1) return maxBytes * fraction;
  throw new InvalidOptionError('memory.maxEntryFraction', 'must be a number above 0 up to 1', fraction);
}
