/**
 * What an operator decides where the RFCs leave room. The record is complete: fill one in with {@link semanticsOptions}. Durations
 * are milliseconds.
 */
export interface SemanticsOptions {
  /** Whether several people are answered from this cache: `s-maxage`, `private`, `proxy-revalidate` and Authorization count. @defaultValue true */
  readonly shared: boolean;
  /** Targeted fields (RFC 9213) that speak to this cache, lower-case, the most specific first. @defaultValue ['cdn-cache-control'] */
  readonly targets: readonly string[];
  /** Whether 10 % of `Date − Last-Modified` counts where no lifetime is stated (RFC 9111 §4.2.2). @defaultValue true */
  readonly heuristics: boolean;
  /** The longest heuristic lifetime. @defaultValue one day */
  readonly maxHeuristicMs: number;
  /**
   * Lifetime of an answer that states none, in place of a heuristic one: of 200, 203, 204, 206, 300, 301 and 308 only. `undefined`
   * for none. @defaultValue undefined
   */
  readonly defaultTtlMs: number | undefined;
  /** Lifetime of an answer that states none, by its status: negative caching of 404 and kin. Comes before `defaultTtlMs`. @defaultValue none */
  readonly ttlByStatusMs: Readonly<Record<number, number>>;
  /**
   * What `ttlMs` does with a lifetime that the answer states. `respect`: nothing. `tighten`: shortens it. `override`: replaces it, and
   * with it `no-cache` and the `…-revalidate` directives; `private`, `no-store`, Authorization, Set-Cookie and `Vary: *` stand.
   * @defaultValue 'respect'
   */
  readonly ttlMode: 'respect' | 'tighten' | 'override';
  /** The lifetime for `ttlMode`; `undefined` for none. @defaultValue undefined */
  readonly ttlMs: number | undefined;
  /** How long a stale answer may be used while it is refreshed, where it says nothing about that itself. @defaultValue 0 */
  readonly staleWhileRevalidateMs: number;
  /** How long a stale answer may be used when its origin fails, where it says nothing about that itself. @defaultValue 0 */
  readonly staleIfErrorMs: number;
  /**
   * How long a stale answer may be used while its origin cannot be reached or breaks off, where it neither forbids stale use nor has a
   * stale-if-error of its own (RFC 9111 §4.2.4: disconnected operation). @defaultValue 0
   */
  readonly staleIfUnreachableMs: number;
  /** Whether answers with Set-Cookie are stored, cookie and all. The RFC allows it; few mean it. @defaultValue false */
  readonly storeSetCookie: boolean;
  /**
   * Whether a request with Cookie may get or leave an answer whose lifetime an operator invented (`defaultTtlMs`, `ttlByStatusMs`,
   * `ttlMode: 'override'`). Answers that state their own lifetime are not affected. @defaultValue 'bypass'
   */
  readonly cookies: 'bypass' | 'ignore';
  /** Whether Cache-Control and Pragma of requests count. @defaultValue true */
  readonly honourRequestDirectives: boolean;
  /**
   * Whether `now − Date` counts as age (RFC 9111 §4.2.3, apparent_age), which is right only when the origin's clock agrees with ours:
   * a slow origin clock makes every answer stale at birth. @defaultValue false
   */
  readonly trustOriginClock: boolean;
}

/** The defaults: what the RFCs say, as cautious as they leave room for. */
export const DEFAULT_SEMANTICS_OPTIONS: SemanticsOptions = Object.freeze({
  shared: true,
  targets: Object.freeze(['cdn-cache-control']),
  heuristics: true,
  maxHeuristicMs: 86_400_000,
  defaultTtlMs: undefined,
  ttlByStatusMs: Object.freeze({}),
  ttlMode: 'respect',
  ttlMs: undefined,
  staleWhileRevalidateMs: 0,
  staleIfErrorMs: 0,
  staleIfUnreachableMs: 0,
  storeSetCookie: false,
  cookies: 'bypass',
  honourRequestDirectives: true,
  trustOriginClock: false,
});

/** The defaults with some of them changed, frozen. Target names are lower-cased. */
export function semanticsOptions(changes: Partial<SemanticsOptions> = {}): SemanticsOptions {
  const options = { ...DEFAULT_SEMANTICS_OPTIONS, ...changes };
  return Object.freeze({ ...options, targets: Object.freeze(options.targets.map((name) => name.toLowerCase())) });
}
