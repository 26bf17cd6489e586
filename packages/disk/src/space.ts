import { randomUUID } from 'node:crypto';
import { statSync } from 'node:fs';
import type { EventBus } from '@cachewarp/core';
import { Database, faultKind, faultOfDatabase, moveAside, type Room } from './database.js';
import type { EntryTable } from './entry-table.js';
import { EPOCH_KEY } from './layout.js';
import { ROOM_TO_REMOVE, roomToWrite, transact, type Transaction } from './transaction.js';

/** While it cannot be opened, it is tried so often, in ms. */
const RETRY_MS = 1_000;
/** Entries dropped in one transaction where the medium is full, how many transactions, and how often that is tried for one write. */
const SHRINK_STEP = 16;
const SHRINK_STEPS = 8;
const SHRINK_TRIES = 4;

/** What a {@link Space} stands on. */
export interface SpaceParts {
  /** The kind of the store, for events. */
  readonly name: string;
  readonly path: string;
  readonly mapBytes: number;
  readonly entries: EntryTable;
  readonly events: EventBus;
  /** Counts ms, never backwards. */
  readonly monotonicNow: () => number;
}

/**
 * The database of one cache, kept open as well as it can be: opened when it is wanted, opened anew when its file was taken away, moved aside
 * and begun anew when it is damaged. Where it cannot be, whoever wants it gets the error, and it is tried again a second later.
 */
export class Space {
  readonly #parts: SpaceParts;
  #db: Database | undefined;
  #epoch = '';
  #fault: unknown;
  #tryAt = -Infinity;
  #isClosed = false;

  constructor(parts: SpaceParts) {
    this.#parts = parts;
  }

  /** Names the log that is in the database. */
  get epoch(): string {
    return this.#epoch;
  }

  /** Reads what all processes have committed by now. @throws what is at fault */
  read<T>(work: (db: Database) => T): T {
    const db = this.#open();
    try {
      db.refresh();
      return work(db);
    } catch (error) {
      throw this.#judge(db, error);
    }
  }

  /**
   * Does one transaction. Where the medium is full, it is tried again with fewer entries.
   * @param bytes - the size of the values that it stores
   * @throws what is at fault
   */
  write<T>(bytes: number, work: (transaction: Transaction) => T): T {
    return this.#transact(roomToWrite(bytes), work);
  }

  /** Does one transaction that frees more than it takes, or takes next to nothing. @throws what is at fault */
  remove<T>(work: (transaction: Transaction) => T): T {
    return this.#transact(ROOM_TO_REMOVE, work);
  }

  #transact<T>(room: Room, work: (transaction: Transaction) => T): T {
    const db = this.#open();
    for (let tries = 0; ; tries++) {
      try {
        return transact(db, room, work);
      } catch (error) {
        if (faultKind(error) !== 'full' || tries === SHRINK_TRIES || !this.#shrink(db, error))
          throw this.#judge(db, error);
      }
    }
  }

  /** Looks whether the file is still there, and gives up ours if not. */
  checkFile(): void {
    if (this.#db?.isReplaced() === true) this.#abandon(new Error(`${this.#parts.path} was taken away`));
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    const db = this.#db;
    this.#db = undefined;
    await db?.close();
  }

  #open(): Database {
    if (this.#db !== undefined) return this.#db;
    if (this.#isClosed) throw new Error(`disk store at ${this.#parts.path} is closed`);
    const now = this.#parts.monotonicNow();
    if (now < this.#tryAt) throw this.#fault;
    try {
      this.#db = this.#openFile();
      this.#fault = undefined;
      return this.#db;
    } catch (error) {
      this.#tryAt = now + RETRY_MS;
      const reason = error instanceof Error ? error.message : String(error);
      throw (this.#fault = new Error(`disk store cannot open ${this.#parts.path}: ${reason}`, { cause: error }));
    }
  }

  #openFile(): Database {
    const { path, mapBytes } = this.#parts;
    const fault = faultOfDatabase(path);
    if (fault !== undefined) this.#beginAnew(fault);
    try {
      return this.#join(new Database(path, mapBytes));
    } catch (error) {
      if (faultKind(error) !== 'damaged') throw error;
      this.#beginAnew(String(error));
      return this.#join(new Database(path, mapBytes));
    }
  }

  #join(db: Database): Database {
    try {
      this.#epoch = readEpoch(db);
      return db;
    } catch (error) {
      db.close(false).catch((fault: unknown) => this.#tell('close', fault));
      throw error;
    }
  }

  #judge(db: Database, error: unknown): unknown {
    const kind = faultKind(error);
    if (kind === 'failed') this.#giveUp(error);
    if (db !== this.#db || (kind !== 'damaged' && kind !== 'panic')) return error;
    const isOurs = !db.isReplaced();
    this.#abandon(error);
    if (isOurs && kind === 'damaged') this.#beginAnew(error instanceof Error ? error.message : String(error));
    return error;
  }

  /** The library's memory may be damaged: nothing of it is touched again, not even to close. */
  #giveUp(error: unknown): void {
    this.#db = undefined;
    this.#tryAt = Infinity;
    const reason = error instanceof Error ? error.message : String(error);
    this.#fault = new Error(
      `disk store at ${this.#parts.path} is given up until the process is started anew: ${reason}`,
    );
    this.#tell('set', this.#fault);
  }

  #abandon(error: unknown): void {
    const db = this.#db;
    this.#db = undefined;
    this.#tell('open', error);
    db?.close(false).catch((fault: unknown) => this.#tell('close', fault));
  }

  #beginAnew(reason: string): void {
    const { path } = this.#parts;
    if (statSync(path, { throwIfNoEntry: false })?.isFile() !== true) throw new Error(`it is not a file`);
    const aside = moveAside(path);
    this.#tell('open', new Error(`${path} cannot be used (${reason}); it was moved to ${aside} and begun anew`));
  }

  /** The medium takes no more: makes do with fewer entries. Returns whether anything could be done. */
  #shrink(db: Database, fault: unknown): boolean {
    const { entries } = this.#parts;
    try {
      let dropped = 0;
      let bytes = 0;
      for (let step = 0; step < SHRINK_STEPS; step++) {
        transact(db, ROOM_TO_REMOVE, (transaction) => {
          dropped += entries.shrink(transaction, SHRINK_STEP);
          ({ bytes } = transaction.totals);
        });
      }
      if (dropped > 0 && entries.stopGrowing(bytes)) {
        const reason = fault instanceof Error ? fault.message : String(fault);
        this.#tell('set', new Error(`the disk store is full and keeps fewer entries: ${reason}`, { cause: fault }));
      }
      return dropped > 0;
    } catch (error) {
      // That nothing more could be done is told by the write that failed before.
      if (faultKind(error) === 'full') return false;
      throw error;
    }
  }

  #tell(operation: string, error: unknown): void {
    this.#parts.events.emit('storeError', { store: this.#parts.name, operation, error });
  }
}

function readEpoch(db: Database): string {
  db.refresh();
  const present = db.get(EPOCH_KEY);
  if (present !== undefined) return present.toString();
  return db.transact(roomToWrite(0), () => {
    const meanwhile = db.get(EPOCH_KEY);
    if (meanwhile !== undefined) return meanwhile.toString();
    const epoch = randomUUID();
    db.put(EPOCH_KEY, Buffer.from(epoch));
    return epoch;
  });
}
