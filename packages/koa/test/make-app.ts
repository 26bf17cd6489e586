import { request as sendRequest, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createCache, type Cache, type CreateCacheOptions } from '@cachewarp/core';
import { FakeClock } from '@cachewarp/core/testing';
import Koa, { type Middleware } from 'koa';
import { httpCache } from '#src/caching/http-cache.js';
import type { KoaCacheOptions } from '#src/caching/koa-cache-options.js';

/** An answer as it came over the socket. */
interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly rawHeaders: readonly string[];
  readonly body: string;
  readonly xCache: string | undefined;
  json(): unknown;
}

interface SendOptions {
  headers?: Record<string, string>;
  body?: string;
}

/** An application on a real socket. */
export interface App {
  readonly app: Koa;
  readonly cache: Cache;
  readonly clock: FakeClock;
  readonly port: number;
  readonly server: Server;
  readonly errors: unknown[];
  readonly send: (method: string, target: string, options?: SendOptions) => Promise<Answer>;
  readonly get: (target: string, headers?: Record<string, string>) => Promise<Answer>;
}

const servers = new Set<Server>();

/** To be called after each test. */
export async function closeApps(): Promise<void> {
  for (const server of servers) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
  servers.clear();
}

/** Listens with an application that `build` has put together. */
export async function listen(
  build: (app: Koa, cache: Cache, clock: FakeClock) => void,
  cacheOptions: CreateCacheOptions = {},
): Promise<App> {
  const clock = new FakeClock();
  const cache = createCache({ clock, ...cacheOptions });
  const app = new Koa();
  build(app, cache, clock);
  return { ...(await serve(app)), cache, clock };
}

/** Listens with an application that is complete. */
export async function serve(app: Koa): Promise<Omit<App, 'cache' | 'clock'>> {
  const errors: unknown[] = [];
  app.on('error', (error) => errors.push(error));
  const server = app.listen(0, '127.0.0.1');
  servers.add(server);
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  const sendTo = (method: string, target: string, options?: SendOptions): Promise<Answer> =>
    send(port, method, target, options);
  return {
    app,
    port,
    server,
    errors,
    send: sendTo,
    get: (target, headers) => sendTo('GET', target, headers && { headers }),
  };
}

/** An application that caches everything for 60 s, in front of one handler. */
export function cached(
  handler: Middleware,
  options: Partial<KoaCacheOptions> = {},
  ...inFront: Middleware[]
): Promise<App> {
  return listen((app, cache) => {
    for (const middleware of inFront) app.use(middleware);
    app.use(httpCache({ cache, ttl: 60, ...options }));
    app.use(handler);
  });
}

/** A handler that counts its runs: the body is the number of the run. */
export function counting(): Middleware & { runs: number } {
  const handler = (ctx: Koa.Context): void => {
    handler.runs++;
    ctx.body = { run: handler.runs, url: ctx.url };
  };
  handler.runs = 0;
  return handler;
}

function send(
  port: number,
  method: string,
  target: string,
  { headers: given = {}, body }: SendOptions = {},
): Promise<Answer> {
  const headers = body === undefined ? given : { 'content-length': String(Buffer.byteLength(body)), ...given };
  return new Promise((resolve, reject) => {
    const request = sendRequest(
      { port, host: '127.0.0.1', method, path: target, headers, agent: false },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => {
          const text = Buffer.concat(chunks).toString();
          const { statusCode = 0, headers: fields, rawHeaders } = response;
          const xCache = fields['x-cache'] as string | undefined;
          resolve({
            status: statusCode,
            headers: fields,
            rawHeaders,
            body: text,
            xCache,
            json: () => JSON.parse(text),
          });
        });
      },
    );
    request.on('error', reject);
    request.end(body);
  });
}
