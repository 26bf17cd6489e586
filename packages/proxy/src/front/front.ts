import { createServer as createHttpServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import {
  createServer as createHttp2Server,
  type Http2ServerRequest,
  type Http2ServerResponse,
  type ServerHttp2Session,
} from 'node:http2';
import { Server as NetServer, type AddressInfo, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { Server as TlsServer, type SecureContextOptions, type TLSSocket } from 'node:tls';
import type { Limits } from '../base/limits.js';
import { ProxyStartError, startError } from '../base/proxy-errors.js';
import type { FastLane } from './fast-lane/fast-lane.js';
import type { FrontTlsOptions } from './front-options.js';
import { IdleConnections, knowsWhoAnswers } from './idle-connections.js';
import { renderClosing, renderProblem, type Problem } from './problem.js';
import type { RequestHandler } from './request-handler.js';
import type { TrafficCounters } from './traffic-counters.js';
import type { TunnelHandler } from './tunnel-handler.js';

/** What the front works with. */
export interface FrontParts {
  readonly requests: RequestHandler;
  readonly tunnels: TunnelHandler;
  /** Undefined: every request is parsed by Node. */
  readonly lane: FastLane | undefined;
  readonly counters: TrafficCounters;
  readonly limits: Limits;
  readonly tls: FrontTlsOptions | undefined;
  /** Whether HTTP/2 is offered; over TLS only. */
  readonly http2: boolean;
}

/** While it drains, how often it looks whether everybody has left. */
const DRAIN_STEP_MS = 20;

/** While it drains, how long idle connections are left open, for requests that are on their way on them. */
const DRAIN_IDLE_MS = 500;

/**
 * The server that clients connect to: HTTP/1.1, TLS, HTTP/2, with every limit set, and an end that drops no request.
 *
 * HTTP/1.1 and HTTP/2 over TLS share one listener: ALPN decides which of Node's two servers gets the connection, so that the limits of
 * HTTP/1 are the same with TLS and without.
 */
export class Front {
  #parts: FrontParts;
  readonly #server: Server;
  readonly #sessions = new Set<ServerHttp2Session>();
  readonly #sockets = new Set<Socket>();
  #draining: Promise<void> | undefined;

  /** @throws ProxyStartError when certificate and key cannot be used */
  constructor(parts: FrontParts) {
    this.#parts = parts;
    this.#server = this.#makeServer();
    if (parts.tls !== undefined && parts.http2) this.#offerHttp2();
  }

  /** Begins to listen. @throws ProxyStartError, rejected, when the port is taken or the address is not ours */
  async listen(port: number, host: string | undefined): Promise<void> {
    const server = this.#server;
    await new Promise<void>((resolve, reject) => {
      const onError = (error: NodeJS.ErrnoException): void => reject(startError(error, port, host));
      server.once('error', onError);
      server.listen({ port, ...(host === undefined ? {} : { host }) }, () => {
        server.off('error', onError);
        resolve();
      });
    });
  }

  /** Serves connections that another process accepted, in place of {@link listen}. */
  adopt(): (socket: Socket) => void {
    // With this event http.Server begins to look for slow requests.
    this.#server.emit('listening');
    const { counters } = this.#parts;
    return (socket) => {
      const { limits } = this.#parts;
      if (counters.connections >= limits.connections || this.#draining !== undefined) {
        socket.destroy();
        return;
      }
      socket.setNoDelay(true);
      this.#server.emit('connection', socket);
    };
  }

  /**
   * Takes other limits, and another certificate in place of the one it has, for what comes from now on.
   *
   * @throws ProxyStartError when certificate and key cannot be used; then nothing has changed
   */
  reconfigure(limits: Limits, tls: FrontTlsOptions | undefined): void {
    const server = this.#server;
    if (tls !== undefined && server instanceof TlsServer) {
      try {
        server.setSecureContext(secureContextOf(tls));
      } catch (error) {
        throw badCertificate(error);
      }
    }
    server.headersTimeout = limits.headersTimeoutMs;
    server.requestTimeout = limits.requestTimeoutMs;
    server.maxConnections = limits.connections;
    this.#parts = { ...this.#parts, limits, tls };
  }

  /** Where it can be reached from this machine. */
  get url(): string {
    return urlOf(this.#server.address() as AddressInfo, this.#parts.tls !== undefined);
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /**
   * Takes no new connections, answers what has been asked and what still comes on open connections, each answer being the last on its
   * connection, and resolves when all have left. After `drainTimeout` those that are left are cut.
   */
  drain(timeoutMs = this.#parts.limits.drainTimeoutMs): Promise<void> {
    return (this.#draining ??= this.#drain(timeoutMs));
  }

  /** Cuts everything at once. */
  close(): Promise<void> {
    this.#cut();
    return this.drain(0);
  }

  async #drain(timeoutMs: number): Promise<void> {
    const { requests } = this.#parts;
    requests.isDraining = true;
    for (const session of this.#sessions) session.close();
    // Not the method of http.Server: that would close idle connections now, and with them requests that are on their way.
    const stopped = new Promise<void>((resolve) => void NetServer.prototype.close.call(this.#server, () => resolve()));
    const startedAt = performance.now();
    const elapsed = (): number => performance.now() - startedAt;
    while (this.#sockets.size > 0 && elapsed() < timeoutMs) {
      if (elapsed() >= Math.min(DRAIN_IDLE_MS, timeoutMs)) this.#closeIdle();
      await new Promise((resolve) => setTimeout(resolve, DRAIN_STEP_MS));
    }
    this.#cut();
    await stopped;
    // Stops the timer that looks for slow requests.
    this.#server.close();
  }

  #closeIdle(): void {
    this.#server.closeIdleConnections();
    // Node does not count among them those on which nothing has come yet.
    for (const socket of this.#sockets) if (socket.bytesRead === 0) socket.destroy();
  }

  #cut(): void {
    this.#parts.tunnels.closeAll();
    for (const session of this.#sessions) session.destroy();
    for (const socket of this.#sockets) socket.destroy();
  }

  #makeServer(): Server {
    const { tls, limits, counters, requests, tunnels, lane } = this.#parts;
    const idle = knowsWhoAnswers() ? new IdleConnections(limits.keepAliveTimeoutMs) : undefined;
    const options = {
      maxHeaderSize: limits.headerBytes,
      insecureHTTPParser: false,
      // The answer to a request without Host is ours to give.
      requireHostHeader: false,
      headersTimeout: limits.headersTimeoutMs,
      requestTimeout: limits.requestTimeoutMs,
      // 0 is no timer of Node's.
      keepAliveTimeout: idle === undefined ? limits.keepAliveTimeoutMs : 0,
      connectionsCheckingInterval: Math.min(1000, limits.headersTimeoutMs),
      noDelay: true,
    };
    const server = tls === undefined ? createHttpServer(options) : this.#makeTlsServer(options, tls);
    // Node drops fields past a limit of its own without a word, a `private` among them: all are let through and counted by us.
    server.maxHeadersCount = 0;
    server.maxConnections = limits.connections;
    server.timeout = 0;
    // Out of file descriptors, say: a connection could not be accepted. Those that are open go on.
    server.on('error', () => void counters.refused++);
    const onRequest = (incoming: IncomingMessage, response: ServerResponse): void => {
      idle?.watch(response);
      lane?.note(incoming, response);
      requests.handle(incoming, response);
    };
    server.on('request', onRequest);
    server.on('checkContinue', onRequest);
    server.on('checkExpectation', onRequest);
    server.on('upgrade', (incoming: IncomingMessage, socket: Duplex, head: Buffer) => {
      idle?.leave(incoming.socket);
      tunnels.handle(incoming, socket, head);
    });
    server.on('connect', (_: IncomingMessage, socket: Duplex) => tunnels.refuseConnect(socket));
    server.on('clientError', (error: NodeJS.ErrnoException, socket: Duplex) => {
      counters.refused++;
      answerParseError(error, socket);
    });
    server.on('connection', (socket: Socket) => {
      counters.connections++;
      this.#sockets.add(socket);
      lane?.attach(socket);
      socket.once('close', () => {
        counters.connections--;
        this.#sockets.delete(socket);
      });
    });
    return server;
  }

  #makeTlsServer(options: object, tls: FrontTlsOptions): Server {
    const { limits, http2 } = this.#parts;
    try {
      return createHttpsServer({
        ...options,
        ...secureContextOf(tls),
        ALPNProtocols: http2 ? ['h2', 'http/1.1'] : ['http/1.1'],
        handshakeTimeout: limits.headersTimeoutMs,
        ...(tls.ca === undefined ? {} : { requestCert: true, rejectUnauthorized: true }),
      });
    } catch (error) {
      throw badCertificate(error);
    }
  }

  /** Gives connections that agreed on HTTP/2 to a server for it. */
  #offerHttp2(): void {
    const { limits, requests, counters } = this.#parts;
    const http2 = createHttp2Server({
      maxHeaderListPairs: limits.headerFields + PSEUDO_FIELDS,
      settings: { maxConcurrentStreams: limits.streams, maxHeaderListSize: limits.headerBytes },
    });
    const onRequest = (incoming: Http2ServerRequest, response: Http2ServerResponse): void => {
      requests.handleHttp2(incoming, response);
    };
    http2.on('request', onRequest);
    http2.on('checkContinue', onRequest);
    http2.on('checkExpectation', onRequest);
    http2.on('session', (session) => {
      this.#sessions.add(session);
      session.once('close', () => this.#sessions.delete(session));
      // Idle sessions end in order: streams that are still open are finished first.
      session.setTimeout(limits.keepAliveTimeoutMs, () => session.close());
    });
    // A session that breaks has told its streams; there is nobody left to answer.
    http2.on('sessionError', () => void counters.refused++);
    const listeners = this.#server.listeners('secureConnection') as ((socket: TLSSocket) => void)[];
    this.#server.removeAllListeners('secureConnection');
    this.#server.on('secureConnection', (socket: TLSSocket) => {
      if (socket.alpnProtocol === 'h2') http2.emit('connection', socket);
      else for (const listener of listeners) listener.call(this.#server, socket);
    });
  }
}

function secureContextOf({ cert, key, passphrase, ca, minVersion = 'TLSv1.2' }: FrontTlsOptions): SecureContextOptions {
  return { cert, key, minVersion, ...(passphrase !== undefined && { passphrase }), ...(ca !== undefined && { ca }) };
}

function badCertificate(error: unknown): ProxyStartError {
  const reason = error instanceof Error ? error.message : String(error);
  return new ProxyStartError('TLS', `certificate and key cannot be used: ${reason}`, error);
}

/** A URL by which a listener can be reached from this machine. */
export function urlOf({ address, port, family }: AddressInfo, isTls: boolean): string {
  const scheme = isTls ? 'https' : 'http';
  if (address === '::' || address === '0.0.0.0') return `${scheme}://localhost:${port}`;
  return `${scheme}://${family === 'IPv6' ? `[${address}]` : address}:${port}`;
}

/** `:method`, `:scheme`, `:authority`, `:path`. */
const PSEUDO_FIELDS = 4;

const PARSE_ERRORS: Readonly<Record<string, Problem>> = {
  HPE_HEADER_OVERFLOW: { status: 431, detail: 'The head of the request is too large.' },
  HPE_CHUNK_EXTENSIONS_OVERFLOW: { status: 413, detail: 'The chunk extensions are too large.' },
  ERR_HTTP_REQUEST_TIMEOUT: { status: 408, detail: 'The request took too long to arrive.' },
};
const BAD_REQUEST: Problem = { status: 400, detail: 'The request is malformed.' };

/** What cannot be read ends its connection: where the next request would begin, nobody knows. */
function answerParseError(error: NodeJS.ErrnoException, socket: Duplex): void {
  // oxlint-disable-next-line no-underscore-dangle -- how http.Server itself finds the response under way
  const current = (socket as { _httpMessage?: { headersSent: boolean } | null })._httpMessage;
  if (error.code === 'ECONNRESET' || !socket.writable || current?.headersSent === true) {
    socket.destroy();
    return;
  }
  const { status, fields, body } = renderProblem(PARSE_ERRORS[error.code ?? ''] ?? BAD_REQUEST);
  socket.end(renderClosing(status, fields, body));
  setTimeout(() => socket.destroy(), LINGER_MS).unref();
}

/** How long a connection that was given up may take to read the answer. */
const LINGER_MS = 2_000;
