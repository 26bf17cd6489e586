import { RouteCounters } from './route-counters.js';

/** The route of what belongs to no other. */
export const DEFAULT_ROUTE = 'default';

/** The route of all that come after the table is full. */
const OTHER_ROUTES = 'other';

/** Routes that are counted each by itself. A label with more values than this makes a monitoring system slow, and nobody reads it. */
const MAX_ROUTES = 1_000;

/**
 * Counters by route: a key family, a rule of the proxy, a route of an application. Never a key or a URL: keys of which no family is
 * known count as {@link DEFAULT_ROUTE}, and the number of routes is bounded, so that the labels of metrics are, too.
 */
export class RouteTable {
  readonly #isFamily: (name: string) => boolean;
  readonly #routes = new Map<string, RouteCounters>();

  /** @param isFamily - whether keys that begin with `name(` belong to a family that somebody has defined */
  constructor(isFamily: (name: string) => boolean = () => false) {
    this.#isFamily = isFamily;
  }

  /** The counters of a route, which begins to be counted with this. */
  of(name: string): RouteCounters {
    const found = this.#routes.get(name);
    if (found !== undefined) return found;
    if (this.#routes.size >= MAX_ROUTES && name !== OTHER_ROUTES) return this.of(OTHER_ROUTES);
    const made = new RouteCounters(name);
    this.#routes.set(name, made);
    return made;
  }

  /** The counters of a key: those of its family, `user@2` for `user@2("42")`. */
  ofKey(key: string): RouteCounters {
    const end = key.indexOf('(');
    if (end === -1) return this.of(DEFAULT_ROUTE);
    const name = key.slice(0, end);
    return this.#routes.get(name) ?? this.of(this.#isFamily(name) ? name : DEFAULT_ROUTE);
  }

  /** Every route that is counted. */
  all(): readonly RouteCounters[] {
    return [...this.#routes.values()];
  }
}
