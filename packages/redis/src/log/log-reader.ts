import type { KeySpace } from '../connection/key-space.js';
import type { ServerTime } from '../connection/server-time.js';
import type { Wire } from '../connection/wire.js';
import type { KnownLog } from './known-log.js';
import { NotJoinedError } from './log-errors.js';
import type { RestartReason } from './log-listeners.js';
import { readLogState } from './read-log-state.js';
import { readRow } from './record-text.js';

/** Records that are read at a time. */
const PAGE = 1000;

/** More often than this a log that changes under the hand is not read for one place in it. */
const MAX_TRIES = 5;

/** What {@link LogReader} stands on. */
export interface LogReaderParts {
  readonly wire: Wire;
  readonly keys: KeySpace;
  readonly time: ServerTime;
  readonly known: KnownLog;
}

/** Brings what is known here up to what stands in Redis: record by record where none is missing, from the markers where some are. */
export class LogReader {
  readonly #parts: LogReaderParts;
  #reloading: Promise<void> | undefined;
  #catching: Promise<void> | undefined;

  constructor(parts: LogReaderParts) {
    this.#parts = parts;
  }

  /** Whether everything up to a place was told here. */
  hasReached(epoch: string | undefined, seq: number): boolean {
    const { known } = this.#parts;
    return epoch === known.epoch && seq <= known.base && this.#reloading === undefined;
  }

  /**
   * Resolves when everything up to a place was told here.
   * @throws NotJoinedError where that cannot be, or what the connection says
   */
  async reach(epoch: string, seq: number): Promise<void> {
    const { known } = this.#parts;
    for (let tries = 0; tries < MAX_TRIES; tries++) {
      if (this.#reloading !== undefined) await this.#reloading;
      else if (epoch !== known.epoch) await this.reload('epoch');
      else if (seq > known.base) await this.catchUp(seq);
      else return;
      // A log that began anew since has another epoch again; what it says is newer.
      if (epoch !== known.epoch && tries > 0) return;
    }
    if (epoch === known.epoch && seq > known.base) throw new NotJoinedError();
  }

  /** Reads the records up to a place, and those behind it that are there. */
  catchUp(seq: number): Promise<void> {
    this.#catching ??= this.#catchUpNow(seq).finally(() => (this.#catching = undefined));
    return this.#catching;
  }

  /** Takes in rows of the stream, in their order; reads everything anew where some are missing. */
  async take(rows: readonly unknown[]): Promise<void> {
    const { known, time } = this.#parts;
    for (const row of rows) {
      if (this.#reloading !== undefined) return this.#reloading;
      const record = readRow(row, time.shiftMs);
      if (record.seq <= known.base) continue;
      if (record.seq > known.base + 1) return this.reload('gap');
      known.follow(record);
    }
  }

  /** Reads the markers, and tells listeners what is known now; once for all who ask meanwhile. */
  reload(reason: RestartReason): Promise<void> {
    this.#reloading ??= this.#reloadNow(reason).finally(() => (this.#reloading = undefined));
    return this.#reloading;
  }

  async #catchUpNow(seq: number): Promise<void> {
    const { wire, keys, known } = this.#parts;
    for (;;) {
      const from = known.base;
      const rows = (await wire.send('XRANGE', keys.stream, `${from + 1}-0`, '+', 'COUNT', PAGE)) as unknown[];
      if (rows.length > 0) await this.take(rows);
      if (rows.length === PAGE) continue;
      if (rows.length === 0 && seq > from && seq > known.base) await this.reload('gap');
      return;
    }
  }

  async #reloadNow(reason: RestartReason): Promise<void> {
    const { wire, keys, time, known } = this.#parts;
    known.replace(await readLogState(wire, keys, time.shiftMs), reason);
  }
}
