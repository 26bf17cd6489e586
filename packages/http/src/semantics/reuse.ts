import { ageSeconds } from './age.js';
import { NO_REQUEST_DIRECTIVES, requestDirectives, type RequestDirectives } from './cache-control.js';
import type { RequestFacts, StoredFacts } from './facts.js';
import type { SemanticsOptions } from './semantics-options.js';
import { isForEverybody } from './storable.js';
import { governingDirectives } from './targeted.js';
import { hasOriginPreconditions } from './validators.js';

/**
 * What to do with a request, given what is stored for it.
 *
 * - `hit`: answer from store.
 * - `stale`: answer from store now, though stale, and refresh in the background, once.
 * - `revalidate`: something is stored, but the origin must be asked first, with its validators where it has any; `mayServeOnError` says
 *   whether the stored response may stand in when the origin fails.
 * - `miss`: nothing is stored that could answer; ask the origin.
 * - `bypass`: forward as it is; the store has no say.
 * - `unavailable`: the client wants no request to be forwarded (`only-if-cached`): 504.
 */
export type Reuse = 'hit' | 'stale' | 'revalidate' | 'miss' | 'bypass' | 'unavailable';

/** One step of a decision: the rule, the section it stands in, what was seen, what followed. */
export interface DecisionStep {
  readonly rule: string;
  readonly section: string;
  readonly saw: string;
  readonly concluded: string;
}

/**
 * The decision about a request (RFC 9111 §4). For a request without Cache-Control and Pragma, and a fresh response, it is a few
 * comparisons of numbers.
 *
 * @param stored - the response selected by URI and Vary, or `undefined`.
 * @param now - ms since the epoch.
 */
export function decideReuse(
  request: RequestFacts,
  stored: StoredFacts | undefined,
  now: number,
  options: SemanticsOptions,
): Reuse {
  return judge(request, stored, now, options, undefined);
}

/**
 * The rules themselves, in the order of their precedence; `trace` collects the steps for `explain` and costs nothing when absent.
 *
 * @internal
 */
export function judge(
  request: RequestFacts,
  stored: StoredFacts | undefined,
  now: number,
  options: SemanticsOptions,
  trace: DecisionStep[] | undefined,
): Reuse {
  const { method, headers } = request;
  if (method !== 'GET' && method !== 'HEAD') {
    trace?.push(step('method', 'RFC 9111 §4', method, 'only GET and HEAD are answered from store: bypass'));
    return 'bypass';
  }
  if (hasOriginPreconditions(headers)) {
    trace?.push(
      step(
        'origin precondition',
        'RFC 9110 §13.1',
        'If-Match or If-Unmodified-Since',
        'only the origin can tell: bypass',
      ),
    );
    return 'bypass';
  }
  const directives = options.honourRequestDirectives ? requestDirectives(headers) : NO_REQUEST_DIRECTIVES;
  if (directives.noStore) {
    trace?.push(
      step(
        'request no-store',
        'RFC 9111 §5.2.1.5',
        'Cache-Control: no-store in the request',
        'neither read nor kept: bypass',
      ),
    );
    return 'bypass';
  }
  if (stored === undefined) {
    trace?.push(step('selection', 'RFC 9111 §4', 'nothing stored for this URI and these fields', 'miss'));
    return forward('miss', directives, trace);
  }
  const { freshness } = stored;
  const personal = personalField(request, stored, options);
  if (personal !== undefined) {
    const saw = `${personal}, and a lifetime by ${freshness.source}`;
    trace?.push(step(personal.toLowerCase(), 'operator', saw, 'may be personal: bypass'));
    return 'bypass';
  }
  if (freshness.noCache) {
    trace?.push(
      step('no-cache', 'RFC 9111 §5.2.2.4', `no-cache in ${freshness.field}`, 'never without validation: revalidate'),
    );
    return forward('revalidate', directives, trace);
  }
  // The common case, before anything else is looked at.
  if (directives === NO_REQUEST_DIRECTIVES && now < freshness.freshUntil) {
    trace?.push(fresh(stored, now), reuse());
    return 'hit';
  }
  if (directives.noCache) {
    trace?.push(
      step(
        'request no-cache',
        'RFC 9111 §5.2.1.4',
        'no-cache in the request',
        'the client wants validation: revalidate',
      ),
    );
    return forward('revalidate', directives, trace);
  }
  if (now < freshness.freshUntil) return judgeFresh(stored, now, directives, trace);
  return judgeStale(stored, now, directives, trace);
}

/**
 * Who asks, where an operator's lifetime stands in for the answer's own word: such an answer was never said to be for everybody, and
 * this client might have been given another.
 */
function personalField(
  { headers }: RequestFacts,
  { freshness, headers: stored }: StoredFacts,
  { cookies, shared, targets }: SemanticsOptions,
): 'Cookie' | 'Authorization' | undefined {
  if (freshness.source !== 'default' && freshness.source !== 'rule') return undefined;
  if (cookies === 'bypass' && headers.has('cookie')) return 'Cookie';
  if (!shared || !headers.has('authorization')) return undefined;
  return isForEverybody(governingDirectives(stored, targets).directives) ? undefined : 'Authorization';
}

function judgeFresh(
  stored: StoredFacts,
  now: number,
  directives: RequestDirectives,
  trace: DecisionStep[] | undefined,
): Reuse {
  const { freshness } = stored;
  trace?.push(fresh(stored, now));
  if (directives.maxAge !== undefined && now - freshness.bornAt > directives.maxAge * 1000) {
    // RFC 8246 2.1: a fresh immutable response is not revalidated for less than no-cache.
    if (!freshness.immutable) {
      const saw = `age ${ageSeconds(freshness, now)} s, the client takes ${directives.maxAge} s`;
      trace?.push(step('request max-age', 'RFC 9111 §5.2.1.1', saw, 'too old for this client: revalidate'));
      return forward('revalidate', directives, trace);
    }
    trace?.push(step('immutable', 'RFC 8246 §2.1', 'fresh and immutable', 'the request’s max-age is passed over'));
  }
  if (directives.minFresh !== undefined && freshness.freshUntil - now < directives.minFresh * 1000) {
    const saw = `fresh for ${seconds(freshness.freshUntil - now)} s more, the client wants ${directives.minFresh} s`;
    trace?.push(step('request min-fresh', 'RFC 9111 §5.2.1.3', saw, 'not fresh enough: revalidate'));
    return forward('revalidate', directives, trace);
  }
  trace?.push(reuse());
  return 'hit';
}

function judgeStale(
  stored: StoredFacts,
  now: number,
  directives: RequestDirectives,
  trace: DecisionStep[] | undefined,
): Reuse {
  const { freshness } = stored;
  const staleFor = now - freshness.freshUntil;
  trace?.push(
    step('freshness', 'RFC 9111 §4.2', `stale for ${seconds(staleFor)} s (lifetime by ${freshness.source})`, 'stale'),
  );
  const { maxAge, maxStale, minFresh } = directives;
  // RFC 9111 5.2.1.1: who gives a max-age without max-stale wishes for nothing stale, however young.
  const isTooOld = maxAge !== undefined && (maxStale === undefined || now - freshness.bornAt > maxAge * 1000);
  if (isTooOld || minFresh !== undefined) {
    const saw = isTooOld ? `max-age=${maxAge}` : `min-fresh=${minFresh}`;
    trace?.push(step('request freshness', 'RFC 9111 §5.2.1', `${saw} in the request`, 'not fresh enough: revalidate'));
    return forward('revalidate', directives, trace);
  }
  if (now < freshness.staleWhileRevalidateUntil) {
    const saw = `${seconds(freshness.staleWhileRevalidateUntil - now)} s of the window left`;
    trace?.push(step('stale-while-revalidate', 'RFC 5861 §3', saw, 'answered stale, refreshed behind'));
    return 'stale';
  }
  if (maxStale !== undefined) {
    if (freshness.mustRevalidate) {
      trace?.push(
        step('must-revalidate', 'RFC 9111 §4.2.4', 'a directive that forbids stale use', 'max-stale does not count'),
      );
    } else if (staleFor <= maxStale * 1000) {
      const saw = maxStale === Infinity ? 'max-stale' : `max-stale=${maxStale}`;
      trace?.push(
        step('request max-stale', 'RFC 9111 §5.2.1.2', `${saw} in the request`, 'stale enough for this client'),
      );
      return 'stale';
    }
  }
  trace?.push(step('validation', 'RFC 9111 §4.3', 'stale, and nothing allows stale use', 'revalidate'));
  return forward('revalidate', directives, trace);
}

/** RFC 9111 §5.2.1.7: whoever wants only what is cached gets a 504 instead of a request to the origin. */
function forward(word: 'miss' | 'revalidate', directives: RequestDirectives, trace: DecisionStep[] | undefined): Reuse {
  if (!directives.onlyIfCached) return word;
  trace?.push(
    step('only-if-cached', 'RFC 9111 §5.2.1.7', 'only-if-cached in the request', '504 instead of asking the origin'),
  );
  return 'unavailable';
}

function fresh({ freshness }: StoredFacts, now: number): DecisionStep {
  const saw = `age ${ageSeconds(freshness, now)} s of ${seconds(freshness.lifetimeMs)} s by ${freshness.source}`;
  return step('freshness', 'RFC 9111 §4.2', saw, 'fresh');
}

function reuse(): DecisionStep {
  return step('reuse', 'RFC 9111 §4', 'fresh, and nothing in the request forbids it', 'hit');
}

function step(rule: string, section: string, saw: string, concluded: string): DecisionStep {
  return { rule, section, saw, concluded };
}

function seconds(ms: number): number {
  return Math.round(ms / 1000);
}
