import { createServer, type Server } from 'node:http';
import { Server as NetServer, type AddressInfo, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { listenAdmin, type AdminListener } from '@cachewarp/admin';
import { createCache, parseDuration, type Cache, type Duration } from '@cachewarp/core';
import { Gate } from '../access/gate.js';
import { ConfirmedWrites } from '../backing/confirmed-writes.js';
import { WriteBehindQueue } from '../backing/write-behind-queue.js';
import { LatencyHistogram } from '../base/latency-histogram.js';
import type { Limits } from '../base/limits.js';
import { EntryBook } from '../entries/entry-book.js';
import { problemAnswer } from '../message/answer.js';
import { BodyBudget } from '../message/body-source.js';
import { OPERATIONS, type Operation } from '../routes/report-routes.js';
import { openApiDocument } from '../routes/openapi-document.js';
import { readServerOptions, type ServerOptions, type ServerSettings } from './server-options.js';
import { ServiceHandler } from './service-handler.js';
import { untilJoined } from './until-joined.js';
import { renderClosing } from './write-answer.js';

/** A running cache service. */
export interface CacheServer {
  /** `http://127.0.0.1:8000` */
  readonly url: string;
  readonly port: number;
  /** Of the admin listener; undefined where there is none. */
  readonly adminUrl: string | undefined;
  /** The cache itself, for programs that embed the service. */
  readonly cache: Cache;
  /**
   * Takes no new connections, answers what has been asked, writes what waits for the backing, closes the store.
   * @param timeout - how long requests may take; then they are cut. Default: `limits.drainTimeout`
   * @returns how many acknowledged writes could not be written (write-behind)
   */
  drain(timeout?: Duration): Promise<{ readonly lost: number }>;
  /** Cuts connections at once; the rest as {@link drain}. */
  close(): Promise<void>;
}

/**
 * Starts the cache service.
 * @throws InvalidOptionError, rejected, for a faulty option, and for a host beyond loopback without tokens; the system's error
 * (`EADDRINUSE`) when it cannot listen
 */
export async function startServer(options: ServerOptions = {}): Promise<CacheServer> {
  const settings = readServerOptions(options);
  const confirmed = new ConfirmedWrites();
  const { memory, store, storeTimeout, name, clock } = settings;
  const cache = createCache({
    name,
    memory,
    storeTimeout,
    clock,
    ...(store !== undefined && { store: confirmed.watch(store) }),
  });
  const { handler, queue } = assemble(settings, cache, confirmed);
  const server = makeServer(handler, settings.limits);
  const sockets = watchSockets(server);
  let admin: AdminListener | undefined;
  try {
    await untilJoined(cache.parts.log, JOIN_TIMEOUT_MS);
    await listen(server, settings);
    if (settings.admin !== false) admin = await listenAdmin({ ...settings.admin, cache });
  } catch (error) {
    server.close();
    await cache.close();
    throw error;
  }
  const { address, port, family } = server.address() as AddressInfo;
  let ending: Promise<{ lost: number }> | undefined;
  const end = async (timeoutMs: number): Promise<{ lost: number }> => {
    handler.isDraining = true;
    await closeServer(server, sockets, timeoutMs);
    const lost = (await queue?.close()) ?? 0;
    await admin?.close();
    await cache.close();
    return { lost };
  };
  const drain = (timeoutMs: number): Promise<{ lost: number }> => (ending ??= end(timeoutMs));
  return {
    url: `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`,
    port,
    adminUrl: admin?.url,
    cache,
    drain: (timeout) =>
      drain(
        timeout === undefined ? settings.limits.drainTimeoutMs : parseDuration('timeout', timeout, { allowZero: true }),
      ),
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await drain(0);
    },
  };
}

/** How long the start waits for a shared store. */
const JOIN_TIMEOUT_MS = 3_000;

function assemble(
  settings: ServerSettings,
  cache: Cache,
  confirmed: ConfirmedWrites,
): { handler: ServiceHandler; queue: WriteBehindQueue | undefined } {
  const { backing, writePolicy, writeBehind, defaultTtl, limits, memory, clock, onError } = settings;
  const isBehind = backing !== undefined && writePolicy === 'write-behind';
  const queue = isBehind ? new WriteBehindQueue(backing, writeBehind, clock, onError) : undefined;
  const book = new EntryBook({
    cache,
    refusesBeyond: settings.whenFull === 'refuse' ? settings.maxBytes : undefined,
    maxEntryBytes:
      settings.store === undefined && backing === undefined ? settings.maxBytes * settings.maxEntryFraction : Infinity,
    policy: writePolicy,
    backing,
    queue,
    confirmed,
    defaultTtl,
    maxUnwritten: writeBehind.maxEntries,
  });
  const latencies = Object.fromEntries(OPERATIONS.map((name) => [name, new LatencyHistogram()])) as Record<
    Operation,
    LatencyHistogram
  >;
  const handler = new ServiceHandler({
    cache,
    gate: new Gate(settings.tokens, limits.requestsPerSecond, clock),
    limits,
    budget: new BodyBudget(limits.bodiesBytes),
    entries: { book, limits, rules: { defaultTtl, maxTags: limits.tags }, now: () => clock.now() },
    reports: {
      cache,
      memory: { policy: settings.policy, maxBytes: settings.maxBytes, maxEntries: memory.maxEntries },
      writePolicy,
      queue,
      hasBacking: backing !== undefined,
      startedAt: clock.now(),
      latencies,
      traffic: { requests: 0, refused: 0 },
    },
    document: `${JSON.stringify(openApiDocument(limits))}\n`,
    onError,
  });
  return { handler, queue };
}

function makeServer(handler: ServiceHandler, limits: Limits): Server {
  const server = createServer({
    maxHeaderSize: limits.headerBytes,
    insecureHTTPParser: false,
    // The answer to a request without Host is ours to give.
    requireHostHeader: false,
    headersTimeout: limits.headersTimeoutMs,
    requestTimeout: limits.requestTimeoutMs,
    keepAliveTimeout: limits.keepAliveTimeoutMs,
    connectionsCheckingInterval: Math.min(1000, limits.headersTimeoutMs),
    noDelay: true,
  });
  // Node drops fields past a limit of its own without a word: all are let through and counted by us.
  server.maxHeadersCount = 0;
  server.maxConnections = limits.connections;
  server.on('request', (request, response) => handler.handle(request, response, false));
  server.on('checkContinue', (request, response) => handler.handle(request, response, true));
  server.on('checkExpectation', (request, response) => handler.handle(request, response, false));
  server.on('connect', (_request, socket: Duplex) =>
    socket.end(renderClosing(problemAnswer(405, 'CONNECT is not served.'))),
  );
  server.on('clientError', answerParseError);
  return server;
}

const PARSE_ERRORS: Readonly<Record<string, readonly [status: number, detail: string]>> = {
  HPE_HEADER_OVERFLOW: [431, 'The head of the request is too large.'],
  HPE_CHUNK_EXTENSIONS_OVERFLOW: [413, 'The chunk extensions are too large.'],
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'The request took too long to arrive.'],
};

/** What cannot be read ends its connection: where the next request would begin, nobody knows. */
function answerParseError(error: NodeJS.ErrnoException, socket: Duplex): void {
  // oxlint-disable-next-line no-underscore-dangle -- how http.Server itself finds the response under way
  const current = (socket as { _httpMessage?: { headersSent: boolean } | null })._httpMessage;
  if (error.code === 'ECONNRESET' || !socket.writable || current?.headersSent === true) {
    socket.destroy();
    return;
  }
  const [status, detail] = PARSE_ERRORS[error.code ?? ''] ?? [400, 'The request is malformed.'];
  socket.end(renderClosing(problemAnswer(status, detail)));
  setTimeout(() => socket.destroy(), LINGER_MS).unref();
}

/** How long a connection that was given up may take to read the answer. */
const LINGER_MS = 2_000;

function watchSockets(server: Server): ReadonlySet<Socket> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  return sockets;
}

function listen(server: Server, { port, host }: ServerSettings): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      // Out of file descriptors, say: a connection could not be accepted. Those that are open go on.
      server.on('error', () => undefined);
      resolve();
    });
  });
}

/** While it drains, how often it looks whether everybody has left. */
const DRAIN_STEP_MS = 20;
/** While it drains, how long idle connections are left open, for requests that are on their way on them. */
const DRAIN_IDLE_MS = 500;

async function closeServer(server: Server, sockets: ReadonlySet<Socket>, timeoutMs: number): Promise<void> {
  // Not the method of http.Server: that would close idle connections now, and with them requests that are on their way.
  const stopped = new Promise<void>((resolve) => void NetServer.prototype.close.call(server, () => resolve()));
  const startedAt = performance.now();
  const elapsed = (): number => performance.now() - startedAt;
  while (sockets.size > 0 && elapsed() < timeoutMs) {
    if (elapsed() >= Math.min(DRAIN_IDLE_MS, timeoutMs)) {
      server.closeIdleConnections();
      // Node does not count among them those on which nothing has come yet.
      for (const socket of sockets) if (socket.bytesRead === 0) socket.destroy();
    }
    await new Promise((resolve) => setTimeout(resolve, DRAIN_STEP_MS));
  }
  for (const socket of sockets) socket.destroy();
  await stopped;
  // Stops the timer that looks for slow requests.
  server.close();
}
