import { RouteFolder } from './route-folder.js';
import { RouteStats, type Sighting } from './route-stats.js';

const MAX_ROUTES = 2_000;
const MAX_PATHS = 20_000;

/** The name of what was too rare to keep a row of its own. */
export const OTHER_ROUTES = '(other)';

/**
 * Counts by route, in bounded memory: when there are too many routes, the rarer half becomes one (lossy counting: Manku and Motwani,
 * VLDB 2002), so that frequent routes stay.
 */
export class RouteTable {
  readonly #folder = new RouteFolder();
  #routes = new Map<string, RouteStats>();
  /** Paths seen lately, so that they need not be folded again. */
  readonly #byPath = new Map<string, RouteStats>();
  #folds = 0;

  add(target: string, sighting: Sighting): void {
    this.#of(target).add(sighting);
  }

  /** The routes by their number of requests, the first the most requested. */
  rows(): [route: string, stats: RouteStats][] {
    return [...this.#routes].sort(([, one], [, other]) => other.requests - one.requests);
  }

  /** The route that a target is counted under, if it is not too rare. */
  routeOf(target: string): string {
    return this.#folder.fold(target);
  }

  #of(target: string): RouteStats {
    const question = target.indexOf('?');
    const path = question === -1 ? target : target.slice(0, question);
    const known = this.#byPath.get(path);
    if (known !== undefined) return known;
    // Copied: a piece of a line would keep the whole chunk that it was cut from.
    const own = Buffer.from(path).toString();
    const route = this.#folder.fold(own);
    if (this.#folder.folds !== this.#folds) this.#refold();
    const stats = this.#routeOf(route);
    if (this.#byPath.size >= MAX_PATHS) this.#byPath.clear();
    this.#byPath.set(own, stats);
    return stats;
  }

  #routeOf(route: string): RouteStats {
    let stats = this.#routes.get(route);
    if (stats !== undefined) return stats;
    if (this.#routes.size >= MAX_ROUTES) this.#forgetRare();
    this.#routes.set(route, (stats = new RouteStats()));
    return stats;
  }

  /** A place has turned out to hold names: the routes of those names become one. */
  #refold(): void {
    this.#folds = this.#folder.folds;
    this.#byPath.clear();
    const before = this.#routes;
    this.#routes = new Map();
    for (const [route, stats] of before)
      this.#mergeInto(route === OTHER_ROUTES ? route : this.#folder.fold(route), stats);
  }

  #forgetRare(): void {
    this.#byPath.clear();
    const rows = this.rows();
    this.#routes = new Map();
    for (const [index, [route, stats]] of rows.entries()) {
      this.#mergeInto(index < MAX_ROUTES / 2 ? route : OTHER_ROUTES, stats);
    }
  }

  #mergeInto(route: string, stats: RouteStats): void {
    const there = this.#routes.get(route);
    if (there === undefined) this.#routes.set(route, stats);
    else there.merge(stats);
  }
}
