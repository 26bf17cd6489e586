import type { EventBus } from '@cachewarp/core';

/** Tells of what goes wrong with the log: of the same fault once, until something else happens. */
export class LogFaults {
  readonly #events: EventBus;
  #last = '';
  #isClosed = false;

  constructor(events: EventBus) {
    this.#events = events;
  }

  tell(operation: string, error: unknown): void {
    const message = `${operation}: ${error instanceof Error ? error.message : String(error)}`;
    if (message === this.#last || this.#isClosed) return;
    this.#last = message;
    this.#events.emit('storeError', { store: 'redis', operation, error });
  }

  /** All is well again: the next fault is news. */
  forget(): void {
    this.#last = '';
  }

  /** Whatever fails from here on fails because of the end. */
  close(): void {
    this.#isClosed = true;
  }
}
