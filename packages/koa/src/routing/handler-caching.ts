import { InvalidOptionError, type Call, type AsyncMethod, type Duration, type MethodCaching } from '@cachewarp/core';
import type { Context } from 'koa';
import { stateOf } from '../caching/caching-state.js';
import type { KoaCacheOptions, KoaContextDimension } from '../caching/koa-cache-options.js';

/** One call of a handler, for the callbacks of its decorators. */
export type HandlerCall = Call<unknown, AsyncMethod>;

type Decorated = NonNullable<MethodCaching['options']>;

/** What of `@CacheResponse` has a meaning for a response. `unbound` has none, but nothing contradicts it either. */
const APPLICABLE = [
  'ttl',
  'staleWhileRevalidate',
  'staleIfError',
  'tags',
  'when',
  'unless',
  'context',
  'unbound',
] as const satisfies readonly (keyof Decorated)[];

/** As for any cached method without a ttl. */
const DEFAULT_TTL: Duration = '30s';

/**
 * What the `@CacheResponse` of a handler makes of the options of its controllers.
 *
 * @param text - the handler in messages: `UsersController.find`
 * @throws InvalidOptionError for an option that has no meaning for a response
 */
export function handlerOptions(decorated: Decorated, base: KoaCacheOptions, text: string): KoaCacheOptions {
  for (const [name, value] of Object.entries(decorated)) {
    if (value === undefined || (APPLICABLE as readonly string[]).includes(name)) continue;
    throw new InvalidOptionError(
      `@CacheResponse ${name} of ${text}`,
      'does not apply to a routed handler, whose response is kept by its URL',
      value,
    );
  }
  const { ttl, tags, staleWhileRevalidate, staleIfError, context } = decorated;
  return {
    ...base,
    ttl: typeof ttl === 'function' || ttl === undefined ? (base.ttl ?? DEFAULT_TTL) : ttl,
    ...(staleWhileRevalidate !== undefined && { staleWhileRevalidate }),
    ...(staleIfError !== undefined && { staleIfError }),
    ...(tags !== undefined && typeof tags !== 'function' && { tags }),
    ...(context !== undefined && { context: contextOf(context, base.context ?? {}, text) }),
  };
}

/** Tells the caching in front what the callbacks of `@CacheResponse` say of the value that the handler has returned. */
export function describeAnswer(
  { ttl, tags, when, unless }: Decorated,
  ctx: Context,
  value: unknown,
  call: HandlerCall,
): void {
  const state = stateOf(ctx);
  if (state === undefined) return;
  state.ask(() => {
    if (when?.(value, call) === false || unless?.(value, call) === true) state.isKept = false;
    if (!state.isKept) return;
    if (typeof ttl === 'function') state.ttl = ttl(value, call);
    if (typeof tags === 'function') state.tags.push(...tags(value, call));
  });
}

function contextOf(
  context: NonNullable<Decorated['context']>,
  declared: Readonly<Record<string, KoaContextDimension>>,
  text: string,
): Record<string, KoaContextDimension> {
  const names = isNames(context) ? Object.fromEntries(context.map((name) => [name, true as const])) : context;
  const dimensions: Record<string, KoaContextDimension> = {};
  for (const [name, dimension] of Object.entries(names)) {
    if (dimension !== true) {
      dimensions[name] = (ctx) => dimension({ self: undefined, args: [ctx], method: text });
      continue;
    }
    const found = declared[name];
    if (found === undefined) {
      const known = Object.keys(declared).join(', ') || 'none';
      throw new InvalidOptionError(
        `@CacheResponse context of ${text}`,
        `must name declared dimensions (${known})`,
        name,
      );
    }
    dimensions[name] = found;
  }
  return dimensions;
}

function isNames(context: NonNullable<Decorated['context']>): context is readonly string[] {
  return Array.isArray(context);
}
