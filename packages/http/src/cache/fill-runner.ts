import type { Cache, FillLeases, SingleFlight } from '@cachewarp/core';
import type { HttpRequest, HttpResponse } from '../message/http-message.js';
import type { ResponseFacts } from '../semantics/facts.js';
import { isServerFailure } from '../semantics/stale.js';
import { BodySink } from './body-sink.js';
import type { ResponseHead } from './draft-response.js';
import { Fill, walkForAnswer, type FillParts, type Walk } from './fill.js';
import { headToStore, lengthOf } from './head-to-store.js';
import type { StreamBounds } from './http-cache-options.js';
import type { Keeper } from './keeper.js';
import { OriginError } from './origin-error.js';
import { renew, renewByHead, requestForOrigin, requestForWhole, type Renewal, type Times } from './revalidator.js';
import type { StandIn } from './stand-in.js';
import { factsOf, type ResponseRecord } from './stored-response.js';
import type { VariantStore } from './variant-store.js';

/** Everything a fill runs with. */
export interface RunnerParts {
  readonly cache: Cache;
  readonly leases: FillLeases;
  readonly variants: VariantStore;
  readonly flights: SingleFlight<Fill>;
  readonly keeper: Keeper;
  readonly standIn: StandIn;
  readonly bounds: StreamBounds;
}

/** What the origin answered; `renewal` where it confirmed what is stored. */
interface OriginAnswer {
  readonly response: HttpResponse;
  readonly times: Times;
  readonly renewal?: Renewal;
}

/** What is to be filled. */
export type FillRequest = Omit<FillParts, 'lease' | 'missReason'>;

/**
 * Asks the origin and keeps what it answers, under the lease taken before it was asked. The steps: ask, judge the head, hand it to the
 * callers, take in the body, keep.
 *
 * A fill that may be stored goes on when its clients leave; one that may not ends with them.
 */
export class FillRunner {
  readonly #parts: RunnerParts;
  readonly #running = new Set<Fill>();

  constructor(parts: RunnerParts) {
    this.#parts = parts;
  }

  /** Begins a fill, and makes it the one that others join where it has a flight key. */
  start(request: FillRequest): Fill {
    const { leases, flights, cache } = this.#parts;
    const { keyed } = request.walk;
    const fill = new Fill({
      ...request,
      lease: leases.open(keyed.key, keyed.key === keyed.primary ? undefined : keyed.primary),
      missReason: leases.missReason(request.record?.key ?? keyed.key),
    });
    if (fill.flightKey !== undefined) flights.begin(fill.flightKey, fill);
    this.#running.add(fill);
    const ended = this.#run(fill).catch((fault: unknown) => {
      // Not the origin's failure, which is handled, but a fault of ours or of a policy's function: who waits must hear of it, not hang.
      cache.events.emit('policyError', { key: keyed.primary, error: fault });
      fill.settle({ word: 'failed', error: OriginError.from(fault, keyed.primary) });
    });
    void ended.finally(() => this.#end(fill));
    if (fill.isBackground) cache.parts.background.run(`refresh ${keyed.primary}`, ended);
    return fill;
  }

  /** Calls off everything that runs. */
  callOff(reason: unknown): void {
    for (const fill of this.#running) fill.controller.abort(reason);
  }

  async #run(fill: Fill): Promise<void> {
    const { cache } = this.#parts;
    const startedAt = cache.clock.now();
    this.#tellStart(fill);
    const leavesWithClient = fill.flightKey === undefined && !fill.isBackground;
    const untie = leavesWithClient ? tie(fill) : undefined;
    try {
      const answer = await this.#ask(fill);
      untie?.();
      try {
        await this.#take(fill, answer);
      } finally {
        // Whatever went wrong before anybody was given the content: nobody will read it.
        if (!fill.isSettled) discard(fill, answer.response);
      }
      this.#tellEnd(fill, cache.clock.now() - startedAt);
    } catch (reason) {
      untie?.();
      this.#failed(fill, OriginError.from(reason, fill.walk.keyed.primary), cache.clock.now() - startedAt);
    }
  }

  /** Asks, and asks again without conditions where the answer to the conditions is of no use. */
  async #ask(fill: Fill): Promise<OriginAnswer> {
    const { walk, record } = fill;
    const request = requestForOrigin(fill);
    const answer = await this.#send(fill, request);
    const isOurCondition = record !== undefined && request !== walk.keyed.request;
    if (answer.response.status !== 304 || !isOurCondition) return answer;
    const judged = this.#walkForAnswer(walk, factsOf(record));
    const renewal = judged && renew(judged, record, answer.response, answer.times, this.#parts.cache.events);
    if (renewal !== undefined) {
      fill.walk = judged!;
      return { ...answer, renewal };
    }
    // RFC 9111 4.3.4: a 304 for something else than what is stored is not used.
    return this.#send(fill, requestForWhole(fill));
  }

  async #send(fill: Fill, request: HttpRequest): Promise<OriginAnswer> {
    const { clock } = this.#parts.cache;
    const requestTime = clock.now();
    const response = await fill.walk.origin(request, {
      signal: fill.controller.signal,
      isBackground: fill.isBackground,
    });
    if (isUnasked(request, response)) {
      discard(fill, response);
      throw new OriginError(
        'incomplete',
        `the origin answered ${response.status} to a request that did not ask for it`,
      );
    }
    return { response, times: { requestTime, responseTime: clock.now() } };
  }

  /** Judges the head, and does with the answer what follows. */
  async #take(fill: Fill, { response, times, renewal }: OriginAnswer): Promise<void> {
    const { walk, record } = fill;
    const { standIn } = this.#parts;
    if (walk.keyed.request.method === 'HEAD' && !fill.isBackground) return this.#takeHead(fill, response, times);
    if (renewal !== undefined && record !== undefined) return this.#takeRenewal(fill, record, renewal);
    if (record !== undefined && isServerFailure(response.status) && standIn.isAllowed(record, walk.directives)) {
      throw new OriginError('unreachable', `the origin answered ${response.status}`, { key: walk.keyed.primary });
    }
    const judged = this.#walkForAnswer(walk, response);
    if (judged === undefined) return this.#takePrivate(fill, response, 'rule');
    fill.walk = judged;
    const head = headToStore(judged, response, times, this.#parts.cache.events);
    if (typeof head === 'string') this.#takePrivate(fill, response, head);
    else await this.#takeShared(fill, response, head);
  }

  /** By the policy for the answer; a fault in choosing it keeps the answer from being kept, and from nobody who asked. */
  #walkForAnswer(walk: Walk, answer: ResponseFacts): Walk | undefined {
    try {
      return walkForAnswer(walk, answer);
    } catch (error) {
      this.#parts.cache.events.emit('policyError', { key: walk.keyed.primary, error });
      return undefined;
    }
  }

  /** An answer that may be shared: everybody gets the head now, and the body as it comes; what is complete is kept. */
  async #takeShared(fill: Fill, response: HttpResponse, head: ResponseHead): Promise<void> {
    const { keeper, cache, bounds } = this.#parts;
    keeper.prepare(fill, head);
    this.#relist(fill);
    const announced = lengthOf(response);
    const length = typeof announced === 'number' ? announced : undefined;
    if (response.body === null || response.body instanceof Uint8Array) {
      const body = response.body ?? NO_CONTENT;
      if (length !== undefined && length !== body.length) {
        throw new OriginError('incomplete', `the origin announced ${length} bytes and sent ${body.length}`);
      }
      keeper.keep(fill, head, body);
      fill.settle({ word: 'shared', head, received: response.headers, content: body });
      return;
    }
    const sink = new BodySink(cache.clock, { ...bounds, maxBytes: fill.walk.policy.maxBodyBytes, length }, () =>
      fill.controller.abort(),
    );
    fill.settle({ word: 'shared', head, received: response.headers, content: sink });
    await sink.pump(response.body, (body) => keeper.keep(fill, head, body));
    if (sink.isTooLarge) keeper.cannotKeep(fill);
  }

  /** The origin confirmed what is stored: it is kept with its new fields, and answers everybody. */
  #takeRenewal(fill: Fill, record: ResponseRecord, renewal: Renewal): void {
    const { keeper, variants, cache } = this.#parts;
    const { stored, verdict } = renewal;
    const isForAll = verdict === 'keep';
    const loadMs = cache.clock.now() - fill.lease.createdAt;
    const kept = isForAll ? keeper.keepRenewal(fill, renewal, loadMs) : undefined;
    if (verdict === 'drop') variants.drop(record.key);
    this.#unlist(fill);
    fill.settle({ word: 'renewed', stored, record: kept, isForAll });
  }

  /** A HEAD's answer is for the one who asked, and speaks of what GET stored. */
  #takeHead(fill: Fill, response: HttpResponse, times: Times): void {
    const { keeper, variants, cache } = this.#parts;
    const { walk, record } = fill;
    if (record !== undefined && response.status === 200) {
      const renewal = renewByHead(walk, record, response, times, cache.events);
      if (renewal === 'outdated' || renewal.verdict === 'drop') variants.drop(record.key);
      else if (renewal.verdict === 'keep') keeper.keepRenewal(fill, renewal, record.entry.loadMs);
    }
    discard(fill, response);
    fill.settle({ word: 'private', response: { ...response, body: null }, why: 'method' });
  }

  /** An answer for the one who asked: it ends with him. */
  #takePrivate(fill: Fill, response: HttpResponse, why: string): void {
    const { keeper } = this.#parts;
    const { walk, record } = fill;
    // A failure of the server, or a fault of this one request, says nothing of what others would get.
    const isRequests = REQUESTERS_OWN.has(why);
    if (response.status < 500 && response.status !== 400 && !isRequests) keeper.cannotKeep(fill);
    if (record !== undefined && !isRequests) keeper.letGo(record, response);
    this.#unlist(fill);
    if (fill.isBackground || walk.keyed.request.signal?.aborted === true) {
      discard(fill, response);
      const error = new OriginError('unreachable', 'nobody was there for the answer', { key: walk.keyed.primary });
      fill.settle({ word: 'failed', error });
      return;
    }
    tie(fill);
    fill.settle({ word: 'private', response, why });
  }

  #failed(fill: Fill, error: OriginError, durationMs: number): void {
    const { cache } = this.#parts;
    this.#end(fill);
    fill.settle({ word: 'failed', error });
    // Called off, because nobody wanted the answer any more: that is no fault of the origin's.
    const { aborted, reason } = fill.controller.signal;
    if (aborted && reason !== UNREAD) return;
    cache.parts.counters.loadErrors++;
    if (cache.events.has('loadError')) {
      const { isBackground: background } = fill;
      cache.events.emit('loadError', { key: fill.walk.keyed.primary, error, durationMs, background });
    }
    if (fill.record !== undefined) this.#parts.standIn.backOff(fill.record);
  }

  /** Where its answer will be kept is where others of the same variant look for it. */
  #relist(fill: Fill): void {
    const { flights } = this.#parts;
    const { flightKey, lease } = fill;
    if (flightKey === undefined || flightKey === lease.key) return;
    flights.end(flightKey, fill);
    fill.flightKey = lease.key;
    let listed = flights.joinable(lease.key);
    // One that was purged must not take the place of one that others still join; one that comes second waits its turn.
    if (listed === undefined) {
      if (lease.admitsNewcomers) flights.begin(lease.key, fill);
      return;
    }
    while (listed.next !== undefined) listed = listed.next;
    listed.next = fill;
  }

  /** Nobody finds it any more; another that has come second to it takes its place. */
  #unlist(fill: Fill): void {
    const { flights } = this.#parts;
    if (fill.flightKey === undefined) return;
    flights.end(fill.flightKey, fill);
    const { next } = fill;
    fill.next = undefined;
    if (next === undefined || next.flightKey === undefined) return;
    if (this.#running.has(next) && flights.joinable(next.flightKey) === undefined) flights.begin(next.flightKey, next);
    else this.#unlist(next);
  }

  #end(fill: Fill): void {
    this.#unlist(fill);
    this.#running.delete(fill);
    fill.lease.abandon();
  }

  #tellStart({ isBackground, missReason, walk }: Fill): void {
    const { events, parts } = this.#parts.cache;
    const key = walk.keyed.primary;
    parts.counters.loads++;
    if (isBackground) parts.counters.refreshes++;
    else if (events.has('miss')) events.emit('miss', { key, reason: missReason });
    if (events.has('load')) events.emit('load', { key, background: isBackground });
  }

  #tellEnd({ isBackground, walk }: Fill, durationMs: number): void {
    const { events } = this.#parts.cache;
    if (events.has('loaded')) events.emit('loaded', { key: walk.keyed.primary, durationMs, background: isBackground });
  }
}

const NO_CONTENT = new Uint8Array(0);

/** Why an origin is called off whose answer was heard, but for its content. */
const UNREAD = new Error('the content of the answer is not wanted');

/** Why an answer was not stored where that is the affair of its request, and says nothing of what others get. */
const REQUESTERS_OWN: ReadonlySet<string> = new Set([
  'authorization',
  'cookie',
  'request-no-store',
  'request-specific',
]);

/** Calls the origin off when the client who asked leaves. Returns the way to stop. */
function tie({ walk, controller }: Fill): () => void {
  const { signal } = walk.keyed.request;
  const abort = (): void => controller.abort(signal?.reason);
  if (signal?.aborted === true) abort();
  signal?.addEventListener('abort', abort, { once: true });
  return () => signal?.removeEventListener('abort', abort);
}

/**
 * Nobody wants the content: the origin need not send it. The reading is begun before it is called off, because a stream that is torn down
 * with nobody listening to it raises its error at the process.
 */
function discard({ controller }: Fill, { body }: HttpResponse): void {
  if (body === null || body instanceof Uint8Array) return;
  const iterator = body[Symbol.asyncIterator]();
  // How the stream ends is nobody's business any more.
  const ignore = (): void => undefined;
  iterator.next().then(ignore, ignore);
  controller.abort(UNREAD);
  iterator.return?.().then(ignore, ignore);
}

/** A 304 or 206 that no condition or range asked for speaks of something that is not there. */
function isUnasked({ headers }: HttpRequest, { status }: HttpResponse): boolean {
  if (status === 304) return !headers.has('if-none-match') && !headers.has('if-modified-since');
  return status === 206 && !headers.has('range');
}
