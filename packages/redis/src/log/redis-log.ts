import type { InvalidationLog, LogListener, LogRecord, TierUser } from '@cachewarp/core';
import type { KeySpace } from '../connection/key-space.js';
import type { RedisSettings } from '../connection/redis-options.js';
import type { ServerTime } from '../connection/server-time.js';
import type { Command, Wire } from '../connection/wire.js';
import { Admission, type Permit } from './admission.js';
import { Appending } from './appending.js';
import { Delivery } from './delivery.js';
import { inTime } from './in-time.js';
import { Joining } from './joining.js';
import { KnownLog } from './known-log.js';
import { RefusedError } from './log-errors.js';
import { LogFaults } from './log-faults.js';
import { LogListeners, type RestartReason } from './log-listeners.js';
import { LogReader } from './log-reader.js';
import { SilenceWatch } from './silence-watch.js';
import { Undelivered } from './undelivered.js';

/** What the log stands on. */
export interface RedisLogParts {
  readonly wire: Wire;
  readonly keys: KeySpace;
  readonly settings: RedisSettings;
  readonly user: TierUser;
  readonly time: ServerTime;
}

/**
 * The invalidation log of a cache in Redis: a counter, the markers and a stream of the newest records, in one slot.
 *
 * What makes it hold:
 * - An `epoch` names the log. It begins anew when the log was lost (flushed, evicted), and when another server answers than the one that
 *   wrote it (`run_id`: a restart, a failover), because that one may have lost records. Everything from before is invalid then.
 * - Nothing is read from the tier before this process has joined on the very connection that is read from: begun anew where it must,
 *   delivered what waits, and caught up ({@link Joining}).
 * - Every read asks for the place of the log with the values, and is answered when that place was reached here ({@link Admission}).
 * - A record that Redis did not confirm counts here at once, in a provisional place, and waits ({@link Appending}, {@link Delivery}).
 */
export class RedisLog implements InvalidationLog {
  readonly isShared = true;
  readonly #parts: RedisLogParts;
  readonly #listeners = new LogListeners();
  readonly #faults: LogFaults;
  readonly #known: KnownLog;
  readonly #reader: LogReader;
  readonly #delivery: Delivery;
  readonly #joining: Joining;
  readonly #admission: Admission;
  readonly #appending: Appending;
  readonly #watch: SilenceWatch;
  #isClosed = false;

  constructor(parts: RedisLogParts) {
    this.#parts = parts;
    const { settings, user } = parts;
    const undelivered = new Undelivered(settings.maxUndelivered);
    const listeners = this.#listeners;
    const heard = (): void => this.heard();
    const faults = (this.#faults = new LogFaults(user.events));
    const known = (this.#known = new KnownLog({ listeners, undelivered, events: user.events }));
    const reader = (this.#reader = new LogReader({ ...parts, known }));
    const delivery = (this.#delivery = new Delivery({ ...parts, known, listeners, undelivered }));
    const joining = (this.#joining = new Joining({ ...parts, known, reader, delivery, faults, onJoined: heard }));
    this.#admission = new Admission({ ...parts, known, reader, joining, onHeard: heard });
    this.#appending = new Appending({ ...parts, reader, delivery, joining, faults });
    const onChange = (isSilent: boolean): void => this.#silence(isSilent);
    this.#watch = new SilenceWatch({ clock: user.clock, maxSilenceMs: settings.maxSilenceMs, onChange });
  }

  get epoch(): string {
    return this.#known.epoch;
  }

  get position(): number {
    return this.#known.position;
  }

  /** Place of the newest record of Redis that is known here. */
  get base(): number {
    return this.#known.base;
  }

  /** Names what is stored since the log began or was last cleared; what was stored under another name is not there any more. */
  get generation(): string {
    return this.#known.generation;
  }

  get isJoined(): boolean {
    return this.#joining.isJoined;
  }

  append(record: Omit<LogRecord, 'seq'>): Promise<LogRecord> {
    return this.#appending.append(record);
  }

  subscribe(listener: LogListener): () => void {
    this.#listeners.add(listener);
    if (!this.#known.isAlone) {
      // It may take what it is told from here on; what went before is read for it.
      const { epoch, position } = this;
      listener.onRestart?.({ epoch, position, floor: position, markers: [] }, 'joined');
      if (this.isJoined) void this.reload('joined').catch((error: unknown) => this.fault('log', error));
      else this.#joining.reloadThen();
    }
    if (this.#watch.isSilent) listener.onSilence?.(true, this.#parts.settings.maxSilenceMs);
    return () => this.#listeners.remove(listener);
  }

  recent(limit: number): readonly LogRecord[] {
    return this.#listeners.recent(limit);
  }

  /** Tries a last time to deliver what waits, no longer than an invalidation takes at most. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    await this.#deliverLast();
    this.#isClosed = true;
    this.#faults.close();
    this.#delivery.close();
    this.#joining.close();
    this.#watch.close();
    this.#listeners.clear();
  }

  /** As {@link Admission.admit}. */
  admit(): Promise<Permit> {
    return this.#admission.admit();
  }

  /** As {@link Admission.whereCommand}. */
  whereCommand(): Command {
    return this.#admission.whereCommand();
  }

  /** As {@link Admission.reached}. */
  reached(permit: Permit, reply: unknown): string | Promise<string> {
    return this.#admission.reached(permit, reply);
  }

  /** As {@link Joining.connected}. */
  connected(): void {
    this.#joining.connected();
  }

  /** As {@link Joining.disconnected}. */
  disconnected(): void {
    this.#joining.disconnected();
  }

  /** As {@link Joining.doubt}. */
  doubt(): void {
    this.#joining.doubt();
  }

  /** As {@link Joining.enter}. */
  enter(wire: Wire): Promise<unknown> {
    return this.#joining.enter(wire);
  }

  /** As {@link LogReader.take}. */
  take(rows: readonly unknown[]): Promise<void> {
    return this.#reader.take(rows);
  }

  /** As {@link LogReader.reload}. */
  reload(reason: RestartReason): Promise<void> {
    return this.#reader.reload(reason);
  }

  /** The log is gone, and cannot be begun anew: nothing from before counts. */
  lost(): void {
    if (!this.#known.isAlone) this.#known.goAlone();
    if (this.isJoined) this.doubt();
  }

  /** Nothing was missing a moment ago. */
  heard(): void {
    this.#watch.heard();
  }

  /** As {@link LogFaults.tell}. */
  fault(operation: string, error: unknown): void {
    this.#faults.tell(operation, error);
  }

  /** Never rejects: what could not be delivered is told, and is lost to the others. */
  async #deliverLast(): Promise<void> {
    const { wire, user, settings } = this.#parts;
    if (!this.#delivery.isPending || !wire.isReady) return;
    const { appendTimeoutMs } = settings;
    const late = (): Error => new RefusedError(`no answer within ${appendTimeoutMs} ms`);
    try {
      await inTime(user.clock, this.#delivery.deliver(), appendTimeoutMs, late);
    } catch (error) {
      this.fault('close', error);
    }
  }

  #silence(isSilent: boolean): void {
    const { user, settings } = this.#parts;
    this.#listeners.silence(isSilent, settings.maxSilenceMs);
    user.events.emit('logSilence', { store: 'redis', isSilent });
  }
}
