import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { listen } from './listen.js';
import type { Opened } from './opened.js';

/** A request as it arrived at the origin. */
interface SeenRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly rawHeaders: readonly string[];
  /** What has come of its body so far. */
  body: string;
  /** Whether all of its body has come. */
  isWhole: boolean;
}

/** An origin on node:http; what it was asked is kept. */
export interface HttpOrigin {
  readonly url: string;
  readonly port: number;
  readonly server: Server;
  readonly requests: SeenRequest[];
  /** Requests that have no answer yet. */
  readonly running: () => number;
  /** The most requests that had no answer at one time. */
  readonly mostRunning: () => number;
  /** Resolves when as many requests have arrived, all told. */
  arrived(count: number): Promise<void>;
}

/** Answers request number `count` (from 1). */
export type Answering = (request: IncomingMessage, response: ServerResponse, count: number) => void | Promise<void>;

/** Starts an origin on a free port of the loopback, or on the one given. */
export async function makeHttpOrigin(opened: Opened, answer: Answering, port = 0): Promise<HttpOrigin> {
  const requests: SeenRequest[] = [];
  const waiting: { count: number; resolve: () => void }[] = [];
  let running = 0;
  let mostRunning = 0;
  const server = createServer((request, response) => {
    const seen: SeenRequest = {
      method: request.method!,
      url: request.url!,
      headers: request.headers,
      rawHeaders: request.rawHeaders,
      body: '',
      isWhole: false,
    };
    requests.push(seen);
    request.on('data', (chunk: Buffer) => (seen.body += chunk.toString('latin1')));
    request.on('end', () => (seen.isWhole = request.complete));
    mostRunning = Math.max(mostRunning, ++running);
    response.once('close', () => running--);
    for (const { count, resolve } of waiting) if (requests.length >= count) resolve();
    void answer(request, response, requests.length);
  });
  server.maxHeadersCount = 0;
  server.keepAliveTimeout = 60_000;
  const taken = await listen(server, port);
  opened.add(server, () => {
    server.closeAllConnections();
    return new Promise((resolve) => void server.close(resolve));
  });
  return {
    url: `http://127.0.0.1:${taken}`,
    port: taken,
    server,
    requests,
    running: () => running,
    mostRunning: () => mostRunning,
    arrived: (count) =>
      requests.length >= count ? Promise.resolve() : new Promise((resolve) => void waiting.push({ count, resolve })),
  };
}
