import { randomUUID } from 'node:crypto';
import type { LogRecord } from '@cachewarp/core';
import type { ToWorker } from './messages.js';

/** A worker, as the keeper of the log knows it. */
export interface LogMember {
  send(message: ToWorker): void;
}

/** A record that not every worker has applied yet. */
interface Unsettled {
  readonly record: LogRecord;
  readonly author: LogMember;
  readonly id: number;
  readonly missing: Set<LogMember>;
  readonly timer: NodeJS.Timeout;
}

/** How long a worker may take to apply a record before it counts as hung. */
const LATE_MS = 10_000;

/**
 * Keeps the one order of invalidations for workers that share nothing but the process that began them. A record gets its place here, goes
 * to every worker, and is settled when all have applied it: only then does whoever raised it hear so, and nobody serves the old value
 * any more.
 */
export class LogKeeper {
  readonly epoch = randomUUID();
  #position = 0;
  readonly #onLate: (member: LogMember) => void;
  readonly #lateMs: number;
  readonly #members = new Set<LogMember>();
  readonly #unsettled = new Map<number, Unsettled>();

  /**
   * @param onLate - called with a worker that has not applied a record after `lateMs`, and could serve what it invalidates when it goes on: it
   * has to go, so that the record can be settled
   */
  constructor(onLate: (member: LogMember) => void = () => undefined, lateMs = LATE_MS) {
    this.#onLate = onLate;
    this.#lateMs = lateMs;
  }

  /** Takes a worker in, which is told of every record from here on, and where the log stands. */
  join(member: LogMember, { pseudonym, reloaded }: { pseudonym: string; reloaded: unknown }): void {
    this.#members.add(member);
    member.send({ cachewarp: 'welcome', epoch: this.epoch, position: this.#position, pseudonym, reloaded });
  }

  /** A worker is gone: nobody waits for it any more. */
  leave(member: LogMember): void {
    this.#members.delete(member);
    for (const { record } of [...this.#unsettled.values()]) this.applied(member, record.seq);
  }

  append(author: LogMember, id: number, draft: Omit<LogRecord, 'seq'>): void {
    const record: LogRecord = { ...draft, seq: ++this.#position };
    const missing = new Set(this.#members);
    const timer = setTimeout(() => {
      for (const member of missing) this.#onLate(member);
    }, this.#lateMs).unref();
    this.#unsettled.set(record.seq, { record, author, id, missing, timer });
    for (const member of this.#members) member.send({ cachewarp: 'record', record });
    this.#settle(record.seq);
  }

  applied(member: LogMember, seq: number): void {
    this.#unsettled.get(seq)?.missing.delete(member);
    this.#settle(seq);
  }

  #settle(seq: number): void {
    const unsettled = this.#unsettled.get(seq);
    if (unsettled === undefined || unsettled.missing.size > 0) return;
    this.#unsettled.delete(seq);
    clearTimeout(unsettled.timer);
    const { author, id, record } = unsettled;
    if (this.#members.has(author)) author.send({ cachewarp: 'appended', id, record });
  }
}
