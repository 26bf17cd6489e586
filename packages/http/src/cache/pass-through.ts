import type { Cache, MissReason, Target } from '@cachewarp/core';
import { Canceller } from '../message/canceller.js';
import { OriginCall, type HttpRequest, type HttpResponse } from '../message/http-message.js';
import type { CacheOutcome } from '../semantics/cache-status.js';
import type { Answers } from './answers.js';
import type { Walk } from './fill.js';
import { OriginError } from './origin-error.js';
import type { Tally } from './tally.js';
import { invalidatedBy, targetsInvalidatedBy } from './unsafe-methods.js';

/** The way past the store, in both directions: what is not for caches, and what was asked to go past. */
export class PassThrough {
  readonly #cache: Cache;
  readonly #answers: Answers;
  readonly #tally: Tally;

  constructor(cache: Cache, answers: Answers, tally: Tally) {
    this.#cache = cache;
    this.#answers = answers;
    this.#tally = tally;
  }

  /**
   * Forwards a request. What its answer invalidates is invalidated before the client hears of it.
   * @param reason - `method`: the method is not for caches; else why the request or the policy says so
   * @throws OriginError when the origin fails
   */
  async forward(walk: Walk, reason: MissReason): Promise<HttpResponse> {
    const { keyed, origin, policy } = walk;
    const { request, primary } = keyed;
    this.#tally.bypass(primary, reason);
    const fwd = reason === 'method' ? reason : 'bypass';
    const outcome: CacheOutcome = reason === fwd ? { fwd } : { fwd, detail: reason };
    let response: HttpResponse;
    try {
      response = await origin(request, new OriginCall(request.signal ?? new Canceller()));
    } catch (fault) {
      const error = OriginError.from(fault, primary === '' ? invalidatedBy(request) : primary);
      throw error.answering(this.#answers.ownFields(walk, { word: 'BYPASS', outcome }));
    }
    await this.#invalidate(targetsInvalidatedBy(request, response, policy), request);
    return this.#answers.fromOrigin(walk, response, {
      word: 'BYPASS',
      outcome: { ...outcome, fwdStatus: response.status },
    });
  }

  async #invalidate(targets: readonly Target[], request: HttpRequest): Promise<void> {
    if (targets.length === 0) return;
    const by = invalidatedBy(request);
    try {
      await this.#cache.invalidate(targets, { by });
    } catch (error) {
      // A cache that was closed takes note of nothing, and the origin has done what it was asked: the client must hear that.
      this.#cache.events.emit('policyError', { key: by, error });
    }
  }
}
