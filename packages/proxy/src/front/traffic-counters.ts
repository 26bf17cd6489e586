import { DurationHistogram, REQUEST_BOUNDS } from '../base/duration-histogram.js';

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

/** The words, for whoever lists them. */
export const ANSWER_WORDS = [
  'hit',
  'stale',
  'revalidated',
  'miss',
  'bypass',
  'error',
] as const satisfies readonly AnswerWord[];

/** What the front counts. */
export class TrafficCounters {
  /** By the name of the route; every route is there before its first request. */
  readonly routes: ReadonlyMap<string, RouteCounters>;
  readonly #routes = new Map<string, RouteCounters>();
  /** How long answers took, by how they came about; only while somebody measures. */
  readonly durations: Readonly<Record<AnswerWord, DurationHistogram>>;
  /** Requests that were refused before they had a route. */
  refused = 0;
  /** Client connections now. */
  connections = 0;
  /** WebSocket and other upgraded connections now. */
  tunnels = 0;
  /** Requests being answered now that are not fresh hits. */
  active = 0;

  constructor(routeNames: readonly string[]) {
    this.routes = this.#routes;
    this.addRoutes(routeNames);
    const histograms = ANSWER_WORDS.map((word) => [word, new DurationHistogram(REQUEST_BOUNDS)] as const);
    this.durations = Object.fromEntries(histograms) as Record<AnswerWord, DurationHistogram>;
  }

  /** Routes that came with a new configuration. Those of before stay, with what they counted. */
  addRoutes(names: readonly string[]): void {
    for (const name of names) if (!this.#routes.has(name)) this.#routes.set(name, new RouteCounters());
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
