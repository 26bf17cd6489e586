import {
  SingleFlight,
  type Cache,
  type FillLeases,
  type MemoryRecord,
  type StaleReason,
  type Target,
} from '@cachewarp/core';
import type { HttpRequest, HttpResponse, Origin } from '../message/http-message.js';
import { ageSeconds } from '../semantics/age.js';
import { requestDirectives } from '../semantics/cache-control.js';
import type { CacheOutcome, ForwardReason } from '../semantics/cache-status.js';
import { decideReuse, type Reuse } from '../semantics/reuse.js';
import { mayServeOnError } from '../semantics/stale.js';
import { Answers, type Story } from './answers.js';
import { Coalescer } from './coalescer.js';
import { explainWalk, type HttpExplanation } from './explain-walk.js';
import type { Fill, Share, Walk } from './fill.js';
import { FillRunner } from './fill-runner.js';
import { readHttpCacheOptions, type HttpCacheOptions } from './http-cache-options.js';
import { keyRequest, type KeyedRequest } from './http-key.js';
import type { HttpPolicy } from './http-policy.js';
import { Keeper } from './keeper.js';
import { OriginError } from './origin-error.js';
import { isPlainRequest } from './plain-request.js';
import { RecentKeys } from './recent-keys.js';
import { SearchIndex } from './search-index.js';
import { factsOf, type ResponseRecord, type StoredResponse } from './stored-response.js';
import { Tally } from './tally.js';
import { invalidatedBy, targetsInvalidatedBy } from './unsafe-methods.js';
import { VariantStore, type Found } from './variant-store.js';

/** A fresh stored answer. */
export interface FreshHit {
  /** Its `attachment` is the adapter's, for what it derives from the answer; it lives as long as the record. */
  readonly record: MemoryRecord<StoredResponse>;
  readonly stored: StoredResponse;
  /** The value of Age. */
  readonly ageSeconds: number;
}

/** Under `requestDirectives: 'coalesce'`, a key is validated by force at most once in this time. */
const FORCED_INTERVAL_MS = 1_000;

/** The coarse clock lags, the more the busier the process is: in its last moments an answer is judged by the exact one. */
const LAST_MOMENTS_MS = 250;

/** Fills of others whose failure a request sits through before it fails itself. */
const MAX_FAILURES = 2;

/** Other variants that a request waits for before it asks alone. */
const MAX_DETOURS = 3;

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
  readonly #coalescer: Coalescer;
  readonly #runner: FillRunner;
  readonly #answers: Answers;
  readonly #tally: Tally;
  /** Keys that a client had validated by force a moment ago. */
  readonly #forced = new RecentKeys();

  /** @throws InvalidOptionError naming the faulty option */
  constructor(cache: Cache, options?: HttpCacheOptions) {
    const { clock } = cache;
    const settings = readHttpCacheOptions(options);
    const flights = new SingleFlight<Fill>();
    const leases = (this.#leases = cache.leases.sharing());
    const variants = (this.#variants = new VariantStore(cache, leases));
    const uncacheable = new RecentKeys();
    this.#cache = cache;
    this.#coalescer = new Coalescer({ clock, variants, flights, uncacheable });
    const searches = (this.#searches = new SearchIndex(cache, leases, variants));
    const keeper = new Keeper({ cache, leases, variants, searches, uncacheable });
    this.#runner = new FillRunner({ cache, leases, variants, flights, keeper, ...settings });
    this.#answers = new Answers(clock, settings);
    this.#tally = new Tally(cache, leases);
  }

  /**
   * A fresh stored answer for a plain request (GET or HEAD without directives, conditions, Range or Authorization), from memory; or
   * undefined: then ask {@link handle}. Waits for nothing, makes no promise, and counts the hit. A HEAD is answered without the body.
   */
  fresh(request: HttpRequest, policy: HttpPolicy): FreshHit | undefined {
    if (!isPlainRequest(request) || policy.bypass?.(request) === true) return undefined;
    const keyed = keyRequest(request, policy);
    if (keyed === undefined) return undefined;
    const record = this.#variants.hot(keyed.key, keyed.request.headers);
    if (record === undefined) return undefined;
    const stored = record.entry.value;
    const { source } = stored.freshness;
    // Under a lifetime of the operator's, a request with cookies goes the longer way.
    if ((source === 'default' || source === 'rule') && request.headers.has('cookie')) return undefined;
    const now = this.#cache.clock.coarseNow();
    if (now >= record.entry.freshUntil - LAST_MOMENTS_MS) return undefined;
    this.#tally.hit(record, keyed.primary);
    return { record, stored, ageSeconds: ageSeconds(stored.freshness, now) };
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
    const keyed = keyRequest(request, policy);
    if (keyed === undefined || !isCacheable(request)) return this.#passUnkeyed(request, origin, policy);
    const walk = makeWalk(keyed, origin, policy);
    if (policy.bypass?.(request) === true) return this.#forward(walk, 'bypass');
    for (;;) {
      const found = this.#leases.hasStore ? await this.#lookUpBehind(keyed) : this.#lookUp(keyed);
      const { record } = found;
      switch (this.#judge(walk, record)) {
        case 'hit':
          return this.#answerFresh(walk, record!);
        case 'stale':
          this.#refreshBehind(walk, record!);
          return this.#answerStale(walk, record!, this.#backsOff(record!) ? 'backing-off' : 'while-revalidating');
        case 'bypass':
          return this.#forward(walk, 'bypass');
        case 'unavailable':
          this.#tally.miss(keyed.primary);
          return this.#answers.unavailable(walk);
        case 'revalidate':
        case 'miss': {
          const answer = this.#answerWhileBackingOff(walk, record) ?? (await this.#load(walk, found));
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
    return explainWalk(keyed, found, this.#cache.clock.now(), makeWalk(keyed, NO_ORIGIN, policy).semantics);
  }

  /** Calls off every request to an origin that is still running for the cache. What clients are reading ends as incomplete. */
  close(): void {
    this.#runner.callOff(new OriginError('unreachable', 'the cache is closing'));
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

  #answerFresh(walk: Walk, record: ResponseRecord): HttpResponse {
    this.#tally.hit(record, walk.keyed.primary);
    return this.#answerFrom(walk, record, { word: 'HIT', outcome: { hit: true } });
  }

  #answerStale(walk: Walk, record: ResponseRecord, because: StaleReason, fwd?: ForwardReason): HttpResponse {
    this.#tally.stale(record, walk.keyed.primary, because);
    const outcome: CacheOutcome = fwd === undefined ? { hit: true, detail: because } : { fwd, detail: because };
    return this.#answerFrom(walk, record, { word: 'STALE', outcome });
  }

  /** An origin that failed a moment ago is left alone for a while, where something stored may stand in for it. */
  #answerWhileBackingOff(walk: Walk, record: ResponseRecord | undefined): HttpResponse | undefined {
    if (record === undefined || !this.#backsOff(record) || !this.#mayStandIn(walk, record)) return undefined;
    return this.#answerStale(walk, record, 'backing-off');
  }

  #answerFrom(walk: Walk, record: ResponseRecord, story: Story): HttpResponse {
    return this.#answers.fromStored(walk, record.entry.value, factsOf(record).freshness, story);
  }

  /** Asks the origin, or joins another who does; undefined when what came is not for this request, which begins anew. */
  async #load(walk: Walk, found: Found): Promise<HttpResponse | undefined> {
    const { record } = found;
    const part = record === undefined && wantsPart(walk) ? await this.#answerFromPart(walk) : undefined;
    if (part !== undefined) return part;
    const { join, ...meeting } = walk.mustGoAlone ? {} : this.#coalescer.meet(walk, record);
    if (join !== undefined) {
      this.#tally.coalesced(walk.keyed.primary);
      return this.#answerShare(walk, found, await this.#coalescer.follow(join, walk), true);
    }
    const { flightKey, missKey } = meeting;
    const fill = this.#runner.start({ walk, record, flightKey, missKey, isBackground: false });
    return this.#answerShare(walk, found, await fill.join(walk, false), false);
  }

  /** A Range may be answered from a part that is stored and fresh, where nothing has the whole (RFC 9111 §3.3). */
  async #answerFromPart(walk: Walk): Promise<HttpResponse | undefined> {
    const { keyed, semantics } = walk;
    const record =
      this.#variants.localPart(keyed) ?? (this.#leases.hasStore ? await this.#variants.fetchPart(keyed) : undefined);
    if (record === undefined) return undefined;
    const facts = factsOf(record);
    if (decideReuse(keyed.request, facts, this.#cache.clock.now(), semantics) !== 'hit') return undefined;
    const story: Story = { word: 'HIT', outcome: { hit: true } };
    const answer = this.#answers.fromPart(walk, record.entry.value, facts.freshness, story);
    if (answer !== undefined) this.#tally.hit(record, keyed.primary);
    return answer;
  }

  /** Asks the origin behind an answer that was given stale: once at a time, and not at once after a failure. */
  #refreshBehind(walk: Walk, record: ResponseRecord): void {
    const flightKey = record.key;
    if (this.#backsOff(record) || this.#coalescer.running(walk.keyed, flightKey) !== undefined) return;
    this.#runner.start({ walk, record, flightKey, missKey: flightKey, isBackground: true });
  }

  /** This request's answer from its part of what the origin said. */
  #answerShare(walk: Walk, found: Found, share: Share, collapsed: boolean): HttpResponse | undefined {
    const { primary } = walk.keyed;
    const fwd = this.#forwardReason(found);
    switch (share.word) {
      case 'shared': {
        this.#tally.miss(primary);
        const outcome = { fwd, fwdStatus: share.head.status, stored: true, collapsed };
        return this.#answers.fromHead(walk, share, { word: 'MISS', outcome });
      }
      case 'renewed': {
        this.#tally.miss(primary);
        const { stored, isForAll } = share;
        const outcome = { fwd, fwdStatus: 304, stored: isForAll, collapsed };
        return this.#answers.fromStored(walk, stored, stored.freshness, { word: 'REVALIDATED', outcome });
      }
      case 'private': {
        this.#tally.miss(primary);
        const { response, why } = share;
        const outcome = { fwd, fwdStatus: response.status, detail: why };
        return this.#answers.fromOrigin(walk, response, { word: 'MISS', outcome });
      }
      case 'unshared':
        walk.mustGoAlone = share.next === 'alone' || ++walk.detours > MAX_DETOURS;
        return undefined;
      case 'timeout':
        return this.#answerFailure(walk, found, tooLate(walk), true);
      case 'failed':
        return this.#answerFailure(walk, found, share.error, collapsed);
    }
  }

  /** Stale, where that is allowed; else those who had joined have one more try between them; else the failure. */
  #answerFailure(walk: Walk, found: Found, error: OriginError, isFollower: boolean): HttpResponse | undefined {
    const { record } = found;
    const fwd = this.#forwardReason(found);
    if (record !== undefined && this.#mayStandIn(walk, record)) return this.#answerStale(walk, record, 'on-error', fwd);
    walk.failures++;
    if (isFollower && walk.failures < MAX_FAILURES) return undefined;
    this.#tally.miss(walk.keyed.primary);
    throw error.answering(this.#answers.ownFields(walk, { word: 'MISS', outcome: { fwd, detail: error.failure } }));
  }

  /** A request that has no key: its method is not for caches, or its target names no resource of ours. */
  #passUnkeyed(request: HttpRequest, origin: Origin, policy: HttpPolicy): Promise<HttpResponse> {
    const keyed: KeyedRequest = { primary: '', key: '', request, cookiesCount: true };
    return this.#forward(makeWalk(keyed, origin, policy), isCacheable(request) ? 'bypass' : 'method');
  }

  /** Past the store, in both directions. What it changes is invalidated before the client hears of it. */
  async #forward(walk: Walk, fwd: 'bypass' | 'method'): Promise<HttpResponse> {
    const { keyed, origin, policy } = walk;
    const { request, primary } = keyed;
    this.#tally.bypass(primary === '' ? undefined : primary);
    let response: HttpResponse;
    try {
      response = await origin(request, { signal: request.signal ?? new AbortController().signal });
    } catch (reason) {
      const error = OriginError.from(reason, primary === '' ? invalidatedBy(request) : primary);
      throw error.answering(this.#answers.ownFields(walk, { word: 'BYPASS', outcome: { fwd } }));
    }
    await this.#invalidate(targetsInvalidatedBy(request, response, policy), request);
    return this.#answers.fromOrigin(walk, response, { word: 'BYPASS', outcome: { fwd, fwdStatus: response.status } });
  }

  async #invalidate(targets: readonly Target[], request: HttpRequest): Promise<void> {
    if (targets.length === 0) return;
    try {
      await this.#cache.invalidate(targets, { by: invalidatedBy(request) });
    } catch (error) {
      // A cache that was closed takes note of nothing, and the origin has done what it was asked: the client must hear that.
      this.#cache.events.emit('policyError', { key: invalidatedBy(request), error });
    }
  }

  #forwardReason({ record, hasOtherVariants }: Found): ForwardReason {
    if (record === undefined) return hasOtherVariants ? 'vary-miss' : 'uri-miss';
    return this.#cache.clock.now() < record.entry.freshUntil ? 'request' : 'stale';
  }

  /** Whether the last validation failed a moment ago. */
  #backsOff(record: ResponseRecord): boolean {
    return this.#cache.clock.now() < record.retryAt;
  }

  /** Whether a stored response may stand in for an origin that fails. */
  #mayStandIn({ directives }: Walk, record: ResponseRecord): boolean {
    const { freshness } = factsOf(record);
    return this.#leases.isValid(record) && mayServeOnError(freshness, directives, this.#cache.clock.now());
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

function tooLate({ keyed, policy }: Walk): OriginError {
  const { primary: key } = keyed;
  const message = `the origin of ${key} gave no answer within coalesceTimeout (${policy.coalesceTimeoutMs} ms)`;
  return new OriginError('timeout', message, { key });
}

const NO_ORIGIN: Origin = () => Promise.reject(new OriginError('unreachable', 'nothing is asked for an explanation'));
