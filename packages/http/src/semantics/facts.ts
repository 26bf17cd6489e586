import type { HeaderFields } from '../message/headers.js';

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

/**
 * All that time and directives say about a stored response, as instants (ms since the epoch): worked out once, when it is stored or
 * freshened, so that a judgement on a hit compares numbers.
 */
export interface Freshness {
  /** Its age at `now` is `now − bornAt`. */
  readonly bornAt: number;
  /** The freshness lifetime; 0 when there is none, or none that can be read. */
  readonly lifetimeMs: number;
  /** Fresh before this instant: while its age is below its lifetime (RFC 9111 §4.2). */
  readonly freshUntil: number;
  /** May be served while it is refreshed before this instant; never before `freshUntil`. */
  readonly staleWhileRevalidateUntil: number;
  /** May be served when the origin fails before this instant; never before `freshUntil`. */
  readonly staleIfErrorUntil: number;
  /** Never used without validation, fresh or not (`no-cache`). */
  readonly noCache: boolean;
  /** Never used stale, whatever a client or an operator allows, outside of the windows above. */
  readonly mustRevalidate: boolean;
  /** RFC 8246: not revalidated while fresh unless a client says `no-cache`. */
  readonly immutable: boolean;
  /** Fields that are not reused without validation, lower-case (`no-cache="a"`): they are not stored. */
  readonly noCacheFields: readonly string[];
  /** Where the lifetime comes from. */
  readonly source: LifetimeSource;
  /** The field that governed: `cache-control` or a targeted one. */
  readonly field: string;
}

/** Where a lifetime comes from. `default` and `rule` are an operator's invention, the others the origin's word. */
export type LifetimeSource = 's-maxage' | 'max-age' | 'expires' | 'heuristic' | 'default' | 'rule' | 'none';
