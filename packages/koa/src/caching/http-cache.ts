import type { Middleware } from 'koa';
import { KoaCaching } from './koa-caching.js';
import type { KoaCacheOptions } from './koa-cache-options.js';
import { readKoaCacheOptions } from './koa-cache-settings.js';

/**
 * Middleware that caches the final responses of everything behind it, for a whole Koa application or for one route.
 *
 * GET and HEAD are answered from the cache by the rules of RFC 9111; what is kept is the response as sent: status, fields and body.
 * Concurrent requests share one run of the handler. A successful POST, PUT, PATCH or DELETE invalidates what was answered under its
 * path and its collection. Streams, errors and answers sent by something else pass untouched.
 *
 * @example
 * app.use(httpCache({ cache, ttl: '90s' }));
 *
 * @throws InvalidOptionError naming the first faulty option and its value
 */
export function httpCache(options: KoaCacheOptions): Middleware {
  const caching = new KoaCaching(readKoaCacheOptions(options));
  const middleware: Middleware = (ctx, next) => caching.answer(ctx, next, middleware);
  return middleware;
}
