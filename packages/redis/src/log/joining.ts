import type { Timer, TierUser } from '@cachewarp/core';
import { randomUUID } from 'node:crypto';
import type { KeySpace } from '../connection/key-space.js';
import { JOIN } from '../connection/scripts.js';
import type { ServerTime } from '../connection/server-time.js';
import type { Wire } from '../connection/wire.js';
import type { Delivery } from './delivery.js';
import type { KnownLog } from './known-log.js';
import { NotJoinedError, RefusedError } from './log-errors.js';
import type { LogFaults } from './log-faults.js';
import type { LogReader } from './log-reader.js';
import { LOG_TTL_MS } from './log-ttl.js';
import { newGeneration } from './new-generation.js';

/** Room that is held for times when Redis is out of memory. */
const RESERVE_BYTES = 32 * 1024;

/** Between tries to join: this, doubled with every failure up to {@link MAX_RETRY_MS}. */
const FIRST_RETRY_MS = 50;
const MAX_RETRY_MS = 2_000;

/** What {@link Joining} stands on. */
export interface JoiningParts {
  readonly wire: Wire;
  readonly keys: KeySpace;
  readonly user: TierUser;
  readonly time: ServerTime;
  readonly known: KnownLog;
  readonly reader: LogReader;
  readonly delivery: Delivery;
  readonly faults: LogFaults;
  readonly onJoined: () => void;
}

/**
 * Joins the log on every connection anew: begins it where it must, delivers what waits, and catches up. Until that is done, nothing that
 * the connection says of the tier is to be believed.
 */
export class Joining {
  readonly #parts: JoiningParts;
  #session = 0;
  #isJoined = false;
  #isFirst = true;
  #isClosed = false;
  #isToldOfServer = false;
  #isReloadDue = false;
  #failures = 0;
  #joining: Promise<void> | undefined;
  #retry: Timer | undefined;
  readonly #arrivals: (() => void)[] = [];

  constructor(parts: JoiningParts) {
    this.#parts = parts;
  }

  /** Counts connections, and doubts about them: what was asked for in another session may come from another server. */
  get session(): number {
    return this.#session;
  }

  get isJoined(): boolean {
    return this.#isJoined;
  }

  /** Whether joining is under way, and not because of something that went wrong before. */
  get isExpected(): boolean {
    return !this.#isClosed && !this.#parts.delivery.isPending && (this.#isFirst || this.#joining !== undefined);
  }

  /**
   * Resolves when this process has joined, where that is to be expected in a moment. Whoever has joined need not ask.
   * @throws NotJoinedError where it has not
   */
  async arrival(): Promise<void> {
    // Failing at once would make a process that has just started look as if Redis were away.
    if (this.isExpected) await new Promise<void>((resolve) => this.#arrivals.push(resolve));
    if (!this.#isJoined) throw new NotJoinedError();
  }

  /** A connection is there, perhaps to another server: what it says counts once this process has joined on it. */
  connected(): void {
    this.#leave();
    this.#retry?.cancel();
    this.#failures = 0;
    this.#join();
  }

  /** There is no connection. */
  disconnected(): void {
    this.#leave();
    this.#arrive();
  }

  /** What is known is in doubt: nothing is read before it was asked anew. */
  doubt(): void {
    this.#leave();
    this.#join();
  }

  /** Begins the log anew on a connection where that is needed, and tells what it is. */
  enter(wire: Wire, refused = ''): Promise<unknown> {
    const { log, marks, stream, reserve } = this.#parts.keys;
    const candidates = [randomUUID(), newGeneration()];
    return wire.run(JOIN, [log, marks, stream, reserve], [...candidates, LOG_TTL_MS, refused, RESERVE_BYTES]);
  }

  /** Somebody does not know yet what the log knew before: it is read when this process joins. */
  reloadThen(): void {
    this.#isReloadDue = true;
  }

  close(): void {
    this.#isClosed = true;
    this.#leave();
    this.#retry?.cancel();
    this.#arrive();
  }

  #leave(): void {
    this.#session++;
    this.#isJoined = false;
  }

  /** Lets those go on who waited for joining, however it went. */
  #arrive(): void {
    this.#isFirst = false;
    for (const arrive of this.#arrivals.splice(0)) arrive();
  }

  #join(): void {
    if (this.#joining !== undefined || this.#isClosed || !this.#parts.wire.isReady) return;
    this.#retry?.cancel();
    const session = this.#session;
    this.#joining = this.#joinNow().then(
      () => this.#succeeded(session),
      (error: unknown) => this.#failed(session, error),
    );
  }

  #succeeded(session: number): void {
    const { known, delivery, faults, onJoined } = this.#parts;
    this.#joining = undefined;
    const isCurrent = session === this.#session && !delivery.isPending && !known.isAlone;
    if (!isCurrent) return this.#join();
    this.#failures = 0;
    faults.forget();
    this.#isJoined = true;
    onJoined();
    this.#arrive();
  }

  #failed(session: number, error: unknown): void {
    const { wire, faults, user } = this.#parts;
    this.#joining = undefined;
    if (this.#isClosed) return;
    if (session !== this.#session && wire.isReady) return this.#join();
    this.#arrive();
    faults.tell('join', error);
    const delayMs = Math.min(MAX_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.min(10, this.#failures++));
    this.#retry = user.clock.setTimer(() => this.#join(), delayMs);
  }

  async #joinNow(refused = ''): Promise<void> {
    const { wire, user, time, known, reader, delivery, faults } = this.#parts;
    const sentAt = user.clock.now();
    const reply = (await this.enter(wire, refused)) as (Buffer | null)[];
    const [epoch, seq, , generation, run, seconds, micros] = reply.map((part) => part?.toString('latin1') ?? '');
    time.measured(Number(seconds) * 1000 + Number(micros) / 1000, sentAt, user.clock.now());
    if (run === '' && !this.#isToldOfServer) {
      this.#isToldOfServer = true;
      faults.tell(
        'join',
        new RefusedError('INFO is not permitted: a failover is noticed only where records were lost'),
      );
    }
    if (epoch === known.epoch && Number(seq) < known.base) {
      // The server lost records and does not say that it was begun anew.
      if (refused !== epoch) return this.#joinNow(epoch);
      throw new RefusedError('the log goes back');
    }
    known.generation = generation!;
    const isOther = epoch !== known.epoch;
    if (isOther || this.#isReloadDue) {
      await reader.reload(isOther && known.hasRestarted ? 'epoch' : 'joined');
      this.#isReloadDue = false;
    }
    await delivery.deliver();
    await reader.catchUp(Number(seq));
  }
}
