import type { Cache, Duration, RequestLog } from '@cachewarp/core';
import type { Context } from 'koa';

/** Something of a request that its answer depends on, beside the URL. Equal values share answers; see `defineKey` for what may be a value. */
export type KoaContextDimension = (ctx: Context) => unknown;

/** The query parameter that asks for an answer past the cache. */
export interface BypassOptions {
  /**
   * Its name. It is never part of the key, and what stands behind the middleware does not see it.
   * @defaultValue 'nocache'
   */
  param?: string;
  /**
   * Who may use it; for others it is as if it were not there.
   * @defaultValue everybody
   */
  allow?: (ctx: Context) => boolean;
}

/** Options of {@link httpCache}. */
export interface KoaCacheOptions {
  /** Where answers are kept. */
  cache: Cache;
  /**
   * How long an answer is fresh that does not say so itself (`Cache-Control`, `Expires`). Above 0. `'adaptive'`: chosen by what is seen.
   * @defaultValue none: only answers that state their freshness are kept
   */
  ttl?: Duration | 'adaptive';
  /**
   * What `ttl` does to an answer that states a lifetime. `respect`: nothing. `tighten`: shortens it. `override`: replaces it; `private`
   * and `no-store` stand.
   * @defaultValue 'respect'
   */
  ttlMode?: 'respect' | 'tighten' | 'override';
  /**
   * After its lifetime, serve an answer at once for this long while one refresh runs (RFC 5861 section 3).
   * @defaultValue 0
   */
  staleWhileRevalidate?: Duration;
  /**
   * After its lifetime, serve an answer for this long when the handler throws or answers 500, 502, 503 or 504 (RFC 5861 section 4).
   * @defaultValue 0
   */
  staleIfError?: Duration;
  /**
   * The statuses that are kept.
   * @defaultValue [200]
   */
  statuses?: readonly number[];
  /** Tags of the answers, or a function of the finished context. */
  tags?: readonly string[] | ((ctx: Context) => readonly string[]);
  /**
   * What answers depend on beside the URL: `{ user: (ctx) => ctx.state.user?.id }`. Each value has entries of its own.
   * @defaultValue those that were declared for the cache (`registerCacheWarp(container, { context })`)
   */
  context?: Readonly<Record<string, KoaContextDimension>>;
  /**
   * Requests with Authorization or Cookie. `bypass`: they get and leave only answers that are public by their own word (RFC 9111
   * section 3.5), or whose lifetime is not this middleware's. `keyed`: the context says whose answer it is, so they are kept under it;
   * a request for which every dimension is undefined or null is treated as under `bypass`.
   * @defaultValue 'keyed' where `context` has a dimension `user`, which then decides; else 'bypass'
   */
  credentials?: 'bypass' | 'keyed';
  /**
   * The query parameter that bypasses the cache; false: none.
   * @defaultValue `?nocache=true`, for everybody
   */
  bypass?: BypassOptions | false;
  /**
   * What a successful POST, PUT, PATCH or DELETE invalidates by itself. `collection`: every answer to GET under its path and under the
   * path of its collection (`/users/` for `/users/1`), whatever the query. `uri`: only its own path. false: nothing.
   * @defaultValue 'collection'
   */
  invalidate?: 'collection' | 'uri' | false;
  /** Query parameters that do not count, by name; `*` stands for any text: `utm_*`. They are not part of the key or sent on. */
  ignoreParams?: readonly string[];
  /**
   * Whether Cache-Control of requests counts: `no-cache` asks the handler, `no-store` goes past the cache.
   * @defaultValue 'honour'
   */
  requestDirectives?: 'honour' | 'ignore' | 'coalesce';
  /**
   * Largest body kept: bytes, or text such as `'1mb'`.
   * @defaultValue '8mb'
   */
  maxBodyBytes?: number | string;
  /**
   * How a fresh hit is sent. `koa`: as `ctx.body`, so that middleware in front of this one can still change it. `direct`: straight to
   * the socket, which costs a fraction; middleware in front sees `ctx.respond === false`. `auto`: direct where nothing is in front.
   * @defaultValue 'auto'
   */
  send?: 'auto' | 'direct' | 'koa';
  /**
   * Under which name requests are counted in the metrics and logged: text, or a function of the context whose answers are few, such as
   * the pattern of a route. Never something with an id in it: behind 1,000 names, the rest count as `other`.
   * @defaultValue 'default'; the path pattern of each handler under `mountControllers`
   */
  route?: string | ((ctx: Context) => string);
  /**
   * Told of each answered request; `logRequests` of `@cachewarp/metrics` makes one of a pino logger. With it, requests get an id:
   * X-Request-Id as sent where it is well-formed, else one that is made, in `ctx.state.requestId` and in the answer, unless that is a fresh hit.
   * @defaultValue none
   */
  log?: RequestLog;
}
