import type { Timer, TierUser } from '@cachewarp/core';
import type { Client } from '../connection/connections.js';
import type { KeySpace } from '../connection/key-space.js';
import type { RedisSettings } from '../connection/redis-options.js';
import type { ServerTime } from '../connection/server-time.js';
import type { Wire } from '../connection/wire.js';
import { inTime } from './in-time.js';
import { LOG_TTL_MS } from './log-ttl.js';
import type { RedisLog } from './redis-log.js';

/** How long an answer may be overdue, in ms. */
const GRACE_MS = 1_000;

/** Between tries after a failure, in ms. */
const RETRY_MS = 100;

/** The clock of Redis is asked for, and the log's keys are made to last, every so many turns. */
const TURNS_BETWEEN_CARE = 40;

/** What the tail stands on. */
export interface LogTailParts {
  readonly log: RedisLog;
  readonly client: Client;
  readonly wire: Wire;
  readonly keys: KeySpace;
  readonly settings: RedisSettings;
  readonly user: TierUser;
  readonly time: ServerTime;
}

/** Waits at the end of the log on a connection of its own, and tells the log what comes. An empty answer proves that nothing is missing. */
export class LogTail {
  readonly #parts: LogTailParts;
  readonly #blockMs: number;
  #isClosed = false;
  #isRunning = false;
  #turns = 0;
  #timer: Timer | undefined;

  constructor(parts: LogTailParts) {
    this.#parts = parts;
    this.#blockMs = Math.max(10, Math.min(500, Math.floor(parts.settings.maxSilenceMs / 4)));
    parts.client.on('ready', () => this.#start());
    if (parts.wire.isReady) this.#start();
  }

  close(): void {
    this.#isClosed = true;
    this.#timer?.cancel();
  }

  #start(): void {
    if (this.#isRunning || this.#isClosed) return;
    this.#isRunning = true;
    void this.#run();
  }

  /** Never rejects. */
  async #run(): Promise<void> {
    const { log, wire, client } = this.#parts;
    try {
      // It may be another server than before, or than the one that is read from.
      await this.#inTime(log.enter(wire), 0);
      while (!this.#isClosed) await this.#turn();
    } catch (error) {
      if (!this.#isClosed) log.fault('tail', error);
    }
    this.#isRunning = false;
    if (this.#isClosed) return;
    this.#timer?.cancel();
    this.#timer = this.#parts.user.clock.setTimer(() => {
      if (client.status === 'ready') this.#start();
    }, RETRY_MS);
  }

  async #turn(): Promise<void> {
    const { log, wire, keys } = this.#parts;
    const { epoch, base } = log;
    const args = ['COUNT', 1000, 'BLOCK', this.#blockMs, 'STREAMS', keys.stream, `${base}-0`];
    // The question is answered after the wait: where nothing came, nothing is missing.
    const replies = wire.sendAll([{ name: 'XREAD', args }, log.whereCommand()]);
    const [reply, where] = await this.#inTime(replies, this.#blockMs);
    for (const one of [reply, where]) if (one instanceof Error) throw one;
    if (epoch === log.epoch) await log.take(rowsOf(reply));
    await this.#judge(where as (Buffer | null)[], base);
    if (this.#turns++ % TURNS_BETWEEN_CARE === 0) await this.#inTime(this.#care(), 0);
  }

  async #judge([epoch, seq]: (Buffer | null)[], base: number): Promise<void> {
    const { log } = this.#parts;
    if (epoch === null || epoch === undefined) return log.lost();
    const isElsewhere = epoch.toString('latin1') !== log.epoch;
    // A place before one that was known has lost records.
    if (isElsewhere || Number(String(seq)) < base) {
      // While it is being joined, that is known already.
      if (log.isJoined) log.doubt();
      return this.#pause();
    }
    // What came since is read in the next turn.
    if (Number(String(seq)) <= log.base && log.isJoined) log.heard();
    else if (!log.isJoined) await this.#pause();
  }

  async #care(): Promise<void> {
    const { keys, wire, time, user } = this.#parts;
    const sentAt = user.clock.now();
    const [seconds, micros] = ((await wire.send('TIME')) as Buffer[]).map(Number);
    time.measured(seconds! * 1000 + micros! / 1000, sentAt, user.clock.now());
    await wire.send('PEXPIRE', keys.log, LOG_TTL_MS);
    for (const name of [keys.marks, keys.stream, keys.reserve]) await wire.send('PEXPIRE', name, LOG_TTL_MS);
  }

  #pause(): Promise<void> {
    return new Promise((resolve) => {
      this.#timer = this.#parts.user.clock.setTimer(resolve, 20);
    });
  }

  /** An answer that does not come means that the connection is dead: it is made anew. */
  #inTime<T>(promise: Promise<T>, extraMs: number): Promise<T> {
    const { client, user } = this.#parts;
    return inTime(user.clock, promise, extraMs + GRACE_MS, () => {
      client.disconnect(true);
      return new Error('the tail of the log was not answered');
    });
  }
}

/** The rows of the one stream that was read: RESP2 says [[name, rows]], RESP3 a map, which comes as [name, rows]. */
function rowsOf(reply: unknown): readonly unknown[] {
  if (!Array.isArray(reply)) return [];
  const [first, second] = reply as unknown[];
  return (Array.isArray(first) ? first[1] : second) as unknown[];
}
