import {
  requestId,
  type AnswerWord,
  type MissReason,
  type RequestLog,
  type RouteCounters,
  type Traffic,
} from '@cachewarp/core';
import { missReasonIn, type FreshHit, type HttpResponse } from '@cachewarp/http';
import type { Context } from 'koa';
import type { KoaCacheSettings } from './koa-cache-settings.js';

/** How a request was answered, as far as the middleware sees it. */
interface Ending {
  readonly word: AnswerWord;
  readonly reason?: MissReason | undefined;
  readonly status: number;
  readonly bytes: number;
  readonly fault?: string;
}

const WORDS: Readonly<Record<string, AnswerWord>> = {
  HIT: 'hit',
  STALE: 'stale',
  REVALIDATED: 'revalidated',
  MISS: 'miss',
};

/**
 * Counts the requests of one caching middleware by its route, measures them where somebody wants to know, and tells the log. A fresh hit
 * costs two integers, unless it is measured or told.
 */
export class RequestTally {
  readonly #traffic: Traffic;
  readonly #log: RequestLog | undefined;
  readonly #counts: RouteCounters | undefined;
  readonly #routeOf: ((ctx: Context) => string) | undefined;
  #hasWarned = false;

  constructor({ cache, route, log }: Pick<KoaCacheSettings, 'cache' | 'route' | 'log'>) {
    this.#traffic = cache.parts.traffic;
    this.#log = log;
    this.#counts = typeof route === 'string' ? this.#traffic.routes.of(route) : undefined;
    this.#routeOf = typeof route === 'string' ? undefined : route;
  }

  /** When a request began, on the clock of `performance.now()`; 0 where nobody wants to know. */
  begin(): number {
    return this.#traffic.isMeasured || this.#log !== undefined ? performance.now() : 0;
  }

  /** The id of a request that is no fresh hit, where there is a log to find it in: the client is told, and the state holds it. */
  identify(ctx: Context): void {
    if (this.#log === undefined) return;
    const id = requestId(ctx.get('X-Request-Id') || undefined);
    (ctx.state as Record<string, unknown>)['requestId'] ??= id;
    if (!ctx.res.hasHeader('X-Request-Id')) ctx.set('X-Request-Id', id);
  }

  hit(ctx: Context, { stored }: FreshHit, startedAt: number): void {
    const bytes = ctx.req.method === 'HEAD' ? 0 : stored.body.length;
    const isTold = this.#log?.wantsHits === true;
    if (!this.#traffic.isMeasured && !isTold) {
      this.#countsOf(ctx).hit++;
      this.#traffic.bytes.hit += bytes;
      return;
    }
    this.#end(ctx, { word: 'hit', status: stored.status, bytes }, startedAt, isTold);
  }

  answered(ctx: Context, { status, headers, body }: HttpResponse, startedAt: number): void {
    const word = WORDS[headers.get('x-cache') ?? ''] ?? 'bypass';
    const bytes = body instanceof Uint8Array ? body.length : 0;
    this.#end(ctx, { word, reason: missReasonIn(headers), status, bytes }, startedAt, true);
  }

  failed(ctx: Context, error: unknown, startedAt: number): void {
    const { status, code } = (error ?? {}) as { status?: unknown; code?: unknown };
    const fault = typeof code === 'string' ? code : error instanceof Error ? error.name : 'unknown';
    this.#end(
      ctx,
      { word: 'error', status: typeof status === 'number' ? status : 500, bytes: 0, fault },
      startedAt,
      true,
    );
  }

  /** A request whose method is not for caches. */
  passed(ctx: Context, startedAt: number): void {
    this.#end(ctx, { word: 'bypass', reason: 'method', status: ctx.status, bytes: ctx.length ?? 0 }, startedAt, true);
  }

  #countsOf(ctx: Context): RouteCounters {
    return this.#counts ?? this.#traffic.routes.of(this.#routeOf!(ctx));
  }

  #end(ctx: Context, ending: Ending, startedAt: number, isTold: boolean): void {
    const { word, bytes } = ending;
    const counts = this.#countsOf(ctx);
    counts[word]++;
    this.#traffic.bytes[word] += bytes;
    const durationMs = performance.now() - startedAt;
    if (this.#traffic.isMeasured) this.#traffic.durations[word].observe(durationMs);
    if (!isTold || this.#log === undefined) return;
    const known = (ctx.state as Record<string, unknown>)['requestId'];
    const request = {
      method: ctx.req.method ?? '',
      authority: ctx.host,
      target: ctx.originalUrl,
      client: ctx.ip,
      requestId: typeof known === 'string' ? known : requestId(ctx.get('X-Request-Id') || undefined),
      route: counts.name,
      reason: undefined,
      fault: undefined,
      ...ending,
      durationMs,
    };
    try {
      this.#log.answered(request);
    } catch (error) {
      this.#warn(error);
    }
  }

  /** A log's fault must not become the client's: it is said once, and the application goes on. */
  #warn(error: unknown): void {
    if (this.#hasWarned) return;
    this.#hasWarned = true;
    const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
    process.emitWarning(`a request log threw: ${detail}`, { type: 'CacheWarpWarning' });
  }
}
