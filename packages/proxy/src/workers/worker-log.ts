import { RecordHistory, type InvalidationLog, type LogListener, type LogRecord } from '@cachewarp/core';
import type { Channel, FromWorker, ToWorker } from './messages.js';

/**
 * The invalidation log of one worker among several: the order is kept by the process that began them all (see LogKeeper). What is
 * invalidated in any worker, by its admin listener or by a request that changes something, is invalid in all of them when `append`
 * resolves.
 */
export class WorkerLog implements InvalidationLog {
  readonly epoch: string;
  readonly #channel: Channel<FromWorker, ToWorker>;
  readonly #listeners = new Set<LogListener>();
  readonly #appending = new Map<number, (record: LogRecord) => void>();
  readonly #history = new RecordHistory();
  #position: number;
  #lastId = 0;

  constructor(channel: Channel<FromWorker, ToWorker>, start: { epoch: string; position: number }) {
    this.epoch = start.epoch;
    this.#position = start.position;
    this.#channel = channel;
    channel.onMessage((message) => this.#onMessage(message));
  }

  get position(): number {
    return this.#position;
  }

  append(record: Omit<LogRecord, 'seq'>): Promise<LogRecord> {
    const id = ++this.#lastId;
    return new Promise((resolve) => {
      this.#appending.set(id, resolve);
      this.#channel.send({ cachewarp: 'append', id, record });
    });
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

  #onMessage(message: ToWorker): void {
    if (message.cachewarp === 'record') this.#apply(message.record);
    else if (message.cachewarp === 'appended') {
      this.#appending.get(message.id)?.(message.record);
      this.#appending.delete(message.id);
    }
  }

  #apply(record: LogRecord): void {
    this.#position = record.seq;
    this.#history.add(record);
    for (const listener of this.#listeners) listener.onRecord(record);
    this.#channel.send({ cachewarp: 'applied', seq: record.seq });
  }
}
