import type { Clock, MissReason, StaleReason } from '@cachewarp/core';
import type { HttpResponse } from '../message/http-message.js';
import type { CacheOutcome, ForwardReason } from '../semantics/cache-status.js';
import { refusalReason } from './miss-reason.js';
import type { Answers } from './answers.js';
import type { Fill, Share, Walk } from './fill.js';
import { OriginError } from './origin-error.js';
import type { StandIn } from './stand-in.js';
import { factsOf, type ResponseRecord } from './stored-response.js';
import type { Tally } from './tally.js';
import type { Found } from './variant-store.js';

/** Fills whose failure a request sits through, its own included, before it fails itself. */
const MAX_FAILURES = 2;

/** Other variants that a request waits for before it asks alone. */
const MAX_DETOURS = 3;

/** What replies stand on. */
export interface ReplyParts {
  readonly clock: Clock;
  readonly answers: Answers;
  readonly tally: Tally;
  readonly standIn: StandIn;
}

/** What the client is told in the end: the answer, its story in X-Cache and Cache-Status, and the one counter it raises. */
export class Replies {
  readonly #parts: ReplyParts;

  constructor(parts: ReplyParts) {
    this.#parts = parts;
  }

  fresh(walk: Walk, record: ResponseRecord): HttpResponse {
    const { tally, answers } = this.#parts;
    tally.hit(record, walk.keyed.primary);
    const { freshness } = factsOf(record);
    return answers.fromStored(walk, record.entry.value, freshness, { word: 'HIT', outcome: { hit: true } });
  }

  /** From a stored part; undefined where it does not hold all that the client wants. */
  part(walk: Walk, record: ResponseRecord): HttpResponse | undefined {
    const { tally, answers } = this.#parts;
    const { freshness } = factsOf(record);
    const story = { word: 'HIT', outcome: { hit: true } } as const;
    const answer = answers.fromPart(walk, record.entry.value, freshness, story);
    if (answer !== undefined) tally.hit(record, walk.keyed.primary);
    return answer;
  }

  /** @param fwd - why the origin was asked before, if it was */
  stale(walk: Walk, record: ResponseRecord, because: StaleReason, fwd?: ForwardReason): HttpResponse {
    const { tally, answers } = this.#parts;
    tally.stale(record, walk.keyed.primary, because);
    const outcome: CacheOutcome = fwd === undefined ? { hit: true, detail: because } : { fwd, detail: because };
    return answers.fromStored(walk, record.entry.value, factsOf(record).freshness, { word: 'STALE', outcome });
  }

  /** The client wants only what is stored, and nothing is. */
  unavailable(walk: Walk, found: Found): HttpResponse {
    this.#parts.tally.miss(walk.keyed.primary, this.#missReason(found, 'cold'), false);
    return this.#parts.answers.unavailable(walk);
  }

  /**
   * This request's answer from its part of what the origin said; undefined when that is not for this request, which begins anew.
   * @param fill - whose answer it is
   * @param collapsed - whether the request had joined another's
   * @throws OriginError when the origin failed and nothing may stand in
   */
  share(walk: Walk, found: Found, fill: Fill, share: Share, collapsed: boolean): HttpResponse | undefined {
    const { tally, answers } = this.#parts;
    const { primary } = walk.keyed;
    const fwd = this.#forwardReason(found);
    const reason = this.#missReason(found, fill.missReason);
    switch (share.word) {
      case 'shared': {
        tally.miss(primary, reason, collapsed);
        const outcome = { fwd, fwdStatus: share.head.status, stored: true, collapsed, detail: reason };
        return answers.fromHead(walk, share, { word: 'MISS', outcome });
      }
      case 'renewed': {
        tally.miss(primary, reason, collapsed);
        const { stored, isForAll } = share;
        const outcome = { fwd, fwdStatus: 304, stored: isForAll, collapsed, detail: reason };
        return answers.fromStored(walk, stored, stored.freshness, { word: 'REVALIDATED', outcome });
      }
      case 'private': {
        const { response, why } = share;
        const refusal = refusalReason(why);
        tally.miss(primary, refusal, collapsed);
        const outcome = { fwd, fwdStatus: response.status, detail: refusal };
        return answers.fromOrigin(walk, response, { word: 'MISS', outcome });
      }
      case 'unshared':
        walk.mustGoAlone = share.next === 'alone' || ++walk.detours > MAX_DETOURS;
        return undefined;
      case 'timeout':
        return this.#failure(walk, found, reason, tooLate(walk), true);
      case 'failed':
        return this.#failure(walk, found, reason, share.error, collapsed);
    }
  }

  /** Stale, where that is allowed; else those who had joined have one more try between them; else the failure. */
  #failure(
    walk: Walk,
    found: Found,
    reason: MissReason,
    error: OriginError,
    collapsed: boolean,
  ): HttpResponse | undefined {
    const { tally, answers, standIn } = this.#parts;
    const { record } = found;
    const fwd = this.#forwardReason(found);
    const mayStandIn =
      record !== undefined &&
      (error.status === undefined
        ? standIn.isAllowedUnheard(record, walk.directives, walk.semantics)
        : standIn.isAllowed(record, walk.directives));
    if (mayStandIn) {
      return this.stale(walk, record, 'on-error', fwd);
    }
    walk.failures++;
    if (collapsed && walk.failures < MAX_FAILURES) return undefined;
    tally.miss(walk.keyed.primary, reason, collapsed);
    throw error.answering(answers.ownFields(walk, { word: 'MISS', outcome: { fwd, detail: error.failure } }));
  }

  /** @param departed - what the lease knows of how the entry went, where there is none */
  #missReason({ record, hasOtherVariants }: Found, departed: MissReason): MissReason {
    if (record === undefined) return hasOtherVariants && departed === 'cold' ? 'vary' : departed;
    return this.#parts.clock.now() < record.entry.freshUntil ? 'request' : 'expired';
  }

  #forwardReason({ record, hasOtherVariants }: Found): ForwardReason {
    if (record === undefined) return hasOtherVariants ? 'vary-miss' : 'uri-miss';
    return this.#parts.clock.now() < record.entry.freshUntil ? 'request' : 'stale';
  }
}

function tooLate({ keyed, policy }: Walk): OriginError {
  const { primary: key } = keyed;
  const message = `the origin of ${key} gave no answer within coalesceTimeout (${policy.coalesceTimeoutMs} ms)`;
  return new OriginError('timeout', message, { key });
}
