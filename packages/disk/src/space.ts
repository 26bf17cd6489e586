import { randomUUID } from 'node:crypto';
import { statSync } from 'node:fs';
import type { EventBus } from '@cachewarp/core';
import { Database, faultKind, faultOfDatabase, moveAside } from './database.js';
import type { EntryTable } from './entry-table.js';
import { EPOCH_KEY } from './layout.js';
import { transact, type Transaction } from './transaction.js';

/** While it cannot be opened, it is tried so often, in ms. */
const RETRY_MS = 1_000;
/** Entries dropped at a time where the medium is full, and how often that is tried for one write. */
const SHRINK_STEP = 16;
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

  /** Does one transaction. Where the medium is full, it is tried again with fewer entries. @throws what is at fault */
  write<T>(work: (transaction: Transaction) => T): T {
    const db = this.#open();
    for (let tries = 0; ; tries++) {
      try {
        return transact(db, work);
      } catch (error) {
        if (faultKind(error) !== 'full' || tries === SHRINK_TRIES || !this.#shrink(db)) throw this.#judge(db, error);
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
    const db = new Database(path, mapBytes);
    try {
      this.#epoch = readEpoch(db);
    } catch (error) {
      // Not waited for: what fails to close is given up.
      db.close(false).catch(() => undefined);
      if (faultKind(error) === 'damaged') this.#beginAnew(String(error));
      throw error;
    }
    return db;
  }

  #judge(db: Database, error: unknown): unknown {
    const kind = faultKind(error);
    if (db !== this.#db || (kind !== 'damaged' && kind !== 'panic')) return error;
    const isOurs = !db.isReplaced();
    this.#abandon(error);
    if (isOurs && kind === 'damaged') this.#beginAnew(error instanceof Error ? error.message : String(error));
    return error;
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

  #shrink(db: Database): boolean {
    try {
      return transact(db, (transaction) => this.#parts.entries.shrink(transaction, SHRINK_STEP)) > 0;
    } catch (error) {
      // Dropping entries needs a few pages, too. That there are none is told by the write that failed before.
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
  return db.transact(() => {
    const meanwhile = db.get(EPOCH_KEY);
    if (meanwhile !== undefined) return meanwhile.toString();
    const epoch = randomUUID();
    db.put(EPOCH_KEY, Buffer.from(epoch));
    return epoch;
  });
}
