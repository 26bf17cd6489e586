import { randomUUID } from 'node:crypto';
import type { InvalidationLog, LogListener, LogRecord } from './invalidation-log.js';
import { RecordHistory } from './record-history.js';

/** The log of a cache that lives in one process. It begins anew with the process, under a new epoch. */
export class LocalInvalidationLog implements InvalidationLog {
  readonly epoch = randomUUID();
  #position = 0;
  readonly #history = new RecordHistory();
  readonly #listeners = new Set<LogListener>();

  get position(): number {
    return this.#position;
  }

  append(record: Omit<LogRecord, 'seq'>): LogRecord {
    const placed: LogRecord = { ...record, seq: ++this.#position };
    this.#history.add(placed);
    for (const listener of this.#listeners) listener.onRecord(placed);
    return placed;
  }

  subscribe(listener: LogListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  recent(limit: number): readonly LogRecord[] {
    return this.#history.recent(limit);
  }

  close(): Promise<void> {
    this.#listeners.clear();
    return Promise.resolve();
  }
}
