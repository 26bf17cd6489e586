import type { Cache, FillLeases, MemoryRecord, MissReason } from '@cachewarp/core';
import type { HttpRequest, HttpResponse, Origin } from '../message/http-message.js';
import { ageSeconds } from '../semantics/age.js';
import { requestDirectives } from '../semantics/cache-control.js';
import { bypassReason } from './miss-reason.js';
import { decideReuse, type Reuse } from '../semantics/reuse.js';
import { AdaptiveResponses } from './adaptive-responses.js';
import { Answers } from './answers.js';
import { Claimer } from './claimer.js';
import { Coalescer } from './coalescer.js';
import { explainWalk, type HttpExplanation } from './explain-walk.js';
import type { Walk } from './fill.js';
import { FillRunner } from './fill-runner.js';
import { FlightBoard } from './flight-board.js';
import { readHttpCacheOptions, type HttpCacheOptions } from './http-cache-options.js';
import { keyRequest, type KeyedRequest } from './http-key.js';
import type { HttpPolicy } from './http-policy.js';
import { Keeper } from './keeper.js';
import { KnownRequest } from './known-request.js';
import { OriginError } from './origin-error.js';
import { PassThrough } from './pass-through.js';
import { isPlainRequest } from './plain-request.js';
import { RecentKeys } from './recent-keys.js';
import { Replies } from './replies.js';
import { SearchIndex } from './search-index.js';
import { StandIn } from './stand-in.js';
import { factsOf, type ResponseRecord, type StoredResponse } from './stored-response.js';
import { Tally } from './tally.js';
import { VariantStore, type Found } from './variant-store.js';
import { variantSuffix } from './variant-suffix.js';

/** A fresh stored answer. */
export interface FreshHit {
  /** Its `attachment` is the adapter's, for what it derives from the answer; it lives as long as the record. */
  readonly record: MemoryRecord<StoredResponse>;
  readonly stored: StoredResponse;
  /** The value of Age. */
  readonly ageSeconds: number;
}

/** A request, and the key that was made of it. */
interface Asked {
  readonly request: HttpRequest;
  readonly headers: HttpRequest['headers'];
  readonly policy: HttpPolicy;
  readonly keyed: KeyedRequest;
}

/** Under `requestDirectives: 'coalesce'`, a key is validated by force at most once in this time. */
const FORCED_INTERVAL_MS = 1_000;

/** The coarse clock lags, the more the busier the process is: in its last moments an answer is judged by the exact one. */
const LAST_MOMENTS_MS = 250;

/**
 * A shared HTTP cache (RFC 9111) on the stores, tags and leases of a {@link Cache}. {@link HttpCache.handle} is the twin of
 * `Cache.getOrLoad`: key, look up, judge, load, keep.
 *
 * What it promises: one request to the origin for all who may share its answer; an answer that began before an invalidation of its key,
 * tags or prefix is never stored or served after it; what did not arrive whole is never stored; what is personal goes to the one who
 * asked.
 */
export class HttpCache {
  readonly #cache: Cache;
  readonly #leases: FillLeases;
  readonly #variants: VariantStore;
  readonly #searches: SearchIndex;
  readonly #standIn: StandIn;
  readonly #coalescer: Coalescer;
  readonly #runner: FillRunner;
  readonly #replies: Replies;
  readonly #passThrough: PassThrough;
  readonly #tally: Tally;
  /** What {@link fresh} was asked last and did not have: mostly {@link handle} is asked next. */
  #notFresh: Asked | undefined;
  /** Keys that a client had validated by force a moment ago. */
  readonly #forced = new RecentKeys();

  /** @throws InvalidOptionError naming the faulty option */
  constructor(cache: Cache, options?: HttpCacheOptions) {
    const { clock } = cache;
    const settings = readHttpCacheOptions(options);
    const leases = cache.leases.sharing();
    const variants = new VariantStore(cache, leases);
    const searches = new SearchIndex(cache, leases, variants);
    const standIn = new StandIn(clock, leases, settings.random);
    const board = new FlightBoard();
    const uncacheable = new RecentKeys();
    const adaptive = new AdaptiveResponses(cache);
    const keeper = new Keeper({ cache, leases, variants, searches, uncacheable, adaptive });
    const answers = new Answers(clock, settings);
    const tally = new Tally(cache, leases);
    this.#cache = cache;
    this.#leases = leases;
    this.#variants = variants;
    this.#searches = searches;
    this.#standIn = standIn;
    this.#coalescer = new Coalescer({ clock, variants, board, uncacheable });
    const claimer = new Claimer({ cache, leases, uncacheable });
    const { bounds } = settings;
    this.#runner = new FillRunner({ cache, leases, variants, board, keeper, standIn, claimer, bounds });
    this.#replies = new Replies({ clock, answers, tally, standIn });
    this.#passThrough = new PassThrough(cache, answers, tally);
    this.#tally = tally;
  }

  /**
   * A fresh stored answer for a plain request (GET or HEAD without directives, conditions, Range or Authorization), from memory; or
   * undefined: then ask {@link handle}. Waits for nothing, makes no promise, and counts the hit. A HEAD is answered without the body.
   */
  fresh(request: HttpRequest, policy: HttpPolicy): FreshHit | undefined {
    if (!isPlainRequest(request) || policy.bypass?.(request) === true) return undefined;
    const keyed = keyRequest(request, policy);
    if (keyed === undefined) return undefined;
    const { headers } = keyed.request;
    const record = this.#variants.hot(keyed.key, (fields) => variantSuffix(fields, headers));
    if (record === undefined) {
      this.#notFresh = { request, headers: request.headers, policy, keyed };
      return undefined;
    }
    return this.#hit(record, keyed.primary, keyed.cookiesCount && headers.has('cookie'));
  }

  /**
   * What a policy makes of the fields of a request, for {@link freshKnown}: for those who meet the same fields again and again, with many
   * targets.
   *
   * @param varying - lower-case names of fields that the others of these requests have with other values
   * @returns undefined where {@link fresh} would not answer, or where not only method, target and fields decide
   */
  know(request: HttpRequest, policy: HttpPolicy, varying: ReadonlySet<string>): KnownRequest | undefined {
    return KnownRequest.read(request, policy, varying);
  }

  /** {@link fresh}, for a request with known fields and this target, which begins with `/` and has no spaces or control characters. */
  freshKnown(known: KnownRequest, target: string): FreshHit | undefined {
    const key = known.keyOf(target);
    const record = this.#variants.hot(key, known.suffixOf);
    return record === undefined ? undefined : this.#hit(record, known.primaryIn(key), known.hasPersonalCookie);
  }

  /** Counts and describes the hit, unless something speaks against it after all. */
  #hit(record: ResponseRecord, primary: string, hasPersonalCookie: boolean): FreshHit | undefined {
    const stored = record.entry.value;
    const { source } = stored.freshness;
    // Under a lifetime of the operator's, a request with cookies goes the longer way.
    if (hasPersonalCookie && (source === 'default' || source === 'rule')) return undefined;
    const now = this.#cache.clock.coarseNow();
    if (now >= record.entry.freshUntil - LAST_MOMENTS_MS) return undefined;
    this.#tally.hit(record, primary);
    // The coarse clock may lag behind the instant in which the answer came; its Age is never below the one it came with.
    return { record, stored, ageSeconds: ageSeconds(stored.freshness, Math.max(now, stored.responseTime)) };
  }

  /**
   * Answers a request: from store, or from the origin, keeping what may be kept. The answer has X-Cache and Cache-Status; its body is
   * bytes, a stream to be read once, or null.
   *
   * @param origin - called at most once for almost every request: perhaps with our conditions in place of the client's, perhaps behind
   * an answer that was given stale, perhaps never. It obeys the request and the signal that it is given, not the client's own.
   * @throws OriginError, rejected, when the origin gave no answer and nothing stored may stand in; the signal's reason when the client
   * left while it waited for another's answer
   */
  async handle(request: HttpRequest, origin: Origin, policy: HttpPolicy): Promise<HttpResponse> {
    if (!isCacheable(request)) return this.#passThrough.forward(makeWalk(unkeyed(request), origin, policy), 'method');
    const keyed = this.#keyOf(request, policy) ?? unkeyed(request);
    const walk = makeWalk(keyed, origin, policy);
    if (keyed.key === '' || policy.bypass?.(request) === true) return this.#passThrough.forward(walk, 'bypass');
    for (;;) {
      const found = this.#leases.hasStore ? await this.#lookUpBehind(keyed) : this.#lookUp(keyed);
      const { record } = found;
      switch (this.#judge(walk, record)) {
        case 'hit':
          return this.#replies.fresh(walk, record!);
        case 'stale':
          return this.#refreshBehind(walk, record!);
        case 'bypass':
          return this.#passThrough.forward(walk, this.#bypassReason(walk, record));
        case 'unavailable':
          return this.#replies.unavailable(walk, found);
        case 'revalidate':
        case 'miss': {
          const answer = this.#withoutOrigin(walk, record) ?? (await this.#load(walk, found));
          if (answer !== undefined) return answer;
        }
      }
    }
  }

  /**
   * What {@link handle} would do with a request now, and why: each step with the rule and the section it stands in. Nothing is counted,
   * changed or asked of the origin.
   */
  async explain(request: HttpRequest, policy: HttpPolicy): Promise<HttpExplanation | undefined> {
    const keyed = keyRequest(request, policy);
    if (keyed === undefined) return undefined;
    const found = await this.#lookUpBehind(keyed);
    const now = this.#cache.clock.now();
    const adaptive = this.#cache.parts.adaptive.report(found.record?.key ?? keyed.key, now);
    return explainWalk(keyed, found, now, makeWalk(keyed, NO_ORIGIN, policy).semantics, adaptive);
  }

  /** Calls off every request to an origin that is still running for the cache. What clients are reading ends as incomplete. */
  close(): void {
    this.#runner.callOff(new OriginError('unreachable', 'the cache is closing'));
  }

  /** The key of a request; the one that {@link fresh} made a moment ago, where the request is the same and has stayed as it was. */
  #keyOf(request: HttpRequest, policy: HttpPolicy): KeyedRequest | undefined {
    const last = this.#notFresh;
    this.#notFresh = undefined;
    const isSame = last?.request === request && last.policy === policy && last.headers === request.headers;
    // A form of its own does not have what the request was given since: its signal, and its content.
    return isSame && last.keyed.request === request && request.body === undefined
      ? last.keyed
      : keyRequest(request, policy);
  }

  /** What memory has: under the key itself, or by a response that answers this query, too. Waits for nothing. */
  #lookUp(keyed: KeyedRequest): Found {
    const found = this.#variants.local(keyed);
    return found.record === undefined ? (this.#searches.local(keyed) ?? found) : found;
  }

  /** Memory first, then the tier behind it; and memory again, where another request may have put the answer meanwhile. */
  async #lookUpBehind(keyed: KeyedRequest): Promise<Found> {
    const local = this.#lookUp(keyed);
    if (local.record !== undefined) return local;
    const fetched = await this.#variants.fetch(keyed);
    if (fetched.record === undefined) await this.#searches.fetch(keyed);
    const now = this.#lookUp(keyed);
    return now.record === undefined ? fetched : now;
  }

  #judge(walk: Walk, record: ResponseRecord | undefined): Reuse {
    const { keyed, semantics, policy } = walk;
    const now = this.#cache.clock.now();
    const facts = record === undefined ? undefined : factsOf(record);
    const word = decideReuse(keyed.request, facts, now, semantics);
    if (word !== 'revalidate' || facts === undefined || facts.freshness.noCache) return word;
    if (now >= facts.freshness.freshUntil || walk.isForced) return word;
    // Fresh, and still the client wants to hear from the origin.
    if (policy.requestDirectives !== 'coalesce') walk.isForced = true;
    else if (this.#forced.has(keyed.key, now)) return 'hit';
    else this.#forced.note(keyed.key, now + FORCED_INTERVAL_MS);
    return word;
  }

  #bypassReason({ keyed, semantics }: Walk, record: ResponseRecord | undefined): MissReason {
    const facts = record === undefined ? undefined : factsOf(record);
    return bypassReason(keyed.request, facts, this.#cache.clock.now(), semantics);
  }

  /** Answers stale, and asks the origin behind that: once at a time, and not at once after a failure. */
  #refreshBehind(walk: Walk, record: ResponseRecord): HttpResponse {
    if (this.#standIn.isBackingOff(record)) return this.#replies.stale(walk, record, 'backing-off');
    const flightKey = record.key;
    if (this.#coalescer.running(walk.keyed, flightKey) === undefined) {
      this.#runner.start({ walk, record, flightKey, missKey: flightKey, isBackground: true });
    }
    return this.#replies.stale(walk, record, 'while-revalidating');
  }

  /** An origin that failed a moment ago is left alone for a while, where something stored may stand in for it. */
  #withoutOrigin(walk: Walk, record: ResponseRecord | undefined): HttpResponse | undefined {
    if (record === undefined || !this.#standIn.isBackingOff(record)) return undefined;
    if (!this.#standIn.isAllowedUnheard(record, walk.directives, walk.semantics)) return undefined;
    return this.#replies.stale(walk, record, 'backing-off');
  }

  /** Asks the origin, which keeps what may be kept, or joins another who does; undefined when what came is not for this request. */
  async #load(walk: Walk, found: Found): Promise<HttpResponse | undefined> {
    const { record } = found;
    const part = record === undefined && wantsPart(walk) ? await this.#answerFromPart(walk) : undefined;
    if (part !== undefined) return part;
    const { join, flightKey, missKey } = walk.mustGoAlone ? {} : this.#coalescer.meet(walk, record);
    if (join !== undefined) {
      this.#tally.coalesced(walk.keyed.primary);
      return this.#replies.share(walk, found, join, await this.#coalescer.follow(join, walk), true);
    }
    // Whoever goes alone asks for himself: what the others were told is not offered in his name.
    const isVaryMiss = record === undefined && found.hasOtherVariants && flightKey !== undefined;
    const others = isVaryMiss ? this.#variants.others(walk.keyed) : [];
    const fill = this.#runner.start({ walk, record, others, flightKey, missKey, isBackground: false });
    return this.#replies.share(walk, found, fill, await fill.join(walk, false), false);
  }

  /** A Range may be answered from a part that is stored and fresh, where nothing has the whole (RFC 9111 §3.3). */
  async #answerFromPart(walk: Walk): Promise<HttpResponse | undefined> {
    const { keyed, semantics } = walk;
    const local = this.#variants.localPart(keyed);
    const record = local ?? (this.#leases.hasStore ? await this.#variants.fetchPart(keyed) : undefined);
    if (record === undefined) return undefined;
    const isFresh = decideReuse(keyed.request, factsOf(record), this.#cache.clock.now(), semantics) === 'hit';
    return isFresh ? this.#replies.part(walk, record) : undefined;
  }
}

/** RFC 9110 §9.3: of the methods, GET and HEAD are answered from store. */
function isCacheable({ method }: HttpRequest): boolean {
  return method === 'GET' || method === 'HEAD';
}

function wantsPart({ keyed }: Walk): boolean {
  return keyed.request.method === 'GET' && keyed.request.headers.has('range');
}

function makeWalk(keyed: KeyedRequest, origin: Origin, policy: HttpPolicy): Walk {
  const semantics = keyed.cookiesCount ? policy.semantics : policy.semanticsWithoutCookies;
  const { honourRequestDirectives } = semantics;
  const directives = honourRequestDirectives ? requestDirectives(keyed.request.headers) : undefined;
  return { keyed, origin, policy, semantics, directives, isForced: false, mustGoAlone: false, failures: 0, detours: 0 };
}

/** A request that has no key: its method is not for caches, or its target names no resource of ours. It goes on as it came. */
function unkeyed(request: HttpRequest): KeyedRequest {
  return { primary: '', key: '', request, cookiesCount: true };
}

const NO_ORIGIN: Origin = () => Promise.reject(new OriginError('unreachable', 'nothing is asked for an explanation'));
