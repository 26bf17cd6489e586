import type { LogRecord, TierUser } from '@cachewarp/core';
import type { KeySpace } from '../connection/key-space.js';
import type { RedisSettings } from '../connection/redis-options.js';
import { APPEND } from '../connection/scripts.js';
import type { ServerTime } from '../connection/server-time.js';
import type { Wire } from '../connection/wire.js';
import type { KnownLog } from './known-log.js';
import { RefusedError } from './log-errors.js';
import type { LogListeners } from './log-listeners.js';
import { LOG_TTL_MS } from './log-ttl.js';
import { markerField, writeRecord } from './record-text.js';
import type { Outgoing, Undelivered } from './undelivered.js';

/** What {@link Delivery} stands on. */
export interface DeliveryParts {
  readonly wire: Wire;
  readonly keys: KeySpace;
  readonly settings: RedisSettings;
  readonly user: TierUser;
  readonly time: ServerTime;
  readonly known: KnownLog;
  readonly listeners: LogListeners;
  readonly undelivered: Undelivered;
}

/** Brings records into the log in Redis, and keeps those for later that cannot be brought there now. */
export class Delivery {
  readonly #parts: DeliveryParts;
  #isClosed = false;

  constructor(parts: DeliveryParts) {
    this.#parts = parts;
  }

  /** Whether records wait. */
  get isPending(): boolean {
    return this.#parts.undelivered.size > 0;
  }

  /**
   * Appends a record, once however often it is sent.
   * @returns where it stands
   * @throws RefusedError where there is no log to append to, or what the connection says
   */
  async send(outgoing: Outgoing): Promise<{ epoch: string; seq: number }> {
    const { wire, keys, settings, time } = this.#parts;
    const { record, token, wasSent } = outgoing;
    outgoing.wasSent = true;
    const reply = await wire.run(
      APPEND,
      [keys.log, keys.marks, keys.stream, keys.reserve],
      [
        token,
        wasSent ? '1' : '0',
        record.soft ? '1' : '0',
        record.at + time.shiftMs,
        writeRecord(record, time.shiftMs),
        settings.maxMarkers,
        settings.maxRecords,
        Math.ceil(settings.recordAgeMs / 1000),
        LOG_TTL_MS,
        ...record.markers.map(markerField),
      ],
    );
    const [word, epoch, seq] = (reply as Buffer[]).map(String);
    if (word !== 'done') throw new RefusedError(word === 'lost' ? 'the log is gone' : `the log was removed: ${epoch}`);
    return { epoch: epoch!, seq: Number(seq) };
  }

  /** Lets a record count here at once, and keeps it for Redis. */
  postpone(outgoing: Outgoing): LogRecord {
    const { known, listeners, undelivered } = this.#parts;
    const placed = known.place(outgoing.record);
    if (!this.#isClosed) {
      undelivered.add(outgoing);
      this.#tellWaiting();
    }
    listeners.tell(placed);
    return placed;
  }

  /** Delivers what waits, oldest first. @throws as {@link send} */
  async deliver(): Promise<void> {
    const { undelivered } = this.#parts;
    let outgoing = undelivered.first;
    if (outgoing === undefined) return;
    for (; outgoing !== undefined; outgoing = undelivered.first) {
      await this.send(outgoing);
      undelivered.delivered(outgoing);
    }
    this.#tellWaiting();
  }

  /** Nothing is kept for later any more. */
  close(): void {
    this.#isClosed = true;
  }

  #tellWaiting(): void {
    this.#parts.user.events.emit('undelivered', { store: 'redis', waiting: this.#parts.undelivered.size });
  }
}
