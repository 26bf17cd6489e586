import { randomUUID } from 'node:crypto';
import type { Clock, Timer } from '../base/clock.js';
import type { SharedTier, TierSource, TierUser } from '../engine/shared-tier.js';
import { expiresAt, type CacheEntry } from '../entry/cache-entry.js';
import { decodeEntry, encodeEntry } from '../entry/entry-codec.js';
import type { InvalidationLog, LogListener, LogRecord, MarkerState } from '../invalidation/invalidation-log.js';
import { markerText } from '../invalidation/target.js';
import type { StoreStats } from '../store/cache-store.js';
import type { Acquired, AcquireOptions, LeasingStore } from '../store/leasing-store.js';

interface Lease {
  readonly token: string;
  until: number;
}

/** What the medium holds for one cache name. */
interface Space {
  epoch: string;
  readonly entries: Map<string, Uint8Array>;
  readonly leases: Map<string, Lease>;
  records: LogRecord[];
  readonly waiting: Map<string, Set<() => void>>;
  readonly logs: Set<SharedMediumLog>;
}

/** A provisional place is this much behind the one before it. */
const PROVISIONAL_STEP = 2 ** -20;

/**
 * The reference of a tier that several processes share, in this process's memory. Each {@link node} is to a cache what Redis is to a
 * process: several caches on nodes of one medium behave as several processes do, and a test decides who can reach it and who hears what.
 *
 * @example
 * const medium = new SharedMedium(clock);
 * const [one, other] = [medium.node(), medium.node()];
 * const caches = [one, other].map((store) => createCache({ name: 'app', store, clock }));
 * other.isDeaf = true;          // hears of invalidations only when it reads
 * one.isAway = true;            // cannot reach the medium
 */
export class SharedMedium {
  readonly clock: Clock;
  readonly #spaces = new Map<string, Space>();

  constructor(clock: Clock) {
    this.clock = clock;
  }

  /** A way to the medium, for one process. */
  node(): SharedMediumNode {
    return new SharedMediumNode(this);
  }

  /** Loses everything, as a database does that is flushed or restarts empty. Every log begins anew. */
  flush(): void {
    for (const space of this.#spaces.values()) {
      space.entries.clear();
      space.leases.clear();
      space.records = [];
      space.epoch = randomUUID();
      for (const log of space.logs) log.push();
    }
  }

  /** @internal */
  space(name: string): Space {
    let space = this.#spaces.get(name);
    if (space === undefined) {
      const [entries, leases, waiting] = [new Map<string, Uint8Array>(), new Map<string, Lease>(), new Map()];
      space = { epoch: randomUUID(), entries, leases, records: [], waiting, logs: new Set() };
      this.#spaces.set(name, space);
    }
    return space;
  }
}

/** One process's way to a {@link SharedMedium}. Give it to `createCache({ store })`. */
export class SharedMediumNode implements TierSource {
  readonly name = 'shared-medium';
  readonly #medium: SharedMedium;
  #isAway = false;
  #isDeaf = false;
  readonly #logs: SharedMediumLog[] = [];

  constructor(medium: SharedMedium) {
    this.#medium = medium;
  }

  /** Whether every operation fails. Coming back delivers what was invalidated meanwhile. */
  get isAway(): boolean {
    return this.#isAway;
  }

  set isAway(isAway: boolean) {
    this.#isAway = isAway;
    if (!isAway) for (const log of this.#logs) log.push();
  }

  /** Whether records of others are heard only when this node reads. */
  get isDeaf(): boolean {
    return this.#isDeaf;
  }

  set isDeaf(isDeaf: boolean) {
    this.#isDeaf = isDeaf;
    if (!isDeaf) for (const log of this.#logs) log.push();
  }

  /** The log falls silent for this node, or is heard again. */
  silence(isSilent: boolean, toleranceMs = 2_000): void {
    for (const log of this.#logs) log.tellSilence(isSilent, toleranceMs);
  }

  open(user: TierUser): SharedTier {
    const space = this.#medium.space(user.name);
    const log = new SharedMediumLog(this, space, user);
    this.#logs.push(log);
    return { log, store: new SharedMediumStore(this, space, log, this.#medium.clock) };
  }
}

class SharedMediumStore implements LeasingStore {
  readonly name = 'shared-medium';
  readonly #node: SharedMediumNode;
  readonly #space: Space;
  readonly #log: SharedMediumLog;
  readonly #clock: Clock;

  constructor(node: SharedMediumNode, space: Space, log: SharedMediumLog, clock: Clock) {
    this.#node = node;
    this.#space = space;
    this.#log = log;
    this.#clock = clock;
  }

  async get(key: string): Promise<CacheEntry | undefined> {
    await this.#roundTrip();
    const entry = this.#entry(key);
    this.#log.catchUp();
    return entry;
  }

  async getMany(keys: readonly string[]): Promise<(CacheEntry | undefined)[]> {
    await this.#roundTrip();
    const entries = keys.map((key) => this.#entry(key));
    this.#log.catchUp();
    return entries;
  }

  async acquire(key: string, { leaseMs, replaces }: AcquireOptions): Promise<Acquired> {
    await this.#roundTrip();
    const entry = this.#entry(key);
    this.#log.catchUp();
    if (entry !== undefined && !replaces) return { word: 'entry', entry };
    const lease = this.#lease(key);
    if (lease !== undefined) return { word: 'taken', remainingMs: lease.until - this.#clock.now(), entry };
    const token = randomUUID();
    this.#space.leases.set(key, { token, until: this.#clock.now() + leaseMs });
    return { word: 'lease', token, entry };
  }

  async fill(key: string, token: string, entry: CacheEntry): Promise<boolean> {
    const bytes = encodeEntry(entry);
    await this.#roundTrip();
    if (this.#lease(key)?.token !== token) return false;
    this.#store(key, bytes, entry);
    this.#end(key);
    return true;
  }

  async release(key: string, token: string): Promise<boolean> {
    await this.#roundTrip();
    if (this.#lease(key)?.token !== token) return false;
    this.#end(key);
    return true;
  }

  async renew(key: string, token: string, leaseMs: number): Promise<boolean> {
    await this.#roundTrip();
    const lease = this.#lease(key);
    if (lease?.token !== token) return false;
    lease.until = this.#clock.now() + leaseMs;
    return true;
  }

  ended(key: string, maxMs: number): Promise<void> {
    return new Promise((resolve) => {
      const { waiting } = this.#space;
      const wake = (): void => {
        timer.cancel();
        waiting.get(key)?.delete(wake);
        resolve();
      };
      const timer: Timer = this.#clock.setTimer(wake, maxMs);
      const others = waiting.get(key) ?? new Set();
      waiting.set(key, others.add(wake));
    });
  }

  async set(key: string, entry: CacheEntry): Promise<void> {
    const bytes = encodeEntry(entry);
    await this.#roundTrip();
    this.#store(key, bytes, entry);
  }

  async delete(key: string): Promise<boolean> {
    await this.#roundTrip();
    const wasThere = this.#entry(key) !== undefined;
    this.#space.entries.delete(key);
    this.#end(key);
    return wasThere;
  }

  async clear(): Promise<void> {
    await this.#roundTrip();
    this.#space.entries.clear();
  }

  async keys(prefix: string, limit: number): Promise<string[]> {
    await this.#roundTrip();
    const held = [...this.#space.entries.keys()].filter((key) => key.startsWith(prefix));
    return held.filter((key) => this.#entry(key) !== undefined).slice(0, limit);
  }

  async stats(): Promise<StoreStats> {
    await this.#roundTrip();
    let bytes = 0;
    for (const stored of this.#space.entries.values()) bytes += stored.length;
    return { entries: this.#space.entries.size, bytes, evictions: 0 };
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  async #roundTrip(): Promise<void> {
    await Promise.resolve();
    if (this.#node.isAway) throw new Error('the medium cannot be reached');
  }

  #entry(key: string): CacheEntry | undefined {
    const bytes = this.#space.entries.get(key);
    const entry = bytes && decodeEntry(bytes);
    return entry !== undefined && this.#clock.now() < expiresAt(entry) ? entry : undefined;
  }

  #store(key: string, bytes: Uint8Array, entry: CacheEntry): void {
    const present = this.#entry(key);
    if (present !== undefined && present.epoch === entry.epoch && present.position > entry.position) return;
    this.#space.entries.set(key, bytes);
  }

  #lease(key: string): Lease | undefined {
    const lease = this.#space.leases.get(key);
    return lease !== undefined && this.#clock.now() < lease.until ? lease : undefined;
  }

  #end(key: string): void {
    this.#space.leases.delete(key);
    for (const wake of [...(this.#space.waiting.get(key) ?? [])]) wake();
  }
}

class SharedMediumLog implements InvalidationLog {
  readonly isShared = true;
  readonly #node: SharedMediumNode;
  readonly #space: Space;
  readonly #user: TierUser;
  readonly #listeners = new Set<LogListener>();
  #undelivered: Omit<LogRecord, 'seq'>[] = [];
  #epoch: string;
  #position: number;

  constructor(node: SharedMediumNode, space: Space, user: TierUser) {
    this.#node = node;
    this.#space = space;
    this.#user = user;
    this.#epoch = space.epoch;
    this.#position = space.records.length;
    space.logs.add(this);
  }

  get epoch(): string {
    return this.#epoch;
  }

  get position(): number {
    return this.#position;
  }

  async append(record: Omit<LogRecord, 'seq'>): Promise<LogRecord> {
    await Promise.resolve();
    if (!this.#node.isAway) return this.#append(record);
    const provisional = { ...record, seq: this.#position + PROVISIONAL_STEP };
    this.#undelivered.push(record);
    this.#user.events.emit('undelivered', { store: this.#node.name, waiting: this.#undelivered.length });
    this.#hear(provisional);
    return provisional;
  }

  subscribe(listener: LogListener): () => void {
    this.#listeners.add(listener);
    this.#restart('joined', [listener]);
    return () => this.#listeners.delete(listener);
  }

  recent(limit: number): readonly LogRecord[] {
    return this.#space.records
      .filter(({ isSet }) => isSet !== true)
      .reverse()
      .slice(0, limit);
  }

  close(): Promise<void> {
    this.#listeners.clear();
    this.#space.logs.delete(this);
    return Promise.resolve();
  }

  /** Takes in what others appended, unless this node is away or deaf. */
  push(): void {
    if (this.#node.isAway) return;
    this.#deliver();
    if (!this.#node.isDeaf) this.catchUp();
  }

  catchUp(): void {
    if (this.#epoch !== this.#space.epoch) {
      this.#restart('epoch', this.#listeners);
      return;
    }
    for (const record of this.#space.records.slice(Math.floor(this.#position))) this.#hear(record);
  }

  tellSilence(isSilent: boolean, toleranceMs: number): void {
    for (const listener of this.#listeners) listener.onSilence?.(isSilent, toleranceMs);
    this.#user.events.emit('logSilence', { store: this.#node.name, isSilent });
  }

  #append(record: Omit<LogRecord, 'seq'>): LogRecord {
    const placed = { ...record, seq: this.#space.records.length + 1 };
    this.#space.records.push(placed);
    this.catchUp();
    for (const log of this.#space.logs) if (log !== this) log.push();
    return placed;
  }

  #deliver(): void {
    if (this.#undelivered.length === 0) return;
    for (const record of this.#undelivered.splice(0)) this.#append(record);
    this.#user.events.emit('undelivered', { store: this.#node.name, waiting: 0 });
  }

  #hear(record: LogRecord): void {
    this.#position = Math.max(this.#position, record.seq);
    for (const listener of this.#listeners) listener.onRecord(record);
  }

  #restart(reason: 'joined' | 'epoch', listeners: Iterable<LogListener>): void {
    this.#epoch = this.#space.epoch;
    this.#position = this.#space.records.length;
    const state = { epoch: this.#epoch, position: this.#position, floor: 0, markers: markersOf(this.#space.records) };
    for (const listener of listeners) listener.onRestart?.(state, reason);
    if (reason === 'joined') return;
    this.#user.events.emit('logGap', { store: this.#node.name, reason, position: this.#position });
  }
}

/** What the records come to, oldest first. */
function markersOf(records: readonly LogRecord[]): MarkerState[] {
  const states = new Map<string, MarkerState>();
  for (const { seq, soft, at, markers } of records) {
    for (const marker of markers) {
      const text = markerText(marker);
      const before = states.get(text) ?? { marker, hard: 0, soft: 0, softAt: 0 };
      states.delete(text);
      states.set(text, soft ? { ...before, soft: seq, softAt: at } : { ...before, hard: seq });
    }
  }
  return [...states.values()];
}
