import type { Server } from 'node:net';
import { startCacheWarp, startCacheWarpOrdinary } from './cachewarp.js';
import { makeHello } from './hello.js';
import { makeKoaAsync, makeKoaCached, makeKoaHello } from './koa.js';
import { makeNetFloor } from './net-floor.js';
import { makeReadHello } from './read-hello.js';
import { startRestService } from './rest-service.js';
import { makeUndiciProxy } from './undici-proxy.js';

/** A server in a process of its own: `main.js <name> <port> [origin]`. */
const servers = {
  'net-floor': (): Server => makeNetFloor(),
  hello: (): Server => makeHello(),
  'undici-proxy': (_: number, origin: string): Server => makeUndiciProxy(origin),
  cachewarp: startCacheWarp,
  'cachewarp-ordinary': startCacheWarpOrdinary,
  'koa-hello': (): Server => makeKoaHello(),
  'koa-async': (): Server => makeKoaAsync(),
  'koa-cached': (): Server => makeKoaCached(),
  'read-hello': (): Server => makeReadHello(),
  'rest-service': startRestService,
} satisfies Record<string, (port: number, origin: string) => Server | Promise<void>>;

export type ServerName = keyof typeof servers;

const [name, port, origin] = process.argv.slice(2);
const server = await servers[name as ServerName](Number(port), origin ?? '');
if (server !== undefined) server.listen(Number(port), '127.0.0.1');
