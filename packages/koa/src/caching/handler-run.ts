import { OriginError, type HttpRequest, type HttpResponse, type Origin } from '@cachewarp/http';
import type { Context, Next } from 'koa';
import { placeAnswer, placeStory } from './answer.js';
import type { CachingState } from './caching-state.js';
import { capture, type CapturedResponse } from './captured-response.js';
import { answered, detach } from './detached.js';
import type { KoaCacheSettings } from './koa-cache-settings.js';
import { useKeyedTarget } from './koa-request.js';
import { ResponseFields } from './response-fields.js';

/** Fields by which a client asks for less than the whole answer. The cache answers them, from the whole one. */
const PARTIAL = ['if-none-match', 'if-modified-since', 'range', 'if-range'] as const;

/**
 * The middleware behind ours as the origin of one request. It runs at most once: for this request, or, when a stale answer has gone
 * out, behind it. Where another request's run made the answer, it does not run at all.
 */
export class HandlerRun {
  readonly #ctx: Context;
  readonly #next: Next;
  readonly #state: CachingState;
  readonly #settings: KoaCacheSettings;
  #before: ResponseFields;
  #running: Promise<CapturedResponse> | undefined;
  #captured: CapturedResponse | undefined;
  #thrown: { readonly error: unknown } | undefined;

  constructor(ctx: Context, next: Next, state: CachingState, settings: KoaCacheSettings) {
    this.#ctx = ctx;
    this.#next = next;
    this.#state = state;
    this.#settings = settings;
    this.#before = new ResponseFields(ctx.res);
  }

  /** For the HTTP cache. */
  readonly origin: Origin = (asked, { isBackground }) => {
    this.#running ??= isBackground === true ? this.#runBehind(asked) : this.#run(asked);
    return this.#running;
  };

  /** Gives the context the answer that the HTTP cache has found. */
  finish(answer: HttpResponse): void {
    const ctx = this.#ctx;
    const own = this.#captured;
    const isOwn = own !== undefined && (ctx.method === 'HEAD' || (own.isUntouched && answer.body === own.body));
    if (isOwn) {
      placeStory(ctx, answer);
      return;
    }
    // The handler may have got as far as setting fields before it failed.
    this.#before.restore(ctx.res);
    placeAnswer(ctx, answer);
  }

  /** What this request fails with: what its own handler threw, or that of the request it waited for. */
  errorFor(error: unknown): unknown {
    if (this.#thrown !== undefined) return this.#thrown.error;
    return error instanceof OriginError && error.cause !== undefined ? error.cause : error;
  }

  /** A stale answer is on its way out. Once it is gone, the context is free to make a new one. */
  async #runBehind(asked: HttpRequest): Promise<CapturedResponse> {
    await answered(this.#ctx);
    detach(this.#ctx);
    // A stale answer to HEAD is renewed by GET.
    this.#ctx.method = asked.method;
    this.#before = new ResponseFields(this.#ctx.res);
    return this.#run(asked);
  }

  #describe({ target }: HttpRequest): void {
    const state = this.#state;
    const { cache, tagsOf } = this.#settings;
    if (tagsOf !== undefined) state.ask(() => state.tags.push(...tagsOf(this.#ctx)));
    for (const error of state.faults) cache.events.emit('policyError', { key: `GET:${target}`, error });
  }

  async #run(asked: HttpRequest): Promise<CapturedResponse> {
    const ctx = this.#ctx;
    const showTarget = useKeyedTarget(ctx, asked.target);
    const showConditions = hideConditions(ctx, asked);
    try {
      await this.#next();
      const { statuses } = this.#settings;
      if (statuses.has(ctx.status)) this.#describe(asked);
      this.#captured = capture(ctx, this.#before, statuses, this.#state);
      return this.#captured;
    } catch (error) {
      this.#thrown = { error };
      throw error;
    } finally {
      showConditions();
      showTarget();
    }
  }
}

/** Hides from the handlers the conditions that the cache answers itself. Returns the way back. */
function hideConditions({ req }: Context, asked: HttpRequest): () => void {
  const hidden = PARTIAL.filter((name) => req.headers[name] !== undefined && !asked.headers.has(name));
  const values = Object.fromEntries(hidden.map((name) => [name, req.headers[name]]));
  for (const name of hidden) delete req.headers[name];
  return () => void Object.assign(req.headers, values);
}
