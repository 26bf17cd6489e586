/** How a request was answered: by the cache's word, or with an error of our own. */
export type AnswerWord = 'hit' | 'stale' | 'revalidated' | 'miss' | 'bypass' | 'error';

/** Requests by how they were answered: plain integers, raised with every request and read when somebody asks. */
export class RouteCounters implements Record<AnswerWord, number> {
  hit = 0;
  stale = 0;
  revalidated = 0;
  miss = 0;
  bypass = 0;
  error = 0;
}

/** What the front counts. */
export class TrafficCounters {
  /** By the name of the route; every route is there from the beginning. */
  readonly routes: ReadonlyMap<string, RouteCounters>;
  /** Requests that were refused before they had a route. */
  refused = 0;
  /** Client connections now. */
  connections = 0;
  /** WebSocket and other upgraded connections now. */
  tunnels = 0;
  /** Requests being answered now that are not fresh hits. */
  active = 0;

  constructor(routeNames: readonly string[]) {
    this.routes = new Map(routeNames.map((name) => [name, new RouteCounters()]));
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
