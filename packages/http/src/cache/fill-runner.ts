import type { Cache, FillLeases, LoadBegin } from '@cachewarp/core';
import type { HttpResponse } from '../message/http-message.js';
import { isServerFailure } from '../semantics/stale.js';
import { askOrigin, discard, judgedWalk, tieToClient, UNREAD, type OriginAnswer } from './ask-origin.js';
import { BodySink } from './body-sink.js';
import type { ResponseHead } from './draft-response.js';
import { Fill, type FillParts } from './fill.js';
import type { Claimer } from './claimer.js';
import type { FlightBoard } from './flight-board.js';
import { headToStore, lengthOf } from './head-to-store.js';
import type { StreamBounds } from './http-cache-options.js';
import type { Keeper } from './keeper.js';
import { OriginError } from './origin-error.js';
import { renewByHead, type Renewal, type Times } from './revalidator.js';
import type { StandIn } from './stand-in.js';
import type { ResponseRecord } from './stored-response.js';
import type { VariantStore } from './variant-store.js';

/** Everything a fill runs with. */
export interface RunnerParts {
  readonly cache: Cache;
  readonly leases: FillLeases;
  readonly variants: VariantStore;
  readonly board: FlightBoard;
  readonly keeper: Keeper;
  readonly standIn: StandIn;
  readonly claimer: Claimer;
  readonly bounds: StreamBounds;
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

  constructor(parts: RunnerParts) {
    this.#parts = parts;
  }

  /** Begins a fill, and makes it the one that others join where it has a flight key. */
  start(request: FillRequest): Fill {
    const { leases, board, cache } = this.#parts;
    const { keyed } = request.walk;
    const fill = new Fill({
      ...request,
      lease: leases.open(keyed.key, keyed.key === keyed.primary ? undefined : keyed.primary),
      missReason: leases.missReason(request.record?.key ?? keyed.key),
    });
    board.begin(fill);
    const ended = this.#run(fill);
    if (fill.isBackground) cache.parts.background.run(`refresh ${keyed.primary}`, ended);
    return fill;
  }

  /** Calls off everything that runs. */
  callOff(reason: unknown): void {
    for (const fill of this.#parts.board.all()) fill.controller.abort(reason);
  }

  /** Never rejects. */
  async #run(fill: Fill): Promise<void> {
    try {
      await this.#askAndTake(fill);
    } catch (fault) {
      // Not the origin's failure, which is handled, but a fault of ours or of a policy's function: who waits must hear of it, not hang.
      const { primary } = fill.walk.keyed;
      this.#parts.cache.events.emit('policyError', { key: primary, error: fault });
      fill.settle({ word: 'failed', error: OriginError.from(fault, primary) });
    } finally {
      this.#end(fill);
    }
  }

  async #askAndTake(fill: Fill): Promise<void> {
    const { cache, claimer } = this.#parts;
    if (claimer.isNeeded(fill) && !(await claimer.mayAsk(fill))) return fill.settle({ word: 'elsewhere' });
    const startedAt = cache.clock.now();
    const within = this.#tellStart(fill);
    const leavesWithClient = fill.flightKey === undefined && !fill.isBackground;
    const untie = leavesWithClient ? tieToClient(fill) : undefined;
    try {
      const ask = (): Promise<OriginAnswer> => askOrigin(fill, cache.clock, cache.events);
      const answer = await (within === undefined ? ask() : within(ask));
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

  /** Judges the head, and does with the answer what follows. */
  async #take(fill: Fill, { response, times, renewal }: OriginAnswer): Promise<void> {
    const { walk, record } = fill;
    const { standIn } = this.#parts;
    if (walk.keyed.request.method === 'HEAD' && !fill.isBackground) return this.#takeHead(fill, response, times);
    if (renewal !== undefined) return this.#takeRenewal(fill, renewal.record, renewal);
    if (record !== undefined && isServerFailure(response.status) && standIn.isAllowed(record, walk.directives)) {
      const { status } = response;
      throw new OriginError('unreachable', `the origin answered ${status}`, { key: walk.keyed.primary, status });
    }
    const judged = judgedWalk(walk, response, this.#parts.cache.events);
    if (judged === undefined) return this.#takePrivate(fill, response, 'rule');
    fill.walk = judged;
    const head = headToStore(judged, response, times, this.#parts.cache.events);
    if (typeof head === 'string') this.#takePrivate(fill, response, head);
    else await this.#takeShared(fill, response, head);
  }

  /** An answer that may be shared: everybody gets the head now, and the body as it comes; what is complete is kept. */
  async #takeShared(fill: Fill, response: HttpResponse, head: ResponseHead): Promise<void> {
    const { keeper, cache, bounds, board } = this.#parts;
    keeper.prepare(fill, head);
    board.relist(fill);
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
    const { keeper, variants, cache, board } = this.#parts;
    const { stored, verdict } = renewal;
    const isForAll = verdict === 'keep';
    const loadMs = cache.clock.now() - fill.lease.createdAt;
    const kept = isForAll ? keeper.keepRenewal(fill, renewal, loadMs) : undefined;
    if (verdict === 'drop') variants.drop(record.key);
    board.unlist(fill);
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
    const { keeper, board } = this.#parts;
    const { walk, record } = fill;
    // A failure of the server, or a fault of this one request, says nothing of what others would get.
    const isRequests = REQUESTERS_OWN.has(why);
    if (response.status < 500 && response.status !== 400 && !isRequests) keeper.cannotKeep(fill);
    if (record !== undefined && !isRequests) keeper.letGo(record, response);
    board.unlist(fill);
    if (fill.isBackground || walk.keyed.request.signal?.aborted === true) {
      discard(fill, response);
      const error = new OriginError('unreachable', 'nobody was there for the answer', { key: walk.keyed.primary });
      fill.settle({ word: 'failed', error });
      return;
    }
    tieToClient(fill);
    fill.settle({ word: 'private', response, why });
  }

  #failed(fill: Fill, error: OriginError, durationMs: number): void {
    const { cache } = this.#parts;
    this.#end(fill);
    fill.settle({ word: 'failed', error });
    // Called off, because nobody wanted the answer any more: that is no fault of the origin's.
    const { aborted, reason } = fill.controller;
    const { id, isBackground: background } = fill;
    const told = { id, key: fill.walk.keyed.primary, durationMs, background };
    if (aborted && reason !== UNREAD) {
      if (cache.events.has('loadAbandoned')) cache.events.emit('loadAbandoned', told);
      return;
    }
    cache.parts.counters.loadErrors++;
    if (cache.events.has('loadError')) cache.events.emit('loadError', { ...told, error });
    if (fill.record !== undefined) this.#parts.standIn.backOff(fill.record);
  }

  #end(fill: Fill): void {
    this.#parts.board.end(fill);
    fill.lease.abandon();
  }

  /** @returns the context of a listener in which the origin is to be asked */
  #tellStart({ id, isBackground, walk }: Fill): LoadBegin['within'] {
    const { events, parts } = this.#parts.cache;
    parts.counters.loads++;
    if (isBackground) parts.counters.refreshes++;
    if (!events.has('load')) return undefined;
    const begin: LoadBegin = { id, key: walk.keyed.primary, background: isBackground };
    events.emit('load', begin);
    return begin.within;
  }

  #tellEnd({ id, isBackground: background, walk }: Fill, durationMs: number): void {
    const { events } = this.#parts.cache;
    if (events.has('loaded')) events.emit('loaded', { id, key: walk.keyed.primary, durationMs, background });
  }
}

const NO_CONTENT = new Uint8Array(0);

/** Why an answer was not stored where that is the affair of its request, and says nothing of what others get. */
const REQUESTERS_OWN: ReadonlySet<string> = new Set([
  'authorization',
  'cookie',
  'request-no-store',
  'request-specific',
]);
