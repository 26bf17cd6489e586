// base
export type { LimitOptions } from './base/limits.js';
// access
export type { TokenOptions } from './access/token-options.js';
// backing
export type { BackedValue, Backing, WritePolicy } from './backing/backing.js';
export type { WriteBehindOptions } from './backing/write-behind-queue.js';
// routes
export { openApiDocument } from './routes/openapi-document.js';
// server
export type { ServerOptions } from './server/server-options.js';
export { startServer, type CacheServer } from './server/start-server.js';
