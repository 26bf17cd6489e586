import type { InvalidationLog, LogListener, LogRecord, LogState, Timer, TierUser } from '@cachewarp/core';
import { randomBytes, randomUUID } from 'node:crypto';
import type { KeySpace } from '../connection/key-space.js';
import type { RedisSettings } from '../connection/redis-options.js';
import { APPEND, JOIN, WHERE } from '../connection/scripts.js';
import type { ServerTime } from '../connection/server-time.js';
import { scriptCommand, type Command, type Wire } from '../connection/wire.js';
import { NotJoinedError, RefusedError } from './log-errors.js';
import { markerField, readRow, writeRecord } from './record-text.js';
import { readLogState } from './read-log-state.js';
import { SilenceWatch } from './silence-watch.js';
import { Undelivered, type Outgoing } from './undelivered.js';

/** Begins the epoch of a process that has no log in common with others. */
const ALONE = 'alone-';

/** How many records the audit keeps. */
const HISTORY = 1000;

/** Parts of one between two whole places. */
const PROVISIONAL_STEPS = 2 ** 20;

/** Keys of the log last for this long after the last sign of life of any process that uses it, in ms. */
const TTL_MS = 7 * 24 * 3_600_000;

/** Room that is held for times when Redis is out of memory. */
const RESERVE_BYTES = 32 * 1024;

/** Records, and fields of the hash, that are read at a time. */
const PAGE = 1000;

/** Targets of one record in Redis; an invalidation of more is several records. */
const MAX_TARGETS_A_RECORD = 1000;

/** Between tries to join: this, doubled with every failure up to {@link MAX_RETRY_MS}. */
const FIRST_RETRY_MS = 50;
const MAX_RETRY_MS = 2_000;

/** What the log stands on. */
export interface RedisLogParts {
  readonly wire: Wire;
  readonly keys: KeySpace;
  readonly settings: RedisSettings;
  readonly user: TierUser;
  readonly time: ServerTime;
}

/** What a read has to wait for: taken when it begins. */
export interface Permit {
  /** Which of the connections was joined: an answer that comes after another was made is not to be believed. */
  readonly session: number;
  readonly epoch: string;
  readonly base: number;
}

/**
 * The invalidation log of a cache in Redis: a counter, the markers and a stream of the newest records, in one slot.
 *
 * What makes it hold:
 * - An `epoch` names the log. It begins anew when the log was lost (flushed, evicted), and when another server answers than the one that
 *   wrote it (`run_id`: a restart, a failover), because that one may have lost records. Everything from before is invalid then.
 * - Nothing is read from the tier before this process has joined on the very connection that is read from: begun anew where it must,
 *   delivered what waits, and caught up.
 * - Every read asks for the place of the log with the values, and is answered when that place was reached here.
 * - A record that Redis did not confirm counts here at once, in a provisional place, and waits.
 */
export class RedisLog implements InvalidationLog {
  readonly isShared = true;
  readonly #parts: RedisLogParts;
  readonly #undelivered: Undelivered;
  readonly #listeners = new Set<LogListener>();
  readonly #history: LogRecord[] = [];
  #epoch = ALONE + randomUUID();
  #generation = '';
  #base = 0;
  #provisional = 0;
  #session = 0;
  #isJoined = false;
  #wasJoined = false;
  #isFirst = true;
  readonly #arrivals: (() => void)[] = [];
  #isToldOfServer = false;
  #isClosed = false;
  #joining: Promise<void> | undefined;
  #reading: Promise<void> | undefined;
  #catching: Promise<void> | undefined;
  #retry: Timer | undefined;
  #failures = 0;
  readonly #watch: SilenceWatch;
  #lastFault = '';

  constructor(parts: RedisLogParts) {
    this.#parts = parts;
    this.#undelivered = new Undelivered(parts.settings.maxUndelivered);
    const { maxSilenceMs } = parts.settings;
    const onChange = (isSilent: boolean): void => this.#silence(isSilent);
    this.#watch = new SilenceWatch({ clock: parts.user.clock, maxSilenceMs, onChange });
  }

  get epoch(): string {
    return this.#epoch;
  }

  get position(): number {
    return this.#base + this.#provisional / PROVISIONAL_STEPS;
  }

  /** How long the keys of the log last from their last use, in ms. */
  readonly ttlMs = TTL_MS;

  /** Place of the newest record of Redis that is known here. */
  get base(): number {
    return this.#base;
  }

  /** Names what is stored since the log began or was last cleared; what was stored under another name is not there any more. */
  get generation(): string {
    return this.#generation;
  }

  get isJoined(): boolean {
    return this.#isJoined;
  }

  get isSilent(): boolean {
    return this.#watch.isSilent;
  }

  // ---- the contract

  async append(record: Omit<LogRecord, 'seq'>): Promise<LogRecord> {
    const { markers } = record;
    let placed: LogRecord | undefined;
    for (let from = 0; from < markers.length; from += MAX_TARGETS_A_RECORD) {
      placed = await this.#appendOne({ ...record, markers: markers.slice(from, from + MAX_TARGETS_A_RECORD) });
    }
    return placed === undefined ? this.#appendOne(record) : { ...placed, markers };
  }

  subscribe(listener: LogListener): () => void {
    this.#listeners.add(listener);
    if (this.#isJoined) {
      // It may take what it is told from here on; what went before is read for it.
      const state = { epoch: this.#epoch, position: this.position, floor: this.position, markers: [] };
      listener.onRestart?.(state, 'joined');
      void this.reload('joined').catch((error: unknown) => this.fault('log', error));
    }
    if (this.#watch.isSilent) listener.onSilence?.(true, this.#parts.settings.maxSilenceMs);
    return () => this.#listeners.delete(listener);
  }

  recent(limit: number): readonly LogRecord[] {
    return this.#history.slice(-Math.min(limit, HISTORY)).reverse();
  }

  /** Tries a last time to deliver what waits. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    if (this.#isJoined && this.#undelivered.size > 0) await this.#deliver().catch(ignore);
    this.#isClosed = true;
    this.#isJoined = false;
    this.#session++;
    this.#retry?.cancel();
    this.#watch.close();
    this.#arrive();
    this.#listeners.clear();
  }

  // ---- joining

  /**
   * Resolves when this process has joined: at once; or in a moment, where that is to be expected.
   * @throws NotJoinedError where it is not
   */
  async admit(): Promise<Permit> {
    // Failing at once would make a process that has just started look as if Redis were away.
    if (!this.#isJoined && this.#isExpected) await new Promise<void>((resolve) => this.#arrivals.push(resolve));
    if (!this.#isJoined) throw new NotJoinedError();
    return { session: this.#session, epoch: this.#epoch, base: this.#base };
  }

  /** Whether joining is under way, and not because of something that went wrong before. */
  get #isExpected(): boolean {
    return !this.#isClosed && this.#undelivered.size === 0 && (this.#isFirst || this.#joining !== undefined);
  }

  /** Lets those go on who waited for joining, however it went. */
  #arrive(): void {
    this.#isFirst = false;
    for (const arrive of this.#arrivals.splice(0)) arrive();
  }

  /** A connection is there, perhaps to another server: what it says counts once this process has joined on it. */
  connected(): void {
    this.#session++;
    this.#isJoined = false;
    this.#retry?.cancel();
    this.#failures = 0;
    this.#join();
  }

  /** There is no connection. */
  disconnected(): void {
    this.#session++;
    this.#isJoined = false;
    this.#arrive();
  }

  /** What is known is in doubt: nothing is read before it was asked anew. */
  doubt(): void {
    this.#session++;
    this.#isJoined = false;
    this.#join();
  }

  #join(): void {
    if (this.#joining !== undefined || this.#isClosed || !this.#parts.wire.isReady) return;
    const session = this.#session;
    const succeeded = (): void => {
      this.#joining = undefined;
      const isCurrent = session === this.#session && this.#undelivered.size === 0 && !this.#isAlone;
      if (!isCurrent) return this.#join();
      this.#failures = 0;
      this.#lastFault = '';
      this.#isJoined = true;
      this.heard();
      this.#arrive();
    };
    const failed = (error: unknown): void => {
      this.#joining = undefined;
      if (this.#isClosed) return;
      if (session !== this.#session && this.#parts.wire.isReady) return this.#join();
      this.#arrive();
      this.fault('join', error);
      const delayMs = Math.min(MAX_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.min(10, this.#failures++));
      this.#retry?.cancel();
      this.#retry = this.#parts.user.clock.setTimer(() => this.#join(), delayMs);
    };
    this.#joining = this.#joinNow().then(succeeded, failed);
  }

  async #joinNow(refused = ''): Promise<void> {
    const { user, time } = this.#parts;
    const sentAt = user.clock.now();
    const reply = (await this.enter(this.#parts.wire, refused)) as (Buffer | null)[];
    const [epoch, seq, , generation, run, seconds, micros] = reply.map((part) => part?.toString('latin1') ?? '');
    time.measured(Number(seconds) * 1000 + Number(micros) / 1000, sentAt, user.clock.now());
    if (run === '' && !this.#isToldOfServer) {
      this.#isToldOfServer = true;
      this.fault('join', new RefusedError('INFO is not permitted: a failover is noticed only where records were lost'));
    }
    if (epoch === this.#epoch && Number(seq) < this.#base) {
      // The server lost records and does not say that it was begun anew.
      if (refused !== epoch) return this.#joinNow(epoch);
      throw new RefusedError('the log goes back');
    }
    this.#generation = generation!;
    if (epoch !== this.#epoch) await this.reload(this.#wasJoined ? 'epoch' : 'joined');
    await this.#deliver();
    await this.#catchUp(Number(seq));
  }

  /** Begins the log anew on a connection where that is needed, and tells what it is. */
  enter(wire: Wire, refused = ''): Promise<unknown> {
    const { log, marks, stream, reserve } = this.#parts.keys;
    const candidates = [randomUUID(), newGeneration()];
    return wire.run(JOIN, [log, marks, stream, reserve], [...candidates, TTL_MS, refused, RESERVE_BYTES]);
  }

  // ---- appending

  async #appendOne(record: Omit<LogRecord, 'seq'>): Promise<LogRecord> {
    const outgoing: Outgoing = { record, token: randomUUID(), wasSent: false };
    if (!this.#isJoined && !this.#isExpected) return this.#provide(outgoing);
    try {
      if (!this.#isJoined) await this.#inTime(this.admit());
      const { epoch, seq } = await this.#inTime(this.#send(outgoing));
      await this.#inTime(this.#reach(epoch, seq));
      return { ...record, seq };
    } catch (error) {
      this.fault('append', error);
      const placed = this.#provide(outgoing);
      this.doubt();
      return placed;
    }
  }

  async #send(outgoing: Outgoing): Promise<{ epoch: string; seq: number }> {
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
        TTL_MS,
        ...record.markers.map(markerField),
      ],
    );
    const [word, epoch, seq] = (reply as Buffer[]).map(String);
    if (word !== 'done') throw new RefusedError(word === 'lost' ? 'the log is gone' : `the log was removed: ${epoch}`);
    return { epoch: epoch!, seq: Number(seq) };
  }

  /** Lets a record count here at once, and keeps it for Redis. */
  #provide(outgoing: Outgoing): LogRecord {
    if (this.#provisional >= PROVISIONAL_STEPS - 1) this.#goAlone();
    this.#provisional++;
    const placed: LogRecord = { ...outgoing.record, seq: this.position };
    if (!this.#isClosed) {
      this.#undelivered.add(outgoing);
      this.#parts.user.events.emit('undelivered', { store: 'redis', waiting: this.#undelivered.size });
    }
    this.#tell(placed);
    return placed;
  }

  async #deliver(): Promise<void> {
    let outgoing = this.#undelivered.first;
    if (outgoing === undefined) return;
    for (; outgoing !== undefined; outgoing = this.#undelivered.first) {
      await this.#send(outgoing);
      this.#undelivered.delivered(outgoing);
    }
    this.#parts.user.events.emit('undelivered', { store: 'redis', waiting: 0 });
  }

  async #inTime<T>(promise: Promise<T>): Promise<T> {
    let timer: Timer | undefined;
    const { clock } = this.#parts.user;
    const { appendTimeoutMs } = this.#parts.settings;
    const bound = new Promise<never>((_, reject) => {
      timer = clock.setTimer(() => reject(new RefusedError(`no answer within ${appendTimeoutMs} ms`)), appendTimeoutMs);
    });
    promise.catch(ignore);
    try {
      return await Promise.race([promise, bound]);
    } finally {
      timer?.cancel();
    }
  }

  // ---- reading

  /** The command that asks where the log is; goes out with every read. */
  whereCommand(): Command {
    const { keys, wire } = this.#parts;
    if (!wire.isCluster) return { name: 'HMGET', args: [keys.log, 'epoch', 'seq', 'gen'] };
    return scriptCommand(WHERE, [keys.log], []);
  }

  /**
   * Resolves when everything has been told here that stood in the log when the read was answered.
   * @param reply - of {@link whereCommand}
   * @returns the generation that what was read has to be of
   * @throws NotJoinedError where that cannot be
   */
  reached(permit: Permit, reply: unknown): string | Promise<string> {
    if (reply instanceof Error) throw reply;
    const [epochBytes, seqBytes, generation] = reply as [Buffer | null, Buffer | null, Buffer | null];
    if (permit.session !== this.#session) throw new NotJoinedError();
    const epoch = epochBytes?.toString('latin1');
    const seq = Number(seqBytes?.toString('latin1'));
    if (epoch === undefined || generation === null || (epoch === permit.epoch && seq < permit.base)) {
      this.doubt();
      throw new NotJoinedError();
    }
    const name = generation.toString('latin1');
    if (epoch === this.#epoch && seq <= this.#base && this.#reading === undefined) {
      this.#generation = name;
      this.heard();
      return name;
    }
    return this.#reach(epoch, seq).then(() => {
      if (permit.session !== this.#session) throw new NotJoinedError();
      this.#generation = name;
      return name;
    });
  }

  async #reach(epoch: string, seq: number): Promise<void> {
    for (let tries = 0; tries < 5; tries++) {
      if (this.#reading !== undefined) await this.#reading;
      else if (epoch !== this.#epoch) await this.reload('epoch');
      else if (seq > this.#base) await this.#catchUp(seq);
      else return;
      // A log that began anew since has another epoch again; what it says is newer.
      if (epoch !== this.#epoch && tries > 0) return;
    }
    if (epoch === this.#epoch && seq > this.#base) throw new NotJoinedError();
  }

  /** Reads the records up to a place, and those behind it that are there. */
  #catchUp(seq: number): Promise<void> {
    this.#catching ??= this.#catchUpNow(seq).finally(() => (this.#catching = undefined));
    return this.#catching;
  }

  async #catchUpNow(seq: number): Promise<void> {
    const { wire, keys } = this.#parts;
    for (;;) {
      const from = this.#base;
      const rows = (await wire.send('XRANGE', keys.stream, `${from + 1}-0`, '+', 'COUNT', PAGE)) as unknown[];
      if (rows.length > 0) await this.take(rows);
      if (rows.length === PAGE) continue;
      if (rows.length === 0 && seq > from && seq > this.#base) await this.reload('gap');
      return;
    }
  }

  /** Takes in rows of the stream, in their order; reads everything anew where some are missing. */
  async take(rows: readonly unknown[]): Promise<void> {
    for (const row of rows) {
      if (this.#reading !== undefined) return this.#reading;
      const record = readRow(row, this.#parts.time.shiftMs);
      if (record.seq <= this.#base) continue;
      if (record.seq > this.#base + 1) return this.reload('gap');
      this.#base = record.seq;
      this.#provisional = 0;
      this.#tell(record);
    }
  }

  /** Reads the markers, and tells listeners what is known now. */
  reload(reason: 'joined' | 'gap' | 'epoch'): Promise<void> {
    this.#reading ??= this.#reloadNow(reason).finally(() => (this.#reading = undefined));
    return this.#reading;
  }

  async #reloadNow(reason: 'joined' | 'gap' | 'epoch'): Promise<void> {
    const { keys, wire, time, user } = this.#parts;
    const { generation, ...state } = await readLogState(wire, keys, time.shiftMs);
    const { epoch, position } = state;
    const isNew = epoch !== this.#epoch;
    // Records are lost, and with them markers that are known here: what is there must not take their place.
    if (!isNew && position < this.#base) throw new RefusedError('the log goes back');
    this.#epoch = epoch;
    this.#generation = generation;
    this.#restart(state, reason);
    if (reason !== 'joined') user.events.emit('logGap', { store: 'redis', reason, position });
  }

  #restart(state: LogState, reason: 'joined' | 'gap' | 'epoch'): void {
    this.#wasJoined = true;
    this.#base = state.position;
    this.#provisional = 0;
    for (const listener of this.#listeners) listener.onRestart?.(state, reason);
    // Redis does not know of what waits for it, and so the state does not either: it counts here all the same.
    for (const { record } of this.#undelivered.all) {
      this.#provisional++;
      const placed = { ...record, seq: this.position };
      for (const listener of this.#listeners) listener.onRecord(placed);
    }
  }

  /** The log is gone, and cannot be begun anew: nothing from before counts. */
  lost(): void {
    if (!this.#isAlone) this.#goAlone();
    if (this.#isJoined) this.doubt();
  }

  get #isAlone(): boolean {
    return this.#epoch.startsWith(ALONE);
  }

  #goAlone(): void {
    this.#epoch = ALONE + randomUUID();
    this.#restart({ epoch: this.#epoch, position: 0, floor: 0, markers: [] }, 'epoch');
    this.#parts.user.events.emit('logGap', { store: 'redis', reason: 'epoch', position: 0 });
  }

  // ---- hearing

  /** Nothing was missing a moment ago. */
  heard(): void {
    this.#watch.heard();
  }

  #silence(isSilent: boolean): void {
    const { user, settings } = this.#parts;
    for (const listener of this.#listeners) listener.onSilence?.(isSilent, settings.maxSilenceMs);
    user.events.emit('logSilence', { store: 'redis', isSilent });
  }

  #tell(record: LogRecord): void {
    if (record.isSet !== true) {
      this.#history.push(record);
      if (this.#history.length > 2 * HISTORY) this.#history.splice(0, HISTORY);
    }
    for (const listener of this.#listeners) listener.onRecord(record);
  }

  /** Tells of a fault, once until something else happens. */
  fault(operation: string, error: unknown): void {
    const message = `${operation}: ${error instanceof Error ? error.message : String(error)}`;
    if (message === this.#lastFault || this.#isClosed) return;
    this.#lastFault = message;
    this.#parts.user.events.emit('storeError', { store: 'redis', operation, error });
  }
}

/** A name for what is stored from now on: 8 characters, as the header of stored values has room for. */
export function newGeneration(): string {
  return randomBytes(6).toString('base64url');
}

function ignore(): void {
  // Told where it is awaited.
}
