import type { Duration } from '@cachewarp/core';
import type { HttpRequest, HttpResponse } from '../message/http-message.js';
import type { HttpAdaptiveOptions } from './http-adaptive-options.js';

/**
 * How responses of one route, rule or origin are cached. What an answer says of itself comes first wherever an option does not say
 * otherwise; with no option at all the standards hold, and what states no freshness is not stored.
 */
export interface HttpPolicyOptions {
  /**
   * The lifetime that `ttlMode` speaks of. Above 0. `'adaptive'`: chosen for each response from how often it changes and is asked for; never
   * for answers with `private`, `no-store`, Set-Cookie, or to requests with Authorization.
   * @defaultValue none
   */
  ttl?: Duration | 'adaptive';
  /** How an adaptive lifetime is chosen; with `shadow: true`, what it would be is only reported. */
  adaptive?: HttpAdaptiveOptions;
  /**
   * `respect`: `ttl` is for answers that state no lifetime, like `defaultTtl`. `tighten`: no answer is fresh for longer than `ttl`.
   * `override`: `ttl` replaces what the answer states; `private`, `no-store`, Authorization, Set-Cookie and `Vary: *` stand.
   * `adaptive`: as `respect`, with `ttl: 'adaptive'`.
   * @defaultValue 'respect'
   */
  ttlMode?: 'respect' | 'tighten' | 'override' | 'adaptive';
  /**
   * Lifetime of a 200, 203, 204, 206, 300, 301 or 308 that states none. Above 0. A function reads it from the answer, of whatever status;
   * where it gives `undefined`, `negativeTtl` and `ttl` hold.
   * @defaultValue none: not stored without a validator
   */
  defaultTtl?: Duration | TtlOf;
  /** Lifetime of answers that state none, by status: `{ 404: '10s' }`. @defaultValue none */
  negativeTtl?: Readonly<Record<number, Duration>>;
  /** Serve stale at once for this long while one refresh runs, where the answer says nothing about that (RFC 5861 §3). @defaultValue 0 */
  staleWhileRevalidate?: Duration;
  /** Serve stale for this long when the origin fails, where the answer says nothing about that (RFC 5861 §4). @defaultValue 0 */
  staleIfError?: Duration;
  /**
   * Serve stale for this long while the origin cannot be reached or breaks off, as against answering with an error of its own; where the
   * answer neither forbids stale use nor has a stale-if-error of its own (RFC 9111 §4.2.4). @defaultValue 0; in the proxy '1h'
   */
  staleIfUnreachable?: Duration;
  /** Both windows at once, where they are not given themselves: `staleWhileRevalidate` and `staleIfError`. @defaultValue 0 */
  grace?: Duration;
  /** How long an answer that can be validated is kept after it may no longer be served. 0 keeps none. @defaultValue '1h' */
  keep?: Duration;
  /** Whether 10 % of `Date − Last-Modified` is a lifetime where none is stated (RFC 9111 §4.2.2). @defaultValue true */
  heuristics?: boolean;
  /** Whether several people are answered from this cache. `false` where `context` or the cookies keyed tell them apart. @defaultValue true */
  shared?: boolean;
  /** Whether answers with Set-Cookie are stored, cookie and all. @defaultValue false */
  storeSetCookie?: boolean;
  /**
   * Requests with Cookie, under a lifetime of yours (`ttl`, `defaultTtl`, `negativeTtl`). `bypass`: not answered from store, and not
   * stored. `ignore`: these cookies (`*` stands for any text: `_ga*`) do not count, and do not reach the origin. `key`: these are part
   * of the key. A request with other cookies bypasses.
   * @defaultValue 'bypass'
   */
  cookies?: 'bypass' | { readonly ignore?: readonly string[]; readonly key?: readonly string[] };
  /**
   * What Cache-Control and Pragma of requests may do. `coalesce`: honoured, but at most one forced revalidation a second of one key.
   * @defaultValue 'honour'
   */
  requestDirectives?: 'honour' | 'ignore' | 'coalesce';
  /** The only statuses that are stored. @defaultValue all that the standards allow */
  statuses?: readonly number[];
  /** Tags of the answers, beside those they give themselves (Surrogate-Key, Cache-Tag, Cache-Groups); or a function. */
  tags?: readonly string[] | TagsOf;
  /** Targeted fields (RFC 9213) that speak to this cache, the most specific first. @defaultValue ['CDN-Cache-Control'] */
  targets?: readonly string[];
  /** What of a request makes the key. */
  key?: HttpKeyOptions;
  /** Further dimensions of the key, by name: user, tenant. `undefined` is a value of its own. */
  context?: Readonly<Record<string, (request: HttpRequest) => string | undefined>>;
  /** Whether stored answers without an ETag get a strong one, made from the body. @defaultValue false */
  etagFromBody?: boolean;
  /** Whether clients see Surrogate-Key, Surrogate-Control, Cache-Tag and the targeted fields. @defaultValue 'keep' */
  surrogateFields?: 'keep' | 'strip';
  /** Largest body stored, as bytes or text; larger ones pass through. @defaultValue '8mb' */
  maxBodyBytes?: number | string;
  /** Variants stored of one URI; the oldest makes room. 1 to 10,000. @defaultValue 64 */
  maxVariants?: number;
  /** For how long requests of a URI whose answer could not be stored are not made to wait for each other. 10 to 120. @defaultValue 30 */
  hitForMissSeconds?: number;
  /** How long a request waits for the head of an answer that another has asked for. @defaultValue '10s' */
  coalesceTimeout?: Duration;
  /** How many requests may wait for one answer; one more goes to the origin itself. @defaultValue 10000 */
  maxWaiters?: number;
  /** Requests that are neither answered from store nor stored. */
  bypass?: (request: HttpRequest) => boolean;
}

/** Reads the tags of an answer when its head is there. */
export type TagsOf = (request: HttpRequest, response: Pick<HttpResponse, 'status' | 'headers'>) => readonly string[];

/** Reads the lifetime of an answer that states none when its head is there. */
export type TtlOf = (request: HttpRequest, response: Pick<HttpResponse, 'status' | 'headers'>) => Duration | undefined;

/** What of a request makes the key. The normalised target is also what the origin gets. */
export interface HttpKeyOptions {
  /** `origin`: `GET:http://host/path?query`. `path`: `GET:/path?query`, for an application behind one name. @defaultValue 'origin' */
  scope?: 'origin' | 'path';
  /** Whether the order of query parameters of different names does not matter. @defaultValue false */
  sortQuery?: boolean;
  /** Query parameters that do not count, by name; `*` stands for any text: `utm_*`. They are not sent on. @defaultValue none */
  ignoreParams?: readonly string[];
}
