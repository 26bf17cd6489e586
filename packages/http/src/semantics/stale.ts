import type { RequestDirectives, ResponseDirectives } from './cache-control.js';
import type { Freshness, StoredFacts } from './facts.js';
import type { SemanticsOptions } from './semantics-options.js';
import { governingDirectives } from './targeted.js';

/** The instants until which a stale response may be used, and whether anything else may prolong them. */
export interface StaleWindows {
  readonly staleWhileRevalidateUntil: number;
  readonly staleIfErrorUntil: number;
  readonly mustRevalidate: boolean;
}

/**
 * The stale windows of a response (RFC 5861 §3 and §4; RFC 9111 §4.2.4).
 *
 * - `no-cache`, `must-revalidate`, and `proxy-revalidate` in a shared cache, leave none.
 * - `s-maxage` in a shared cache forbids what an operator or a client would grant (RFC 9111 §5.2.2.10 gives it the meaning of
 *   proxy-revalidate), but the answer's own stale-while-revalidate or stale-if-error stands: it is the later and the more exact word.
 * - Else the answer's own windows count, and where it has none, the operator's.
 *
 * An operator who overrides the lifetime (`ttlMode: 'override'`) overrides these too.
 */
export function staleWindows(
  directives: ResponseDirectives,
  freshUntil: number,
  options: SemanticsOptions,
): StaleWindows {
  const isOverridden = options.ttlMode === 'override' && options.ttlMs !== undefined;
  if (isOverridden) return windows(freshUntil, options.staleWhileRevalidateMs, options.staleIfErrorMs, false);
  if (directives.noCache || directives.mustRevalidate || (options.shared && directives.proxyRevalidate)) {
    return windows(freshUntil, 0, 0, true);
  }
  const isSealed = options.shared && directives.sMaxage !== undefined;
  return windows(
    freshUntil,
    ownWindow(directives.staleWhileRevalidate) ?? (isSealed ? 0 : options.staleWhileRevalidateMs),
    ownWindow(directives.staleIfError) ?? (isSealed ? 0 : options.staleIfErrorMs),
    isSealed,
  );
}

function ownWindow(seconds: number | undefined): number | undefined {
  return seconds === undefined ? undefined : seconds * 1000;
}

function windows(
  freshUntil: number,
  whileRevalidateMs: number,
  ifErrorMs: number,
  mustRevalidate: boolean,
): StaleWindows {
  return {
    staleWhileRevalidateUntil: freshUntil + whileRevalidateMs,
    staleIfErrorUntil: freshUntil + ifErrorMs,
    mustRevalidate,
  };
}

/** RFC 5861 §4: what counts as an error. Timeouts and broken connections, which have no status, count too. */
export function isServerFailure(status: number): boolean {
  return status === 500 || status === 502 || status === 503 || status === 504;
}

/**
 * Whether a stored response may stand in for an origin that failed (RFC 5861 §4), by its own window, the operator's, or the client's
 * `stale-if-error`, which cannot lift a prohibition of the response. A client that said `no-cache` gets the failure.
 *
 * @param request - the request's directives, `undefined` where they are not honoured.
 */
export function mayServeOnError(freshness: Freshness, request: RequestDirectives | undefined, now: number): boolean {
  if (freshness.noCache || request?.noCache === true) return false;
  if (now < freshness.staleIfErrorUntil) return true;
  const asked = request?.staleIfError;
  return asked !== undefined && !freshness.mustRevalidate && now < freshness.freshUntil + asked * 1000;
}

/**
 * Whether a stored response may stand in for an origin that cannot be heard at all (RFC 9111 §4.2.4: a cache that is disconnected), by the
 * operator's leave. What forbids stale use forbids this, too; and a response that names its own stale-if-error has said for how long.
 *
 * @param request - the request's directives, `undefined` where they are not honoured.
 */
export function mayServeDisconnected(
  { freshness, headers }: Pick<StoredFacts, 'freshness' | 'headers'>,
  request: RequestDirectives | undefined,
  now: number,
  { staleIfUnreachableMs, targets }: Pick<SemanticsOptions, 'staleIfUnreachableMs' | 'targets'>,
): boolean {
  if (freshness.noCache || freshness.mustRevalidate || request?.noCache === true) return false;
  if (now >= freshness.freshUntil + staleIfUnreachableMs) return false;
  return governingDirectives(headers, targets).directives.staleIfError === undefined;
}
