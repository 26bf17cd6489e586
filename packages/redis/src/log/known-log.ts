import type { EventBus, LogRecord, LogState } from '@cachewarp/core';
import { randomUUID } from 'node:crypto';
import { RefusedError } from './log-errors.js';
import type { LogListeners, RestartReason } from './log-listeners.js';
import type { StoredLogState } from './read-log-state.js';
import type { Undelivered } from './undelivered.js';

/** Begins the epoch of a process that has no log in common with others. */
const ALONE = 'alone-';

/** Parts of one between two whole places. */
const PROVISIONAL_STEPS = 2 ** 20;

/** What {@link KnownLog} stands on. */
export interface KnownLogParts {
  readonly listeners: LogListeners;
  readonly undelivered: Undelivered;
  readonly events: EventBus;
}

/**
 * What this process knows of the log: its epoch, the generation of what is stored, and the place up to which listeners were told. Begins
 * alone, under an epoch that no other process has.
 */
export class KnownLog {
  readonly #parts: KnownLogParts;
  #epoch = ALONE + randomUUID();
  #base = 0;
  #provisional = 0;
  #hasRestarted = false;

  /** Names what is stored since the log began or was last cleared; what was stored under another name is not there any more. */
  generation = '';

  constructor(parts: KnownLogParts) {
    this.#parts = parts;
  }

  get epoch(): string {
    return this.#epoch;
  }

  /** Place of the newest record of Redis that listeners were told of. */
  get base(): number {
    return this.#base;
  }

  /** Of the newest record at all: a fraction where Redis has not confirmed it. */
  get position(): number {
    return this.#base + this.#provisional / PROVISIONAL_STEPS;
  }

  /** Whether there is no log in common with others. */
  get isAlone(): boolean {
    return this.#epoch.startsWith(ALONE);
  }

  /** Whether listeners were told of a state before: the next one replaces it. */
  get hasRestarted(): boolean {
    return this.#hasRestarted;
  }

  /** The next record of Redis. */
  follow(record: LogRecord): void {
    this.#base = record.seq;
    this.#provisional = 0;
    this.#parts.listeners.tell(record);
  }

  /** Gives a place to a record that Redis has not confirmed, behind everything that is known. */
  place(record: Omit<LogRecord, 'seq'>): LogRecord {
    if (this.#provisional >= PROVISIONAL_STEPS - 1) this.goAlone();
    this.#provisional++;
    return { ...record, seq: this.position };
  }

  /**
   * Takes what Redis knows for what is known.
   * @throws RefusedError where Redis knows less: it must not take the place of markers that are known here
   */
  replace({ generation, ...state }: StoredLogState, reason: RestartReason): void {
    if (state.epoch === this.#epoch && state.position < this.#base) throw new RefusedError('the log goes back');
    this.generation = generation;
    this.#restart(state, reason);
    if (reason !== 'joined') this.#tellGap(reason);
  }

  /** The log is gone: nothing from before counts. */
  goAlone(): void {
    this.#restart({ epoch: ALONE + randomUUID(), position: 0, floor: 0, markers: [] }, 'epoch');
    this.#tellGap('epoch');
  }

  #restart(state: LogState, reason: RestartReason): void {
    const { listeners, undelivered } = this.#parts;
    this.#epoch = state.epoch;
    this.#hasRestarted = true;
    this.#base = state.position;
    this.#provisional = 0;
    listeners.restart(state, reason);
    // Redis does not know of what waits for it, and so the state does not either: it counts here all the same.
    for (const { record } of undelivered.all) {
      this.#provisional++;
      listeners.tellAgain({ ...record, seq: this.position });
    }
  }

  #tellGap(reason: 'gap' | 'epoch'): void {
    this.#parts.events.emit('logGap', { store: 'redis', reason, position: this.#base });
  }
}
