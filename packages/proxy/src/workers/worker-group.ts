import cluster, { type Worker } from 'node:cluster';
import type { AddressInfo } from 'node:net';
import type { AdminQuestion } from '@cachewarp/admin';
import { ProxyStartError, startError } from '../base/proxy-errors.js';
import { ConnectionDealer, type Taker } from './connection-dealer.js';
import { LogKeeper, type LogMember } from './log-keeper.js';
import { isOurs, type FromWorker, type ToWorker } from './messages.js';

/** What a group is begun with. Times in ms. */
export interface WorkerGroupOptions {
  readonly count: number;
  readonly port: number;
  readonly host: string | undefined;
  /** Under which all of them write Via, so that a request that comes round is noticed by whichever gets it. */
  readonly pseudonym: string;
  /** How long workers get to answer what was asked, when the group drains. */
  readonly drainTimeoutMs: number;
}

interface Member extends LogMember, Taker {
  readonly worker: Worker;
  readonly beganAt: number;
  isReady: boolean;
}

/** Answers of all workers, on their way. */
interface Gathering {
  readonly asker: Member;
  readonly askersId: number;
  readonly missing: Set<Member>;
  readonly answers: unknown[];
  readonly timer: NodeJS.Timeout;
}

type Reloaded = Extract<FromWorker, { cachewarp: 'reloaded' }>;

/** A worker that ends sooner than this is not replaced at once, the slower the more often it happens. */
const SHORT_LIFE_MS = 5_000;
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 10_000;

/** How long the answer of a worker that is busy is waited for. */
const GATHER_MS = 2_000;

/** How long a worker may take to take other options. */
const RELOAD_MS = 10_000;

/** What a worker may take beyond its time to end. */
const GRACE_MS = 2_000;

/**
 * The workers of a proxy, as the process sees them that began them. It serves nothing itself: it passes invalidations on, adds metrics
 * up, and puts a new worker in the place of one that ended without being told to.
 */
export class WorkerGroup {
  readonly #options: WorkerGroupOptions;
  readonly #dealer = new ConnectionDealer();
  /** A worker whose event loop hangs would hold up every invalidation, and serve what was invalidated when it goes on. */
  readonly #keeper = new LogKeeper((member) => (member as Member).worker.process.kill('SIGKILL'));
  readonly #members = new Set<Member>();
  readonly #gatherings = new Map<number, Gathering>();
  readonly #pauses = new Set<NodeJS.Timeout>();
  readonly #reloads = new Map<number, (answer: Reloaded) => void>();
  /** The options that were sent round last, for workers that come later; null before that. */
  #reloaded: unknown = null;
  #lastGathering = 0;
  #lastReload = 0;
  #shortLives = 0;
  #isEnding = false;
  #adminUrl: string | undefined;
  #onReady: (() => void) | undefined;
  #onFailed: ((error: ProxyStartError) => void) | undefined;

  constructor(options: WorkerGroupOptions) {
    this.#options = options;
  }

  /** Process ids of the workers that are there. */
  get pids(): readonly number[] {
    return [...this.#members].map(({ worker }) => worker.process.pid!).filter((pid) => pid !== undefined);
  }

  /** Where clients are accepted. */
  get address(): AddressInfo {
    return this.#dealer.address;
  }

  /** Where the admin API answers; undefined where there is none. */
  get adminUrl(): string | undefined {
    return this.#adminUrl;
  }

  /**
   * Listens, begins the workers, and resolves when all of them serve.
   *
   * @throws ProxyStartError, rejected, when the port is taken, or with the first worker's reason; then none of them is left
   */
  async start(): Promise<void> {
    const { port, host, count } = this.#options;
    await this.#dealer.listen(port, host).catch((error: unknown) => {
      throw startError(error as NodeJS.ErrnoException, port, host);
    });
    const started = new Promise<void>((resolve, reject) => {
      this.#onReady = resolve;
      this.#onFailed = reject;
    });
    for (let begun = 0; begun < count; begun++) this.#begin();
    try {
      await started;
    } catch (error) {
      await this.end('close');
      throw error;
    } finally {
      this.#onReady = undefined;
      this.#onFailed = undefined;
    }
  }

  /**
   * Gives every worker other options, and those that come in the place of one later.
   *
   * @returns what the workers cannot change without a restart
   * @throws ProxyStartError, rejected, when one of them could not take them
   */
  async reload(data: unknown): Promise<readonly string[]> {
    this.#reloaded = data;
    const answers = await Promise.all([...this.#members].map((member) => this.#reloadMember(member, data)));
    const faulty = answers.find(({ error }) => error !== null);
    if (faulty !== undefined) throw new ProxyStartError('WORKER', `a worker kept its options: ${faulty.error}`);
    return [...new Set(answers.flatMap(({ needRestart }) => needRestart))];
  }

  #reloadMember(member: Member, data: unknown): Promise<Reloaded> {
    const id = ++this.#lastReload;
    return new Promise((resolve) => {
      const settle = (answer: Omit<Reloaded, 'cachewarp' | 'id'>): void => {
        clearTimeout(timer);
        this.#reloads.delete(id);
        resolve({ cachewarp: 'reloaded', id, ...answer });
      };
      const timer = setTimeout(() => settle({ needRestart: [], error: 'it does not answer' }), RELOAD_MS);
      // One that is gone is replaced by one that begins with the new options.
      member.worker.once('exit', () => settle({ needRestart: [], error: null }));
      this.#reloads.set(id, settle);
      member.send({ cachewarp: 'reload', id, data });
    });
  }

  /** Ends all workers, after they have answered what was asked or at once, and resolves when they are gone. */
  async end(how: 'drain' | 'close'): Promise<void> {
    this.#isEnding = true;
    this.#dealer.close();
    for (const pause of this.#pauses) clearTimeout(pause);
    const waitMs = (how === 'drain' ? this.#options.drainTimeoutMs : 0) + GRACE_MS;
    await Promise.all([...this.#members].map((member) => endMember(member, how, waitMs)));
  }

  #begin(): void {
    const worker = cluster.fork();
    const member: Member = {
      worker,
      beganAt: performance.now(),
      isReady: false,
      send: (message: ToWorker) => {
        // A worker that is going has nothing to hear any more; that it goes is seen below.
        if (worker.isConnected()) worker.send(message, () => undefined);
      },
      take: (id, socket) => {
        const message: ToWorker = { cachewarp: 'connection', id };
        // What does not arrive is dealt again when it is seen that the worker is gone.
        if (worker.isConnected()) worker.send(message, socket, { keepOpen: true }, () => undefined);
      },
    };
    this.#members.add(member);
    worker.on('message', (message: unknown) => {
      if (isOurs(message)) this.#onMessage(member, message as FromWorker);
    });
    worker.on('exit', (code, signal) => this.#onExit(member, code, signal));
    // A channel that breaks is a worker that goes, which is seen by its exit.
    worker.on('error', () => undefined);
  }

  #onMessage(member: Member, message: FromWorker): void {
    switch (message.cachewarp) {
      case 'hello':
        return this.#keeper.join(member, { pseudonym: this.#options.pseudonym, reloaded: this.#reloaded });
      case 'ready':
        return this.#ready(member, message);
      case 'reloaded':
        return this.#reloads.get(message.id)?.(message);
      case 'taken':
        return this.#dealer.confirm(message.id);
      case 'failed':
        return this.#onFailed?.(new ProxyStartError(faultOf(message.code), message.message));
      case 'append':
        return this.#keeper.append(member, message.id, message.record);
      case 'applied':
        return this.#keeper.applied(member, message.seq);
      case 'gather':
        return this.#gather(member, message.id, message.question);
      case 'answer':
        return this.#gathered(member, message.id, message.answer);
    }
  }

  #ready(member: Member, message: FromWorker & { cachewarp: 'ready' }): void {
    member.isReady = true;
    this.#adminUrl ??= message.adminUrl ?? undefined;
    this.#dealer.add(member);
    const ready = [...this.#members].filter(({ isReady }) => isReady);
    if (ready.length === this.#options.count) this.#onReady?.();
  }

  #onExit(member: Member, code: number | null, signal: string | null): void {
    this.#members.delete(member);
    this.#dealer.remove(member);
    this.#keeper.leave(member);
    for (const [id, { missing }] of this.#gatherings) if (missing.has(member)) this.#gathered(member, id, undefined);
    if (this.#isEnding) return;
    const how = signal ?? `code ${code}`;
    if (this.#onFailed !== undefined) {
      this.#onFailed(new ProxyStartError('WORKER', `a worker ended before it served (${how})`));
      return;
    }
    process.emitWarning(`worker ${member.worker.process.pid} ended (${how}) and is replaced`, {
      type: 'CacheWarpWarning',
    });
    this.#shortLives = performance.now() - member.beganAt < SHORT_LIFE_MS ? this.#shortLives + 1 : 0;
    const pauseMs = this.#shortLives < 2 ? 0 : Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** this.#shortLives);
    const pause = setTimeout(() => {
      this.#pauses.delete(pause);
      this.#begin();
    }, pauseMs);
    this.#pauses.add(pause);
  }

  #gather(asker: Member, askersId: number, question: AdminQuestion): void {
    const id = ++this.#lastGathering;
    const missing = new Set([...this.#members].filter(({ isReady }) => isReady));
    const timer = setTimeout(() => this.#tell(id), GATHER_MS);
    this.#gatherings.set(id, { asker, askersId, missing, answers: [], timer });
    for (const member of missing) member.send({ cachewarp: 'question', id, question });
    if (missing.size === 0) this.#tell(id);
  }

  #gathered(member: Member, id: number, answer: unknown): void {
    const gathering = this.#gatherings.get(id);
    if (gathering === undefined || !gathering.missing.delete(member)) return;
    // A worker that is gone, or not ready, has nothing to say.
    if (answer !== undefined) gathering.answers.push(answer);
    if (gathering.missing.size === 0) this.#tell(id);
  }

  #tell(id: number): void {
    const { asker, askersId, answers, timer } = this.#gatherings.get(id)!;
    clearTimeout(timer);
    this.#gatherings.delete(id);
    asker.send({ cachewarp: 'gathered', id: askersId, answers });
  }
}

/** Resolves when the worker is gone; one that does not go in time is killed. */
function endMember(member: Member, how: 'drain' | 'close', waitMs: number): Promise<void> {
  const { worker } = member;
  return new Promise((resolve) => {
    if (worker.isDead()) return resolve();
    const timer = setTimeout(() => worker.process.kill('SIGKILL'), Math.min(waitMs, 2 ** 31 - 1));
    worker.once('exit', () => {
      clearTimeout(timer);
      resolve();
    });
    member.send({ cachewarp: how });
  });
}

function faultOf(code: string): 'PORT_IN_USE' | 'LISTEN' | 'TLS' | 'WORKER' {
  const fault = code.replace('ERR_CACHEWARP_', '');
  return fault === 'PORT_IN_USE' || fault === 'LISTEN' || fault === 'TLS' ? fault : 'WORKER';
}
