import { randomUUID } from 'node:crypto';
import {
  decodeEntry,
  encodeEntry,
  type Acquired,
  type AcquireOptions,
  type CacheEntry,
  type Clock,
  type LeasingStore,
  type StoreStats,
} from '@cachewarp/core';
import type { Database } from './database.js';
import type { DiskLog } from './disk-log.js';
import type { EntryTable } from './entry-table.js';
import { idOf, TOTALS_KEY } from './layout.js';
import type { LeaseTable } from './lease-table.js';
import type { ReadMarks } from './read-marks.js';
import type { Space } from './space.js';
import { decodeTotals } from './totals.js';

/** How often it is looked whether a lease has ended, in ms. */
const LOOK_MS = 10;
/** Entries that one transaction of `clear` removes. */
const CLEARED_AT_ONCE = 64;

/** What a {@link DiskTierStore} stands on. */
export interface DiskTierStoreParts {
  readonly name: string;
  readonly space: Space;
  readonly log: DiskLog;
  readonly entries: EntryTable;
  readonly leases: LeaseTable;
  readonly marks: ReadMarks;
  readonly clock: Clock;
  /** Ends what runs beside; called once, before the database is closed. */
  readonly onClose: () => void;
}

/** The entries and leases of a disk tier. Answers at once: the file is mapped into memory. Where it is away, every operation throws. */
export class DiskTierStore implements LeasingStore {
  readonly name: string;
  readonly #parts: DiskTierStoreParts;
  #isClosed = false;

  constructor(parts: DiskTierStoreParts) {
    this.name = parts.name;
    this.#parts = parts;
  }

  get(key: string): CacheEntry | undefined {
    return this.#read((db) => this.#entry(db, idOf(key)));
  }

  getMany(keys: readonly string[]): (CacheEntry | undefined)[] {
    return this.#read((db) => keys.map((key) => this.#entry(db, idOf(key))));
  }

  acquire(key: string, { leaseMs, replaces }: AcquireOptions): Acquired {
    const { space, leases } = this.#parts;
    const id = idOf(key);
    const found = this.#read((db): Acquired | undefined => {
      const entry = this.#entry(db, id);
      if (entry !== undefined && !replaces) return { word: 'entry', entry };
      const lease = leases.held(db, id);
      return lease && { word: 'taken', remainingMs: leases.remainingMs(lease), entry };
    });
    if (found !== undefined) return found;
    const token = randomUUID();
    return space.remove(({ db }): Acquired => {
      // Another process may have been quicker.
      const entry = this.#entry(db, id);
      if (entry !== undefined && !replaces) return { word: 'entry', entry };
      const lease = leases.held(db, id);
      if (lease !== undefined) return { word: 'taken', remainingMs: leases.remainingMs(lease), entry };
      leases.put(db, id, token, leaseMs);
      return { word: 'lease', token, entry };
    });
  }

  fill(key: string, token: string, entry: CacheEntry): boolean {
    const { space, entries, leases, clock } = this.#parts;
    const encoded = encodeEntry(entry);
    const id = idOf(key);
    return space.write(encoded.length, (transaction) => {
      if (leases.held(transaction.db, id)?.token !== token) return false;
      entries.store(transaction, id, key, entry, encoded, clock.now());
      leases.remove(transaction.db, id);
      return true;
    });
  }

  release(key: string, token: string): boolean {
    const { space, leases } = this.#parts;
    const id = idOf(key);
    return space.remove(({ db }) => {
      if (leases.held(db, id)?.token !== token) return false;
      leases.remove(db, id);
      return true;
    });
  }

  renew(key: string, token: string, leaseMs: number): boolean {
    const { space, leases } = this.#parts;
    const id = idOf(key);
    return space.remove(({ db }) => {
      if (leases.held(db, id)?.token !== token) return false;
      leases.put(db, id, token, leaseMs);
      return true;
    });
  }

  ended(key: string, maxMs: number): Promise<void> {
    const { clock, space, leases } = this.#parts;
    const id = idOf(key);
    return new Promise((resolve) => {
      const finish = (): void => {
        clearInterval(looking);
        timer.cancel();
        resolve();
      };
      const look = (): void => {
        try {
          if (this.#isClosed || space.read((db) => leases.held(db, id)) === undefined) finish();
        } catch {
          // Asked again, it says what is at fault.
          finish();
        }
      };
      const looking = setInterval(look, LOOK_MS).unref();
      const timer = clock.setTimer(finish, maxMs);
    });
  }

  set(key: string, entry: CacheEntry): void {
    const { space, entries, clock } = this.#parts;
    const encoded = encodeEntry(entry);
    const id = idOf(key);
    space.write(encoded.length, (transaction) => entries.store(transaction, id, key, entry, encoded, clock.now()));
  }

  delete(key: string): boolean {
    const { space, entries, leases, clock } = this.#parts;
    const id = idOf(key);
    return space.remove((transaction) => {
      const wasThere = entries.read(transaction.db, id, clock.now()) !== undefined;
      entries.remove(transaction, id);
      leases.remove(transaction.db, id);
      return wasThere;
    });
  }

  async clear(): Promise<void> {
    const { space, entries } = this.#parts;
    // In steps, so that neither this process nor others that want to write wait for all of it.
    while (space.remove((transaction) => entries.removeSome(transaction, CLEARED_AT_ONCE)) > 0) {
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  keys(prefix: string, limit: number): string[] {
    const { entries, clock } = this.#parts;
    return this.#read((db) => entries.keys(db, prefix, limit, clock.now()));
  }

  stats(): StoreStats {
    const { entries, bytes, evictions } = this.#read((db) => decodeTotals(db.get(TOTALS_KEY)));
    return { entries, bytes, evictions };
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    const { onClose, log, marks, space } = this.#parts;
    onClose();
    log.poll();
    marks.flush();
    await space.close();
  }

  #read<T>(work: (db: Database) => T): T {
    const { space, log } = this.#parts;
    log.deliver();
    return space.read((db) => {
      log.hearAll(db);
      return work(db);
    });
  }

  #entry(db: Database, id: Buffer): CacheEntry | undefined {
    const { entries, marks, clock } = this.#parts;
    const bytes = entries.read(db, id, clock.now());
    const entry = bytes && decodeEntry(bytes);
    if (entry !== undefined) marks.add(id);
    return entry;
  }
}
