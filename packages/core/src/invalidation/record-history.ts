import type { LogRecord } from './invalidation-log.js';

/** How many records are kept. */
const CAPACITY = 1000;

/** The newest records of an invalidation log, for the audit. */
export class RecordHistory {
  readonly #records: LogRecord[] = [];

  /** Keeps a record, unless it only says that a value was set. */
  add(record: LogRecord): void {
    if (record.isSet === true) return;
    this.#records.push(record);
    // Half of them at a time: to move all with every record would cost more than the room.
    if (this.#records.length > 2 * CAPACITY) this.#records.splice(0, CAPACITY);
  }

  /** The newest records, newest first: as many as asked for, but no more than 1000. */
  recent(limit: number): readonly LogRecord[] {
    const count = Math.min(Math.max(0, limit), CAPACITY, this.#records.length);
    return this.#records.slice(this.#records.length - count).reverse();
  }
}
