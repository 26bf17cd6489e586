import type { RouteCounters } from '@cachewarp/core';
import type { HttpCache, KnownRequest } from '@cachewarp/http';
import type { ProxyRequest } from '../../request/proxy-request.js';
import type { Route } from '../../rules/rule-set.js';
import type { TrafficCounters } from '../traffic-counters.js';

/** What holds for a known head on one route. */
export interface KnownOnRoute {
  /** Undefined: the route needs to see each request. */
  readonly request: KnownRequest | undefined;
  readonly counts: RouteCounters;
}

/** Fields that the proxy adds by connection: not a part of what clients send. */
const BY_CONNECTION: ReadonlySet<string> = new Set(['x-forwarded-for']);

/** What the ordinary way made of a block of fields: everything about such requests but their target. */
export class KnownHead {
  /** Whether it came from a proxy of ours, whose fields count. */
  readonly isTrusted: boolean;
  readonly authority: string;
  readonly #request: ProxyRequest;
  readonly #routes = new Map<Route, KnownOnRoute>();

  constructor(request: ProxyRequest, isTrusted: boolean) {
    this.isTrusted = isTrusted;
    this.authority = request.authority;
    this.#request = request;
  }

  on(route: Route, cache: Pick<HttpCache, 'know'>, counters: TrafficCounters): KnownOnRoute {
    let known = this.#routes.get(route);
    if (known === undefined) {
      const request =
        route.requestEdits === undefined ? cache.know(this.#request, route.policy, BY_CONNECTION) : undefined;
      known = { request, counts: counters.routes.get(route.name)! };
      this.#routes.set(route, known);
    }
    return known;
  }
}
