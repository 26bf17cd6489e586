import type { HeaderFields } from '../message/headers.js';
import type { Freshness } from './freshness.js';

/** What the rules want to know of a request. `HttpRequest` satisfies it. */
export interface RequestFacts {
  readonly method: string;
  readonly headers: HeaderFields;
}

/** What the rules want to know of a response that arrived. `HttpResponse` satisfies it. */
export interface ResponseFacts {
  readonly status: number;
  readonly headers: HeaderFields;
}

/** What the rules want to know of a stored response. */
export interface StoredFacts {
  readonly status: number;
  /** The stored fields: hop-by-hop fields are gone, Date is there. */
  readonly headers: HeaderFields;
  /** When the request that brought it was sent, ms since the epoch. */
  readonly requestTime: number;
  /** When its head arrived, ms since the epoch. */
  readonly responseTime: number;
  /** Worked out once, at storing or freshening. */
  readonly freshness: Freshness;
}
