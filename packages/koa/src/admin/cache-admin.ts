import { createAdminHandler, readRequestBody, type AdminOptions, type AdminPart } from '@cachewarp/admin';
import { assertObject } from '@cachewarp/core';
import type { Context, Middleware } from 'koa';

/** Options of {@link cacheAdmin}: those of `createAdminHandler`. */
export type CacheAdminOptions = AdminOptions;

/** Where the parts lie in an application, unless the options say otherwise: what applications call so anyway, and the rest under `/api`. */
export const KOA_ADMIN_PATHS: Readonly<Record<AdminPart, string>> = {
  health: '/health',
  metrics: '/metrics',
  invalidate: '/api/invalidate',
  stats: '/api/cache/stats',
  keys: '/api/cache/keys',
  explain: '/api/cache/explain',
  top: '/api/cache/top',
  audit: '/api/cache/audit',
  events: '/api/cache/events',
  'openapi.json': '/api/cache/openapi.json',
  dashboard: '/api/cache/dashboard',
};

/**
 * Middleware that serves the admin API: `GET /health`, `GET /metrics`, `GET /metrics/cache`, `DELETE /api/invalidate/{key}`,
 * `POST /api/invalidate`, and under `/api/cache/` the rest: `stats`, `keys`, `top`, `explain`, `audit`, `events`, `openapi.json` and
 * `dashboard`. Other paths are passed on.
 *
 * Without a `token` it answers requests of this machine only. Put it in front of `httpCache`, so that looking does not count.
 *
 * @example
 * app.use(cacheAdmin({ cache, token: process.env.ADMIN_TOKEN }));
 *
 * @throws InvalidOptionError naming the first faulty option and its value
 */
export function cacheAdmin(options: CacheAdminOptions): Middleware {
  assertObject('options', options);
  const handler = createAdminHandler({ ...options, paths: { ...KOA_ADMIN_PATHS, ...options.paths } });
  return async (ctx, next) => {
    if (!handler.claims(ctx.url)) return next();
    const { status, headers, body } = await handler({
      method: ctx.method,
      target: ctx.url,
      headers: ctx.headers,
      remoteAddress: ctx.req.socket.remoteAddress,
      body: (maxBytes) => bodyOf(ctx, maxBytes),
    });
    ctx.status = status;
    ctx.set(headers);
    ctx.body = body;
  };
}

/** A body parser in front may have read the body already. */
function bodyOf(ctx: Context, maxBytes: number): Promise<Uint8Array> {
  const { rawBody, body } = ctx.request as { rawBody?: unknown; body?: unknown };
  if (typeof rawBody === 'string') return Promise.resolve(Buffer.from(rawBody));
  if (body !== undefined && ctx.req.readableEnded) return Promise.resolve(Buffer.from(JSON.stringify(body)));
  return readRequestBody(ctx.req, maxBytes);
}
