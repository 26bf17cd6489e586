import { ANSWER_WORDS, type AnswerWord } from './answer-word.js';
import { DurationHistogram, REQUEST_BOUNDS } from './duration-histogram.js';
import type { RouteTable } from './route-table.js';

/**
 * Requests by route, and what adapters know of them beside: how long the answers took and how large they were. Plain integers, read
 * when somebody asks.
 */
export class Traffic {
  readonly routes: RouteTable;
  /** Whether somebody wants to know how long answers take: adapters read no clock before. */
  isMeasured = false;
  /** From the request to the last byte handed over, by how the answer came about. */
  readonly durations: Readonly<Record<AnswerWord, DurationHistogram>>;
  /** Bytes of content given to clients. */
  readonly bytes: Record<AnswerWord, number>;

  constructor(routes: RouteTable) {
    this.routes = routes;
    this.durations = byWord(() => new DurationHistogram(REQUEST_BOUNDS));
    this.bytes = byWord(() => 0);
  }
}

function byWord<T>(make: () => T): Record<AnswerWord, T> {
  return Object.fromEntries(ANSWER_WORDS.map((word) => [word, make()])) as Record<AnswerWord, T>;
}
