import { ServerResponse, type IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Limits } from '../base/limits.js';
import { connectionPeer, type TrustedProxies } from '../request/peer.js';
import type { ProxyRequest } from '../request/proxy-request.js';
import { isRefusal } from '../request/refusal.js';
import { requestId } from '@cachewarp/core';
import type { RequestReader } from '../request/request-reader.js';
import type { Upgraded } from '../upstream/exchange.js';
import type { UpstreamOrigin } from '../upstream/upstream-origin.js';
import { Http1Response } from './client-response.js';
import { problemOf } from './origin-failure.js';
import { renderClosing, renderProblem, type Problem } from './problem.js';
import { headOf, type RequestHandler } from './request-handler.js';
import { writeResponse } from './response-writer.js';
import type { TrafficCounters } from './traffic-counters.js';

/** What the tunnels work with. */
export interface TunnelHandlerParts {
  readonly origin: UpstreamOrigin;
  readonly reader: RequestReader;
  readonly requests: RequestHandler;
  readonly limits: Limits;
  readonly trusted: TrustedProxies;
  readonly pseudonym: string;
  readonly counters: TrafficCounters;
  /** Protocols that clients may change to, in lower case. */
  readonly protocols: ReadonlySet<string>;
}

const TOO_MANY: Problem = { status: 503, detail: 'Too many upgraded connections at a time.', retryAfterSeconds: 1 };
const NO_CONNECT: Problem = {
  status: 405,
  detail: 'This method is not served.',
  allow: 'GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS',
};

/**
 * WebSocket and other protocols that a connection changes to (RFC 9110 §7.8).
 *
 * Bytes go both ways only after the origin has said 101 and named the same protocol: a tunnel that opened sooner would let a client speak
 * to the origin behind the proxy's back. Protocols that are not in the list (h2c above all) are not asked for; the request is answered as
 * if it had not asked.
 */
export class TunnelHandler {
  #parts: TunnelHandlerParts;
  readonly #open = new Set<Duplex>();

  constructor(parts: TunnelHandlerParts) {
    this.#parts = parts;
  }

  /** Takes other parts for the tunnels that are asked for from now on. */
  reconfigure(parts: Partial<TunnelHandlerParts>): void {
    this.#parts = { ...this.#parts, ...parts };
  }

  /** A request with Upgrade, on a connection that Node has let go of. */
  handle(incoming: IncomingMessage, socket: Duplex, head: Buffer): void {
    const { reader, requests, protocols, counters, limits, trusted } = this.#parts;
    socket.on('error', () => socket.destroy());
    const peer = connectionPeer(socket, trusted);
    // Behind a request that was refused, or one that is still being answered, there is nothing to be said in order.
    if (peer.isEnding || isAnswering(socket)) return void socket.destroy();
    peer.isEnding = true;
    const request = reader.read(headOf(incoming), peer);
    if (isRefusal(request)) {
      counters.refused++;
      return refuse(socket, request);
    }
    const { upgrade } = request;
    if (upgrade === undefined || !protocols.has(upgrade)) {
      const client = new Http1Response(responseOn(incoming, socket));
      return requests.handleAlone(request, peer, client, incoming);
    }
    if (counters.tunnels >= limits.tunnels) {
      counters.refused++;
      return refuse(socket, TOO_MANY);
    }
    requests.editByRule(request);
    if (head.length > 0) socket.unshift(head);
    void this.#tunnel(request, upgrade, incoming, socket);
  }

  /** CONNECT: not served by anybody who stands in front of an origin. */
  refuseConnect(socket: Duplex): void {
    socket.on('error', () => socket.destroy());
    this.#parts.counters.refused++;
    refuse(socket, NO_CONNECT);
  }

  /** Ends every tunnel. */
  closeAll(): void {
    for (const socket of this.#open) socket.destroy();
  }

  /** Never rejects. */
  async #tunnel(request: ProxyRequest, protocol: string, incoming: IncomingMessage, socket: Duplex): Promise<void> {
    const { origin, counters, pseudonym, limits } = this.#parts;
    const id = requestId(request.sentRequestId);
    const controller = new AbortController();
    const onClose = (): void => controller.abort();
    socket.once('close', onClose);
    counters.tunnels++;
    this.#open.add(socket);
    const ended = (): void => {
      counters.tunnels--;
      this.#open.delete(socket);
    };
    try {
      const added = { pseudonym, requestId: id, acceptsTrailers: false };
      const answer = await origin.upgrade(request, protocol, { signal: controller.signal }, added);
      if ('socket' in answer) {
        socket.off('close', onClose);
        join(socket, answer, protocol, limits.tunnelTimeoutMs, ended);
        return;
      }
      const client = new Http1Response(responseOn(incoming, socket));
      await writeResponse(client, answer, answer.headers.raw, {
        writeTimeoutMs: limits.writeTimeoutMs,
        sendsTrailers: false,
      });
    } catch (error) {
      if (!socket.destroyed && socket.writable) refuse(socket, problemOf(error, id));
    }
    ended();
  }
}

/** Whether an answer to an earlier request on this connection is still under way. */
function isAnswering(socket: Duplex): boolean {
  // oxlint-disable-next-line no-underscore-dangle -- how http.Server itself finds the response under way
  return ((socket as { _httpMessage?: object | null })._httpMessage ?? null) !== null;
}

/** Lets bytes through in both directions, each as fast as the other side takes them, until one side ends. */
function join(
  client: Duplex,
  { socket: origin, headers }: Upgraded,
  protocol: string,
  timeoutMs: number,
  onEnd: () => void,
): void {
  let head = `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: ${protocol}\r\n`;
  for (const [name, value] of headers.entries()) head += `${name}: ${value}\r\n`;
  client.write(`${head}\r\n`, 'latin1');
  for (const [one, other] of [
    [client, origin],
    [origin, client],
  ] as const) {
    one.pipe(other);
    one.on('error', () => other.destroy());
    one.once('close', () => other.destroy());
    watchIdle(one, timeoutMs);
  }
  client.once('close', onEnd);
  if (client.destroyed) {
    origin.destroy();
    onEnd();
  }
}

/** Sockets can be timed; whatever else a Duplex is, its other end is timed. */
function watchIdle(stream: Duplex, timeoutMs: number): void {
  const timed = stream as Partial<{ setTimeout(ms: number, listener: () => void): void }>;
  timed.setTimeout?.(Math.min(timeoutMs, 2 ** 31 - 1), () => stream.destroy());
}

/** A response of Node's on a connection that it has let go of. The connection ends with it. */
function responseOn(incoming: IncomingMessage, socket: Duplex): ServerResponse {
  const response = new ServerResponse(incoming);
  response.shouldKeepAlive = false;
  response.assignSocket(socket as IncomingMessage['socket']);
  response.once('finish', () => socket.end());
  return response;
}

function refuse(socket: Duplex, problem: Problem): void {
  const { status, fields, body } = renderProblem(problem);
  socket.end(renderClosing(status, fields, body));
}
