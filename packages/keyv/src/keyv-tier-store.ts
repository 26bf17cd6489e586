import { randomUUID } from 'node:crypto';
import {
  expiresAt,
  type Acquired,
  type AcquireOptions,
  type CacheEntry,
  type Clock,
  type LeasingStore,
  type StoreStats,
} from '@cachewarp/core';
import type { TextStore } from './keyv-like.js';
import type { KeyvLog } from './keyv-log.js';
import type { Names } from './names.js';
import { readStamped, writeStamped, type StampedEntry } from './stamped-entry.js';
import { VERSION_TTL_MS, type Versions } from './versions.js';

/** Fills that may be under way; the oldest is forgotten, and what it brings is not stored. */
const MAX_FILLS = 10_000;

/** What a {@link KeyvTierStore} stands on. */
export interface KeyvTierStoreParts {
  readonly name: string;
  readonly texts: TextStore;
  readonly names: Names;
  readonly versions: Versions;
  readonly log: KeyvLog;
  readonly clock: Clock;
  readonly onClose: () => unknown;
}

/** The versions that were read before a load began. */
interface Fill {
  readonly key: string;
  readonly versions: Readonly<Record<string, string>>;
  readonly wideChanges: string;
}

/**
 * Entries in a Keyv adapter. A lease here is the memory of the versions that were before the load, and no claim: other processes may load
 * the same key at the same time.
 */
export class KeyvTierStore implements LeasingStore {
  readonly name: string;
  readonly #parts: KeyvTierStoreParts;
  readonly #fills = new Map<string, Fill>();
  /** Leases given back, by key: what was loaded under one may be kept under other keys (the variants of a URI). */
  readonly #released = new Map<string, Fill>();
  #isClosed = false;

  constructor(parts: KeyvTierStoreParts) {
    this.name = parts.name;
    this.#parts = parts;
  }

  async get(key: string): Promise<CacheEntry | undefined> {
    return (await this.getMany([key]))[0];
  }

  async getMany(keys: readonly string[]): Promise<(CacheEntry | undefined)[]> {
    const { log, texts, names, clock } = this.#parts;
    await log.deliver();
    // An older place is only more careful: what is invalidated from here on makes the entries invalid.
    const { position } = log;
    const asked = [names.all, ...keys.flatMap((key) => [names.entry(key), names.key(key)])];
    const found = await texts.getMany(asked);
    const current = new Map(asked.map((name, index) => [name, found[index]]));
    const stamped = keys.map((key) => readStamped(current.get(names.entry(key)), clock.now(), key));
    const others = new Set(stamped.flatMap((one) => Object.keys(one?.versions ?? {})));
    for (const name of current.keys()) others.delete(name);
    const rest = [...others];
    const versions = await texts.getMany(rest);
    for (const [index, name] of rest.entries()) current.set(name, versions[index]);
    return stamped.map((one) => one && this.#judge(one, current, position));
  }

  async acquire(key: string, { replaces }: AcquireOptions): Promise<Acquired> {
    const { names, versions } = this.#parts;
    const entry = await this.get(key);
    if (entry !== undefined && !replaces) return { word: 'entry', entry };
    const fenced = await versions.ensure([names.key(key), names.all, names.wideChanges]);
    const { [names.wideChanges]: wideChanges = '', ...own } = fenced;
    const token = randomUUID();
    remember(this.#fills, token, { key, versions: own, wideChanges });
    return { word: 'lease', token, entry };
  }

  async fill(key: string, token: string, entry: CacheEntry): Promise<boolean> {
    const fill = this.#fills.get(token);
    if (fill?.key !== key) return false;
    this.#fills.delete(token);
    return this.#store(key, entry, fill);
  }

  release(key: string, token: string): boolean {
    const fill = this.#fills.get(token);
    if (fill?.key !== key) return false;
    this.#fills.delete(token);
    remember(this.#released, key, fill);
    return true;
  }

  renew(key: string, token: string): boolean {
    return this.#fills.get(token)?.key === key;
  }

  ended(): Promise<void> {
    // Nobody is ever told that another fills.
    return Promise.resolve();
  }

  async set(key: string, entry: CacheEntry): Promise<void> {
    await this.#store(key, entry, entry.parent === undefined ? undefined : this.#released.get(entry.parent));
  }

  async delete(key: string): Promise<boolean> {
    const { texts, names } = this.#parts;
    const wasThere = (await this.get(key)) !== undefined;
    await texts.delete(names.entry(key));
    return wasThere;
  }

  /** By another version of everything: the adapter may hold what is not ours. */
  async clear(): Promise<void> {
    const { versions, names } = this.#parts;
    await versions.renew(names.wideChanges);
    await versions.renew(names.all);
  }

  /** Empty where the adapter cannot list what it holds. */
  async keys(prefix: string, limit: number): Promise<string[]> {
    const { texts, names, clock } = this.#parts;
    const keys: string[] = [];
    if (limit === 0) return keys;
    for await (const [, text] of texts.entries(names.entryPrefix)) {
      const key = readStamped(text, clock.now())?.key;
      if (key?.startsWith(prefix) !== true || (await this.get(key)) === undefined) continue;
      if (keys.push(key) >= limit) break;
    }
    return keys;
  }

  stats(): StoreStats {
    return { entries: undefined, bytes: undefined, evictions: 0 };
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    // What waits is lost with the process: it is tried once more.
    await this.#parts.log.deliver().catch(() => undefined);
    await this.#parts.onClose();
  }

  /** Stamps an entry and stores it. False where it is not known whether a tag of it was invalidated while it was loaded. */
  async #store(key: string, entry: CacheEntry, fill: Fill | undefined): Promise<boolean> {
    const { texts, names, versions, clock, log } = this.#parts;
    await log.deliver();
    const targets = [names.key(key), names.all, ...entry.tags.map((tag) => names.tag(tag))];
    if (entry.parent !== undefined) targets.push(names.key(entry.parent));
    const current = await versions.ensure(targets);
    if (fill !== undefined && entry.tags.length > 0) {
      // Read behind the tags: who invalidates writes this one first.
      const [wideChanges] = await texts.getMany([names.wideChanges]);
      if (wideChanges !== fill.wideChanges) return false;
    }
    const text = writeStamped({ key, entry, versions: { ...current, ...fill?.versions } });
    const ttlMs = Math.min(VERSION_TTL_MS, Math.ceil(expiresAt(entry) - clock.now()));
    if (ttlMs > 0) await texts.set(names.entry(key), text, ttlMs);
    else await texts.delete(names.entry(key));
    return true;
  }

  #judge(
    { entry, versions }: StampedEntry,
    current: ReadonlyMap<string, string | undefined>,
    position: number,
  ): CacheEntry | undefined {
    const isValid = Object.entries(versions).every(([name, version]) => current.get(name) === version);
    return isValid ? { ...entry, epoch: this.#parts.log.epoch, position } : undefined;
  }
}

function remember(fills: Map<string, Fill>, name: string, fill: Fill): void {
  fills.delete(name);
  fills.set(name, fill);
  if (fills.size <= MAX_FILLS) return;
  for (const oldest of fills.keys()) {
    fills.delete(oldest);
    return;
  }
}
