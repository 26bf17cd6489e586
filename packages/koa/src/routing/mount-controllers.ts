import { adoptMethod, CACHE, InvalidOptionError, methodCaching, type Cache, type MethodCaching } from '@cachewarp/core';
import type { Router } from '@koa/router';
import type { Context, Middleware } from 'koa';
import type { KoaCacheOptions } from '../caching/koa-cache-options.js';
import { readKoaCacheOptions } from '../caching/koa-cache-settings.js';
import { KoaCaching } from '../caching/koa-caching.js';
import { describeAnswer, handlerOptions, type HandlerCall } from './handler-caching.js';
import { checkTemplates, runInvalidating } from './handler-invalidation.js';
import { prefixOf, routesOf, type ControllerClass, type RouteRecord } from './route-metadata.js';

/** What is needed of a container; tsyringe's `DependencyContainer` is one. */
export interface ControllerContainer {
  resolve(token: never): unknown;
  isRegistered(token: never, recursive?: boolean): boolean;
}

/** Options of {@link mountControllers}: those of `httpCache`, for every handler that does not say otherwise. */
export interface MountOptions extends Omit<KoaCacheOptions, 'cache'> {
  /**
   * Where responses are kept.
   * @defaultValue the Cache that `registerCacheWarp` has put into the container
   */
  cache?: Cache;
}

type Handler = (ctx: Context) => unknown;

/**
 * Routes requests to the handlers of controllers.
 *
 * Each controller is resolved from the container, once, now. A handler gets Koa's context; what it returns becomes `ctx.body`. The
 * final response of a GET handler that carries `@CacheResponse` is cached; a successful POST, PUT, PATCH or DELETE invalidates what
 * was answered under its path and its collection, and what its `@Invalidates` names, with `:id` from the parameters of the route.
 *
 * @example
 * const router = new Router();
 * mountControllers(router, container, [UsersController, PostsController]);
 * app.use(router.routes());
 *
 * @throws InvalidOptionError when a class carries no `@Controller`, a route is there twice, an option of a decorator has no meaning
 * for a response, or the container has no Cache; whatever the container throws
 */
export function mountControllers(
  router: Router,
  container: ControllerContainer,
  controllers: readonly ControllerClass[],
  options: MountOptions = {},
): void {
  if (!Array.isArray(controllers))
    throw new InvalidOptionError('controllers', 'must be a list of classes', controllers);
  const base: KoaCacheOptions = { ...options, cache: options.cache ?? cacheOf(container) };
  // What is wrong with the options is said also where no handler uses them.
  readKoaCacheOptions(base);
  const taken = new Map<string, string>();
  for (const controller of controllers as readonly ControllerClass[]) {
    const prefix = prefixOf(controller);
    const instance = container.resolve(controller as never) as object;
    for (const route of routesOf(controller)) {
      const text = `${controller.name}.${String(route.handler)}`;
      // Without its last slash a path matches with and without one.
      const path = route.path === '/' && prefix !== '' ? prefix : prefix + route.path;
      assertFree(taken, `${route.method} ${path}`, text);
      const caching = methodCaching(controller, route.handler);
      if (caching !== undefined) adoptMethod(controller, route.handler);
      checkTemplates(caching?.invalidates ?? [], path, text);
      const chain = [
        ...frontOf(route, caching, { ...base, route: base.route ?? path }, text),
        handle(instance, route, caching, base.cache, text),
      ];
      register(router, route, path, chain);
    }
  }
}

/** The caching in front of a handler: a GET is cached where its handler says so, a change invalidates in any case. */
function frontOf(
  { method }: RouteRecord,
  caching: MethodCaching | undefined,
  base: KoaCacheOptions,
  text: string,
): Middleware[] {
  const decorated = caching?.options;
  if (method !== 'GET') {
    if (decorated !== undefined)
      throw new InvalidOptionError(`@CacheResponse of ${text}`, 'must be on a GET handler', method);
    const plain = new KoaCaching(readKoaCacheOptions(base));
    return [(ctx, next) => plain.answer(ctx, next, undefined)];
  }
  if (decorated === undefined) return [];
  const own = new KoaCaching(readKoaCacheOptions(handlerOptions(decorated, base, text)));
  return [(ctx, next) => own.answer(ctx, next, undefined)];
}

/** Calls the handler on its instance, by name: so every other decorator that it carries has its say. */
function handle(
  instance: object,
  { handler }: RouteRecord,
  caching: MethodCaching | undefined,
  cache: Cache,
  text: string,
): Middleware {
  const methods = instance as Record<string | symbol, Handler>;
  const rules = caching?.invalidates ?? [];
  const decorated = caching?.options;
  const run = async (ctx: Context, call: HandlerCall): Promise<unknown> => {
    const value = await methods[handler]!(ctx);
    if (value !== undefined) ctx.body = value;
    if (decorated !== undefined) describeAnswer(decorated, ctx, value, call);
    return value;
  };
  return async (ctx) => {
    const call: HandlerCall = { self: instance, args: [ctx], method: text };
    if (rules.length === 0) await run(ctx, call);
    else await runInvalidating(rules, cache, ctx, call, () => run(ctx, call));
  };
}

function register(router: Router, { method }: RouteRecord, path: string, chain: Middleware[]): void {
  const verb = method.toLowerCase() as 'get' | 'post' | 'put' | 'patch' | 'delete';
  router[verb](path, ...chain);
}

function assertFree(taken: Map<string, string>, route: string, text: string): void {
  const other = taken.get(route);
  if (other !== undefined)
    throw new InvalidOptionError('controllers', `must not route ${route} to ${other} and ${text}`, route);
  taken.set(route, text);
}

function cacheOf(container: ControllerContainer): Cache {
  if (container.isRegistered(CACHE as never, true)) return container.resolve(CACHE as never) as Cache;
  throw new InvalidOptionError(
    'container',
    'must hold a Cache: call registerCacheWarp(container, …), or give the option cache',
    undefined,
  );
}
