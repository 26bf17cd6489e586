import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { assertObject, InvalidOptionError } from '@cachewarp/core';
import { createAdminHandler, type AdminHandler } from './admin-handler.js';
import type { AdminOptions } from '../access/admin-options.js';
import { isLoopback } from '../message/loopback.js';
import type { AdminQuestion, NodeAnswer } from '../node/admin-question.js';
import { readRequestBody } from '../message/read-body.js';
import { sendAdminResponse } from '../message/send-response.js';

/** Options of {@link listenAdmin}. */
export interface ListenAdminOptions extends AdminOptions {
  /** 0 takes a free port. */
  port: number;
  /**
   * Where to listen. Anything but this machine's loopback needs a `token`.
   * @defaultValue '127.0.0.1'
   */
  host?: string;
}

/** A running listener of the admin API. */
export interface AdminListener {
  /** `http://127.0.0.1:9000` */
  readonly url: string;
  readonly host: string;
  readonly port: number;
  /** Stops listening and ends its connections. */
  close(): Promise<void>;
  /** Answers a question of a peer for this process; see the option `peers`. */
  answer(question: AdminQuestion): Promise<NodeAnswer>;
}

/** No operation takes long; a client that sends slowly holds a socket no longer than this. */
const REQUEST_TIMEOUT_MS = 10_000;

/**
 * Serves the admin API on a listener of its own.
 * @throws InvalidOptionError, rejected, for a faulty option, and for a host beyond loopback without a token; the system's error
 * (`EADDRINUSE`) when it cannot listen
 */
export async function listenAdmin(options: ListenAdminOptions): Promise<AdminListener> {
  assertObject('options', options);
  const { port, host = '127.0.0.1', ...adminOptions } = options;
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new InvalidOptionError('port', 'must be a whole number from 0 to 65535', port);
  }
  if (typeof host !== 'string' || host === '')
    throw new InvalidOptionError('host', 'must be a host name or an address', host);
  const handler = createAdminHandler(adminOptions);
  if (options.token === undefined && !isLoopback(host)) {
    throw new InvalidOptionError('host', 'must be a loopback address unless a token is set', host);
  }
  const { basePath = '', paths = {} } = adminOptions;
  const page = paths.dashboard ?? '/dashboard';
  const dashboardPath = page === false ? undefined : basePath + page;
  const server = createServer({ requestTimeout: REQUEST_TIMEOUT_MS }, (request, response) => {
    // The handler answers errors, too; what can fail here is the socket, which is given up.
    answer(handler, dashboardPath, request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
  const bound = (server.address() as AddressInfo).port;
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${bound}`,
    host,
    port: bound,
    answer: (question) => handler.answer(question),
    close: () =>
      new Promise((resolve, reject) => {
        server.close((error) => (error === undefined ? resolve() : reject(error)));
        handler.close();
        server.closeAllConnections();
      }),
  };
}

/** @param dashboardPath - what is served at `/`, too; undefined: nothing */
async function answer(
  handler: AdminHandler,
  dashboardPath: string | undefined,
  request: IncomingMessage,
  serverResponse: ServerResponse,
): Promise<void> {
  const isRoot = dashboardPath !== undefined && /^\/(?:\?|$)/.test(request.url ?? '');
  if (isRoot && dashboardPath.lastIndexOf('/') > 0) {
    serverResponse.writeHead(302, { location: dashboardPath, 'content-length': 0 }).end();
    return;
  }
  const response = await handler({
    method: request.method ?? '',
    target: isRoot ? `${dashboardPath}${request.url!.slice(1)}` : (request.url ?? ''),
    headers: request.headers,
    body: (maxBytes) => readRequestBody(request, maxBytes),
    remoteAddress: request.socket.remoteAddress,
  });
  sendAdminResponse(serverResponse, response, request.method === 'HEAD');
}
