import type { Cache } from '@cachewarp/core';
import { HttpCache, type HttpPolicy, type HttpResponse } from '@cachewarp/http';
import type { Context, Middleware, Next } from 'koa';
import { changedBy, hasChanged, invalidateFor, isUnsafe } from './after-change.js';
import { CACHE_NAME, placeHit, sendHit } from './answer.js';
import { asksToBypass } from './bypass-param.js';
import { beginState, stateOf, type CachingState } from './caching-state.js';
import { HandlerRun } from './handler-run.js';
import type { KoaCacheSettings } from './koa-cache-settings.js';
import { KoaRequest } from './koa-request.js';
import { RequestTally } from './request-tally.js';

const httpCaches = new WeakMap<Cache, HttpCache>();

/** One for each cache, whatever the number of routes: requests can only share a run of a handler in one place. */
function httpCacheOf(cache: Cache): HttpCache {
  let found = httpCaches.get(cache);
  if (found === undefined) httpCaches.set(cache, (found = new HttpCache(cache, { name: CACHE_NAME })));
  return found;
}

/** The caching of one application, or of one route. */
export class KoaCaching {
  readonly #settings: KoaCacheSettings;
  readonly #http: HttpCache;
  readonly #tally: RequestTally;

  constructor(settings: KoaCacheSettings) {
    this.#settings = settings;
    this.#http = httpCacheOf(settings.cache);
    this.#tally = new RequestTally(settings);
  }

  /** @param middleware - the function under which the application knows this caching */
  answer(ctx: Context, next: Next, middleware: Middleware | undefined): void | Promise<void> {
    const { method = '' } = ctx.req;
    const outer = stateOf(ctx);
    if (outer !== undefined) return this.#inside(outer, ctx, next);
    if (method !== 'GET' && method !== 'HEAD') return isUnsafe(method) ? this.#change(ctx, next) : next();

    const startedAt = this.#tally.begin();
    const isKeyed = this.#settings.isKeyed?.(ctx) === true;
    const request = new KoaRequest(ctx, isKeyed);
    const policy = this.#policyFor(ctx, isKeyed);
    const hit = this.#http.fresh(request, policy);
    if (hit === undefined) return this.#load(ctx, next, request, policy, startedAt);
    // Nothing is waited for, nothing promised: this is what a hit costs.
    if (this.#sendsDirectly(ctx, middleware)) sendHit(ctx, hit);
    else placeHit(ctx, hit);
    this.#tally.hit(ctx, hit, startedAt);
    return undefined;
  }

  #policyFor(ctx: Context, isKeyed: boolean): HttpPolicy {
    const { bypass, shared, personal, bypassing } = this.#settings;
    if (bypass !== undefined && asksToBypass(ctx.originalUrl, bypass.param) && bypass.allow(ctx)) return bypassing;
    return isKeyed ? personal : shared;
  }

  /** Middleware in front may want to change the answer, or its fields: then Koa sends it. */
  #sendsDirectly({ app, res }: Context, middleware: Middleware | undefined): boolean {
    const { send } = this.#settings;
    if (send !== 'auto') return send === 'direct';
    return app.middleware[0] === middleware && res.getHeaderNames().length === 0;
  }

  async #load(ctx: Context, next: Next, request: KoaRequest, policy: HttpPolicy, startedAt: number): Promise<void> {
    this.#tally.identify(ctx);
    const run = new HandlerRun(ctx, next, beginState(ctx), this.#settings);
    let answer: HttpResponse;
    try {
      answer = await this.#http.handle(request, run.origin, policy);
    } catch (error) {
      const told = run.errorFor(error);
      this.#tally.failed(ctx, told, startedAt);
      throw told;
    }
    run.finish(answer);
    this.#tally.answered(ctx, answer, startedAt);
  }

  async #change(ctx: Context, next: Next): Promise<void> {
    const { cache, invalidate } = this.#settings;
    const startedAt = this.#tally.begin();
    this.#tally.identify(ctx);
    beginState(ctx);
    try {
      await next();
    } catch (error) {
      this.#tally.failed(ctx, error, startedAt);
      throw error;
    }
    this.#tally.passed(ctx, startedAt);
    if (hasChanged(ctx)) await invalidateFor(ctx, cache, changedBy(ctx, invalidate));
  }

  /** Behind another caching middleware: that one looks up and keeps, and is told what this one knows of the answer. */
  async #inside(outer: CachingState, ctx: Context, next: Next): Promise<void> {
    const { ttl, tags, tagsOf, hasContext, statuses } = this.#settings;
    await next();
    if (!statuses.has(ctx.status)) return;
    // Whoever is nearest to the handler knows best.
    // An adaptive ttl is chosen by the one who keeps.
    if (ttl !== 'adaptive') outer.ttl ??= ttl;
    outer.tags.push(...tags);
    if (tagsOf !== undefined) outer.ask(() => outer.tags.push(...tagsOf(ctx)));
    // The key in front does not hold what the answer depends on.
    if (hasContext) outer.isKept = false;
  }
}
