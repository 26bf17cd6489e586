// oxlint-disable no-underscore-dangle -- the name is http.Server's
import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';

/** The part of a connection that is relied on. */
interface Insides {
  /** The response whose turn it is on this connection. */
  readonly _httpMessage?: unknown;
}

/** What a response tells its client in Keep-Alive, in ms. Node takes it from its own timeout, which is off here. */
interface Telling {
  _keepAliveTimeout: number;
}

/** What was seen of a connection when it was looked at last. */
interface Seen {
  /** Bytes that had gone over it, in both directions. */
  bytes: number;
  /** How often in a row nothing had happened on it. */
  quietLooks: number;
}

/** Time between two looks at all connections, at most. */
const LOOK_MS = 1_000;

/**
 * Closes HTTP/1 connections on which no request came for a while after the last answer.
 *
 * Node's own way sets a timer with each answer and clears it with the next request, which costs a busy connection more than the cache
 * does. Here one timer looks at all connections now and then, and a request costs nothing: a connection is idle when no response is under
 * way on it and no byte has passed since the last look. It is closed after the timeout, and at most two looks later.
 *
 * Connections without a first request are not for this class: the limit for heads counts for them.
 */
export class IdleConnections {
  readonly #timeoutMs: number;
  readonly #looks: number;
  readonly #lookMs: number;
  readonly #seen = new Map<Socket, Seen>();
  #timer: NodeJS.Timeout | undefined;

  /** @param timeoutMs - how long a connection stays open without a request, at least */
  constructor(timeoutMs: number) {
    this.#timeoutMs = timeoutMs;
    this.#lookMs = Math.min(LOOK_MS, timeoutMs);
    this.#looks = Math.ceil(timeoutMs / this.#lookMs);
  }

  /** A request came, and this is its response. The connection is looked after from its first request on. */
  watch(response: ServerResponse): void {
    const { socket } = response.req;
    (response as unknown as Telling)._keepAliveTimeout = this.#timeoutMs;
    if (this.#seen.has(socket)) return;
    this.#seen.set(socket, { bytes: bytesOf(socket), quietLooks: 0 });
    socket.once('close', () => this.leave(socket));
    this.#timer ??= setInterval(() => this.#look(), this.#lookMs).unref();
  }

  /** The connection has another use now, or none. */
  leave(socket: Socket): void {
    this.#seen.delete(socket);
    if (this.#seen.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #look(): void {
    for (const [socket, seen] of this.#seen) {
      const bytes = bytesOf(socket);
      const isQuiet = bytes === seen.bytes && !isAnswering(socket);
      seen.bytes = bytes;
      seen.quietLooks = isQuiet ? seen.quietLooks + 1 : 0;
      if (seen.quietLooks > this.#looks) socket.destroy();
    }
  }
}

function bytesOf(socket: Socket): number {
  return socket.bytesRead + socket.bytesWritten;
}

function isAnswering(socket: Socket): boolean {
  const current = (socket as Insides)._httpMessage;
  return current !== undefined && current !== null;
}

/** Whether this Node tells which response is under way on a connection. Where it does not, its own timers have to do. */
export function knowsWhoAnswers(): boolean {
  const socket = new Socket();
  const response = new ServerResponse(new IncomingMessage(socket));
  response.assignSocket(socket);
  const isTold = (socket as Insides)._httpMessage === response;
  response.detachSocket(socket);
  return isTold && !isAnswering(socket);
}
