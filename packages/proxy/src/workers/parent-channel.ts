import { Socket } from 'node:net';
import type { AdminPeers, AdminQuestion } from '@cachewarp/admin';
import { ProxyStartError } from '../base/proxy-errors.js';
import { WorkerLog } from './worker-log.js';
import { isOurs, type Channel, type FromWorker, type ToWorker } from './messages.js';

/** How long the process that began a worker may take to answer its first message. */
const WELCOME_MS = 10_000;

/** A worker's channel to the process that began it. */
export class ParentChannel implements Channel<FromWorker, ToWorker>, AdminPeers {
  readonly #listeners = new Set<(message: ToWorker) => void>();
  readonly #gathering = new Map<number, (answers: readonly unknown[]) => void>();
  #onConnection: ((socket: Socket) => void) | undefined;
  #lastId = 0;
  #group = '';

  constructor() {
    process.on('message', (message: unknown, handle?: unknown) => {
      if (!isOurs(message)) return;
      const ours = message as ToWorker;
      if (ours.cachewarp === 'connection') this.#takeConnection(ours.id, handle);
      for (const listener of this.#listeners) listener(ours);
      if (ours.cachewarp !== 'gathered') return;
      this.#gathering.get(ours.id)?.(ours.answers);
      this.#gathering.delete(ours.id);
    });
  }

  send(message: FromWorker): void {
    // When the other process is gone, this one goes, too: Node ends workers whose channel closes.
    if (process.connected) process.send!(message, undefined, undefined, () => undefined);
  }

  onMessage(listener: (message: ToWorker) => void): void {
    this.#listeners.add(listener);
  }

  /** Takes the connections that are dealt to this worker. */
  onConnection(listener: (socket: Socket) => void): void {
    this.#onConnection = listener;
  }

  #takeConnection(id: number, handle: unknown): void {
    this.send({ cachewarp: 'taken', id });
    // Nothing comes where the client was gone before the message was sent.
    if (handle instanceof Socket) this.#onConnection?.(handle);
  }

  /**
   * Says hello, and resolves with the invalidation log that the first process keeps. The log hears every record from the one behind its
   * beginning on: it is made in the very turn in which the answer comes, because the next message may be a record.
   */
  greet(): Promise<{ log: WorkerLog; pseudonym: string; reloaded: unknown }> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        reject(
          new ProxyStartError('WORKER', 'the process that began this worker does not answer: is it startWorkers?'),
        );
      }, WELCOME_MS);
      this.onMessage((message) => {
        if (message.cachewarp !== 'welcome') return;
        clearTimeout(timer);
        const { pseudonym, reloaded } = message;
        this.#group = pseudonym;
        resolve({ log: new WorkerLog(this, message), pseudonym, reloaded });
      });
      this.send({ cachewarp: 'hello' });
    });
  }

  /** The name that all workers have in common; known when it has been greeted. */
  get group(): string {
    return this.#group;
  }

  /** What each of the workers answers, this one included. */
  ask(question: AdminQuestion): Promise<readonly unknown[]> {
    const id = ++this.#lastId;
    return new Promise((resolve) => {
      this.#gathering.set(id, resolve);
      this.send({ cachewarp: 'gather', id, question });
    });
  }
}
