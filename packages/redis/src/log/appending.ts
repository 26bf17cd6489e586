import type { LogRecord, TierUser } from '@cachewarp/core';
import { randomUUID } from 'node:crypto';
import type { RedisSettings } from '../connection/redis-options.js';
import type { Delivery } from './delivery.js';
import { inTime } from './in-time.js';
import type { Joining } from './joining.js';
import { RefusedError } from './log-errors.js';
import type { LogFaults } from './log-faults.js';
import type { LogReader } from './log-reader.js';
import type { Outgoing } from './undelivered.js';

/** Targets of one record in Redis; an invalidation of more is several records. */
const MAX_TARGETS_A_RECORD = 1000;

/** What {@link Appending} stands on. */
export interface AppendingParts {
  readonly settings: RedisSettings;
  readonly user: TierUser;
  readonly reader: LogReader;
  readonly delivery: Delivery;
  readonly joining: Joining;
  readonly faults: LogFaults;
}

/** Appends records: in Redis where it confirms them in time, else here for now. */
export class Appending {
  readonly #parts: AppendingParts;

  constructor(parts: AppendingParts) {
    this.#parts = parts;
  }

  /** Never rejects. */
  async append(record: Omit<LogRecord, 'seq'>): Promise<LogRecord> {
    const { markers } = record;
    let placed: LogRecord | undefined;
    for (let from = 0; from < markers.length; from += MAX_TARGETS_A_RECORD) {
      placed = await this.#appendOne({ ...record, markers: markers.slice(from, from + MAX_TARGETS_A_RECORD) });
    }
    return placed === undefined ? this.#appendOne(record) : { ...placed, markers };
  }

  async #appendOne(record: Omit<LogRecord, 'seq'>): Promise<LogRecord> {
    const { joining, delivery, reader, faults } = this.#parts;
    const outgoing: Outgoing = { record, token: randomUUID(), wasSent: false };
    if (!joining.isJoined && !joining.isExpected) return delivery.postpone(outgoing);
    try {
      if (!joining.isJoined) await this.#inTime(joining.arrival());
      const { epoch, seq } = await this.#inTime(delivery.send(outgoing));
      await this.#inTime(reader.reach(epoch, seq));
      return { ...record, seq };
    } catch (error) {
      faults.tell('append', error);
      const placed = delivery.postpone(outgoing);
      joining.doubt();
      return placed;
    }
  }

  #inTime<T>(promise: Promise<T>): Promise<T> {
    const { user, settings } = this.#parts;
    const { appendTimeoutMs } = settings;
    return inTime(
      user.clock,
      promise,
      appendTimeoutMs,
      () => new RefusedError(`no answer within ${appendTimeoutMs} ms`),
    );
  }
}
