import { InvalidOptionError } from '@cachewarp/core';
import { noteRoute, type RouteMethod } from './route-metadata.js';

/**
 * A handler: gets Koa's context, in whatever type it wants to see it, and what it returns becomes `ctx.body` unless it is undefined.
 */
export type Handler = (ctx: any) => unknown;

/** A method decorator under both protocols: `experimentalDecorators` calls the first signature, TC39 decorators the second. */
export interface RouteDecorator {
  <M extends Handler>(target: object, name: string | symbol, descriptor: TypedPropertyDescriptor<M>): void;
  <T, M extends Handler>(handler: M, context: ClassMethodDecoratorContext<T, M>): void;
}

const PATH = /^\/[^?#\s]*$/;

/**
 * Routes `GET` requests (and `HEAD`, which `@koa/router` answers from the same handler) to the method.
 *
 * @param path - below the controller's prefix, as `@koa/router` takes it: `/:id`; default `/`
 * @throws InvalidOptionError when the path does not begin with `/`
 */
export function Get(path = '/'): RouteDecorator {
  return route('GET', path);
}

/** Routes `POST` requests to the method; see {@link Get}. */
export function Post(path = '/'): RouteDecorator {
  return route('POST', path);
}

/** Routes `PUT` requests to the method; see {@link Get}. */
export function Put(path = '/'): RouteDecorator {
  return route('PUT', path);
}

/** Routes `PATCH` requests to the method; see {@link Get}. */
export function Patch(path = '/'): RouteDecorator {
  return route('PATCH', path);
}

/** Routes `DELETE` requests to the method; see {@link Get}. */
export function Delete(path = '/'): RouteDecorator {
  return route('DELETE', path);
}

function route(method: RouteMethod, path: string): RouteDecorator {
  const decorator = `@${method[0]}${method.slice(1).toLowerCase()}`;
  if (typeof path !== 'string' || !PATH.test(path)) {
    throw new InvalidOptionError(`${decorator} path`, "must be a path such as '/:id'", path);
  }
  return (target: object, nameOrContext: unknown): void => {
    if (typeof nameOrContext === 'object' && nameOrContext !== null) {
      const { name, metadata, static: isStatic, private: isPrivate } = nameOrContext as ClassMethodDecoratorContext;
      if (isStatic || isPrivate) throw notAHandler(decorator, name);
      noteRoute(metadata!, { method, path, handler: name });
    } else {
      const name = nameOrContext as string | symbol;
      if (typeof target === 'function') throw notAHandler(decorator, name);
      noteRoute(target, { method, path, handler: name });
    }
  };
}

function notAHandler(decorator: string, name: string | symbol): InvalidOptionError {
  return new InvalidOptionError(decorator, 'must decorate a public method of instances', String(name));
}
