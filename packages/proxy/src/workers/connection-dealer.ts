import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** Who takes connections. */
export interface Taker {
  /** Hands a connection over under a number. Where that fails because the worker is gone, `remove` tells so in due course. */
  take(id: number, socket: Socket): void;
}

/** A connection that was handed over and not confirmed yet. */
interface Pending {
  readonly socket: Socket;
  readonly taker: Taker;
}

/**
 * Accepts connections and deals them out to workers in turn. Not a byte of them is read here.
 *
 * A connection is kept until its worker says that it has it. So one that was on its way to a worker that crashed goes to another one,
 * where node:cluster would leave it open with nobody at its end.
 */
export class ConnectionDealer {
  readonly #server: Server;
  readonly #pending = new Map<number, Pending>();
  /** Connections for which there is no worker at the moment. */
  readonly #waiting: Socket[] = [];
  #takers: Taker[] = [];
  #turn = 0;
  #lastId = 0;

  constructor() {
    this.#server = createServer({ pauseOnConnect: true }, (socket) => this.#deal(socket));
    // Out of file descriptors, say: a connection could not be accepted. Those that are open go on.
    this.#server.on('error', () => undefined);
  }

  get address(): AddressInfo {
    return this.#server.address() as AddressInfo;
  }

  /** Begins to listen. Rejects with the system's error. */
  listen(port: number, host: string | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen({ port, ...(host === undefined ? {} : { host }) }, () => {
        this.#server.off('error', reject);
        resolve();
      });
    });
  }

  /** A worker is ready for connections. */
  add(taker: Taker): void {
    this.#takers.push(taker);
    for (const socket of this.#waiting.splice(0)) this.#deal(socket);
  }

  /** A worker takes no more, or is gone. What it had not confirmed goes to the others. */
  remove(taker: Taker): void {
    this.#takers = this.#takers.filter((other) => other !== taker);
    for (const [id, pending] of this.#pending) if (pending.taker === taker) this.#again(id);
  }

  /** The worker has the connection: ours is one file descriptor too many. */
  confirm(id: number): void {
    this.#pending.get(id)?.socket.destroy();
    this.#pending.delete(id);
  }

  /** Accepts no more. */
  close(): void {
    this.#server.close();
    for (const socket of this.#waiting.splice(0)) socket.destroy();
  }

  #deal(socket: Socket): void {
    // The client may leave before any worker has it; nobody else needs to know.
    socket.on('error', () => undefined);
    const taker = this.#takers[this.#turn++ % this.#takers.length];
    if (taker === undefined) {
      this.#waiting.push(socket);
      return;
    }
    const id = ++this.#lastId;
    this.#pending.set(id, { socket, taker });
    taker.take(id, socket);
  }

  #again(id: number): void {
    const pending = this.#pending.get(id);
    this.#pending.delete(id);
    if (pending !== undefined && !pending.socket.destroyed) this.#deal(pending.socket);
  }
}
