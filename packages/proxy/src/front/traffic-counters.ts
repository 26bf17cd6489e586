import type { AnswerWord, RouteCounters, Traffic } from '@cachewarp/core';

/** What the front counts. */
export class TrafficCounters {
  /** By the name of the route; every route is there before its first request. */
  readonly routes: ReadonlyMap<string, RouteCounters>;
  /** What is counted beside, in the cache whose requests they are: so that everybody who shares it sees all of them. */
  readonly traffic: Traffic;
  readonly #routes = new Map<string, RouteCounters>();
  /** Requests that were refused before they had a route. */
  refused = 0;
  /** Client connections now. */
  connections = 0;
  /** WebSocket and other upgraded connections now. */
  tunnels = 0;
  /** Requests being answered now that are not fresh hits. */
  active = 0;

  constructor(traffic: Traffic, routeNames: readonly string[]) {
    this.traffic = traffic;
    this.routes = this.#routes;
    this.addRoutes(routeNames);
  }

  /**
   * A fresh hit was answered.
   * @param bytes - of its content
   */
  hit(counts: RouteCounters, bytes: number): void {
    counts.hit++;
    this.traffic.bytes.hit += bytes;
  }

  /** Routes that came with a new configuration. Those of before stay, with what they counted. */
  addRoutes(names: readonly string[]): void {
    for (const name of names) this.#routes.set(name, this.traffic.routes.of(name));
  }
}

const WORDS: Readonly<Record<string, AnswerWord>> = {
  HIT: 'hit',
  STALE: 'stale',
  REVALIDATED: 'revalidated',
  MISS: 'miss',
  BYPASS: 'bypass',
};

/** The word of an X-Cache field. */
export function answerWord(xCache: string | undefined): AnswerWord {
  return WORDS[xCache ?? ''] ?? 'bypass';
}
