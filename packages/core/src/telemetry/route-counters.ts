import type { AnswerWord } from './answer-word.js';

/** Requests of one route by how they were answered: plain integers, raised with every request and read when somebody asks. */
export class RouteCounters implements Record<AnswerWord, number> {
  readonly name: string;
  hit = 0;
  stale = 0;
  revalidated = 0;
  miss = 0;
  bypass = 0;
  error = 0;

  constructor(name: string) {
    this.name = name;
  }
}

/** Where a record counts that belongs to no route of its cache: a number that nobody reads is cheaper than a question. */
export const NO_ROUTE = new RouteCounters('');
