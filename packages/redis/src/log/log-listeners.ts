import { RecordHistory, type LogListener, type LogRecord, type LogState } from '@cachewarp/core';

/** Why listeners are told anew what is known. */
export type RestartReason = 'joined' | 'gap' | 'epoch';

/** Who hears the log in this process, and what they heard last. */
export class LogListeners {
  readonly #listeners = new Set<LogListener>();
  readonly #history = new RecordHistory();

  add(listener: LogListener): void {
    this.#listeners.add(listener);
  }

  remove(listener: LogListener): void {
    this.#listeners.delete(listener);
  }

  clear(): void {
    this.#listeners.clear();
  }

  tell(record: LogRecord): void {
    this.#history.add(record);
    this.tellAgain(record);
  }

  /** Tells of a record that they heard before, in its new place. */
  tellAgain(record: LogRecord): void {
    for (const listener of this.#listeners) listener.onRecord(record);
  }

  restart(state: LogState, reason: RestartReason): void {
    for (const listener of this.#listeners) listener.onRestart?.(state, reason);
  }

  silence(isSilent: boolean, toleranceMs: number): void {
    for (const listener of this.#listeners) listener.onSilence?.(isSilent, toleranceMs);
  }

  /** The newest records, newest first. */
  recent(limit: number): readonly LogRecord[] {
    return this.#history.recent(limit);
  }
}
