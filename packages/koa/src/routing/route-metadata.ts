import { InvalidOptionError } from '@cachewarp/core';

/** Methods that have a routing decorator. */
export type RouteMethod = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** A class, as far as routing looks at it. */
export interface ControllerClass<T extends object = object> {
  readonly name: string;
  readonly prototype: T;
  new (...args: never[]): T;
}

/** One route of one handler. */
export interface RouteRecord {
  readonly method: RouteMethod;
  /** Below the controller's prefix. */
  readonly path: string;
  /** Name of the handler. */
  readonly handler: string | symbol;
}

// Under the legacy protocol routes are noted at the prototype, under the standard one at the metadata object of the class.
const routes = new WeakMap<object, RouteRecord[]>();
const prefixes = new WeakMap<object, string>();

/** Where classes keep their metadata object; @cachewarp/core has put `Symbol.metadata` there when this module runs. */
const METADATA: symbol = (Symbol as unknown as { readonly metadata: symbol }).metadata;

export function noteRoute(home: object, record: RouteRecord): void {
  const noted = routes.get(home);
  if (noted === undefined) routes.set(home, [record]);
  else noted.push(record);
}

export function notePrefix(controller: object, prefix: string): void {
  prefixes.set(controller, prefix);
}

/** @throws InvalidOptionError when the class carries no `@Controller` */
export function prefixOf(controller: ControllerClass): string {
  const prefix = prefixes.get(controller);
  if (prefix !== undefined) return prefix;
  throw new InvalidOptionError('controllers', 'must be classes that carry @Controller', controller.name);
}

/**
 * The routes of a class in the order of the source, inherited ones first. A handler that is overridden keeps the routes it was
 * given above; one that is routed anew has only its own.
 */
export function routesOf(controller: ControllerClass): RouteRecord[] {
  const byHandler = new Map<string | symbol, RouteRecord[]>();
  for (const current of lineage(controller).toReversed()) {
    const own = new Map<string | symbol, RouteRecord[]>();
    for (const record of homesOf(current).flatMap((home) => routes.get(home) ?? [])) {
      own.set(record.handler, [...(own.get(record.handler) ?? []), record]);
    }
    for (const [handler, records] of own) byHandler.set(handler, records);
  }
  return [...byHandler.values()].flat();
}

function lineage(controller: ControllerClass): ControllerClass[] {
  const classes: ControllerClass[] = [];
  for (let current: unknown = controller; isClass(current); current = Object.getPrototypeOf(current))
    classes.push(current);
  return classes;
}

function isClass(value: unknown): value is ControllerClass {
  return typeof value === 'function' && (value.prototype as unknown) !== undefined;
}

function homesOf(controller: ControllerClass): object[] {
  const metadata: unknown = Object.hasOwn(controller, METADATA) ? (controller as never)[METADATA] : undefined;
  return typeof metadata === 'object' && metadata !== null ? [controller.prototype, metadata] : [controller.prototype];
}
