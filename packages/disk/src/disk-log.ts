import { randomUUID } from 'node:crypto';
import type { EventBus, InvalidationLog, LogListener, LogRecord, LogState } from '@cachewarp/core';
import type { Database } from './database.js';
import type { EntryTable } from './entry-table.js';
import { idOf, TOTALS_KEY } from './layout.js';
import type { LeaseTable } from './lease-table.js';
import type { LogTable } from './log-table.js';
import type { Space } from './space.js';
import { decodeTotals } from './totals.js';
import type { Transaction } from './transaction.js';

/** A provisional place is this much behind the one before it. */
const PROVISIONAL_STEP = 2 ** -20;

/** More records than these do not wait for a disk that is away: then everything is invalidated when it is back. */
const MAX_WAITING = 10_000;

/** Records placed in one transaction. */
const DELIVERED_AT_ONCE = 50;

/** After so long without a successful look into the database, memory is no longer trusted beyond that age, in ms. */
const SILENT_AFTER_MS = 2_000;

/** What a {@link DiskLog} stands on. */
export interface DiskLogParts {
  readonly name: string;
  readonly space: Space;
  readonly table: LogTable;
  readonly entries: EntryTable;
  readonly leases: LeaseTable;
  readonly events: EventBus;
  readonly monotonicNow: () => number;
}

type Unplaced = Omit<LogRecord, 'seq'>;

/** The invalidation log of a disk tier, as one process sees it. */
export class DiskLog implements InvalidationLog {
  readonly isShared = true;
  readonly #parts: DiskLogParts;
  readonly #listeners = new Set<LogListener>();
  /** What could not be written, oldest first. */
  #waiting: Unplaced[] = [];
  /** Names the log that the listeners know of. */
  #epoch = randomUUID() as string;
  /** The newest place in the database that they were told of. */
  #known = 0;
  /** Places of what waits lie behind it. */
  #provisional = 0;
  #hasJoined = false;
  #heardAt: number;
  #isSilent = false;

  constructor(parts: DiskLogParts) {
    this.#parts = parts;
    this.#heardAt = parts.monotonicNow();
  }

  get epoch(): string {
    return this.#epoch;
  }

  get position(): number {
    return Math.max(this.#known, this.#provisional);
  }

  append(record: Unplaced): LogRecord {
    try {
      this.deliver();
      const seq = this.#parts.space.remove((transaction) => this.#place(transaction, record));
      const placed = { ...record, seq };
      if (seq === this.#known + 1 && this.#epoch === this.#parts.space.epoch) this.#hear(placed);
      else this.catchUp();
      return placed;
    } catch (error) {
      return this.#keep(record, error);
    }
  }

  subscribe(listener: LogListener): () => void {
    this.#listeners.add(listener);
    listener.onRestart?.(this.#state(), 'joined');
    if (this.#isSilent) listener.onSilence?.(true, SILENT_AFTER_MS);
    return () => this.#listeners.delete(listener);
  }

  recent(limit: number): readonly LogRecord[] {
    try {
      return this.#parts.space.read((db) => this.#parts.table.recent(db, limit));
    } catch (error) {
      this.#tell('recent', error);
      return [];
    }
  }

  /**
   * Delivers what waits, and tells the listeners of everything that was placed by now.
   * @throws what is at fault with the disk
   */
  catchUp(): void {
    this.deliver();
    this.#parts.space.read((db) => this.hearAll(db));
  }

  /** Tells the listeners of everything that was placed before `db` was read; for who reads more of it. */
  hearAll(db: Database): void {
    const { epoch } = this.#parts.space;
    const { position } = decodeTotals(db.get(TOTALS_KEY));
    if (epoch !== this.#epoch || position < this.#known) this.#restart(db, this.#hasJoined ? 'epoch' : 'joined');
    else if (position > this.#known) this.#hearAfter(db, position);
    this.#heard();
  }

  /** Delivers what waits. @throws what is at fault with the disk */
  deliver(): void {
    if (this.#waiting.length === 0) return;
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.slice(0, DELIVERED_AT_ONCE);
      this.#parts.space.remove((transaction) => {
        for (const record of batch) this.#place(transaction, record);
      });
      this.#waiting.splice(0, batch.length);
    }
    this.#parts.events.emit('undelivered', { store: this.#parts.name, waiting: 0 });
  }

  /** Looks whether others have appended; called every few ms. Never throws. */
  poll(): void {
    try {
      this.catchUp();
    } catch {
      // Whoever reads is told what is at fault; here it only means that nothing was heard.
      if (this.#isSilent || this.#parts.monotonicNow() - this.#heardAt <= SILENT_AFTER_MS) return;
      this.#setSilent(true);
    }
  }

  close(): Promise<void> {
    this.#listeners.clear();
    return this.#parts.space.close();
  }

  #place(transaction: Transaction, record: Unplaced): number {
    const { table, entries, leases } = this.#parts;
    if (!record.soft) {
      for (const { kind, name } of record.markers) {
        if (kind !== 'key') continue;
        const id = idOf(name);
        entries.remove(transaction, id);
        leases.remove(transaction.db, id);
      }
    }
    return table.append(transaction, record);
  }

  /** The disk is away: the record counts in this process now, and everywhere when it is delivered. */
  #keep(record: Unplaced, error: unknown): LogRecord {
    if (this.#waiting.length === 0) this.#tell('append', error);
    this.#waiting.push(record);
    if (this.#waiting.length > MAX_WAITING) {
      this.#waiting = [{ markers: [{ kind: 'all', name: '' }], soft: false, at: record.at }];
    }
    this.#parts.events.emit('undelivered', { store: this.#parts.name, waiting: this.#waiting.length });
    const placed = { ...record, seq: this.position + PROVISIONAL_STEP };
    this.#provisional = placed.seq;
    for (const listener of this.#listeners) listener.onRecord(placed);
    return placed;
  }

  #hearAfter(db: Database, position: number): void {
    while (this.#known < position) {
      const records = this.#parts.table.after(db, this.#known);
      if (records[0]?.seq !== this.#known + 1) return this.#restart(db, 'gap');
      for (const record of records) this.#hear(record);
    }
  }

  #hear(record: LogRecord): void {
    this.#known = record.seq;
    for (const listener of this.#listeners) listener.onRecord(record);
  }

  #restart(db: Database, reason: 'joined' | 'gap' | 'epoch'): void {
    this.#epoch = this.#parts.space.epoch;
    this.#known = decodeTotals(db.get(TOTALS_KEY)).position;
    this.#provisional = 0;
    this.#hasJoined = true;
    const state = this.#readState(db);
    for (const listener of this.#listeners) listener.onRestart?.(state, reason);
    if (reason === 'joined') return;
    this.#parts.events.emit('logGap', { store: this.#parts.name, reason, position: this.#known });
  }

  /** What is known now; before the database could be read for the first time, nothing. */
  #state(): LogState {
    try {
      return this.#parts.space.read((db) => {
        this.hearAll(db);
        return this.#readState(db);
      });
    } catch (error) {
      this.#tell('open', error);
      return { epoch: this.#epoch, position: this.position, floor: this.position, markers: [] };
    }
  }

  #readState(db: Database): LogState {
    const { floor } = decodeTotals(db.get(TOTALS_KEY));
    return { epoch: this.#epoch, position: this.#known, floor, markers: this.#parts.table.markers(db) };
  }

  #heard(): void {
    this.#heardAt = this.#parts.monotonicNow();
    if (this.#isSilent) this.#setSilent(false);
  }

  #setSilent(isSilent: boolean): void {
    this.#isSilent = isSilent;
    for (const listener of this.#listeners) listener.onSilence?.(isSilent, SILENT_AFTER_MS);
    this.#parts.events.emit('logSilence', { store: this.#parts.name, isSilent });
  }

  #tell(operation: string, error: unknown): void {
    this.#parts.events.emit('storeError', { store: this.#parts.name, operation, error });
  }
}
