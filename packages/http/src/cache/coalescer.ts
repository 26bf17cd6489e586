import type { Clock } from '@cachewarp/core';
import type { Fill, Share, Walk } from './fill.js';
import type { FlightBoard } from './flight-board.js';
import type { KeyedRequest } from './http-key.js';
import type { HttpPolicy } from './http-policy.js';
import type { RecentKeys } from './recent-keys.js';
import type { ResponseRecord } from './stored-response.js';
import type { VariantStore } from './variant-store.js';

/** What requests of one key share with each other. */
export interface CoalescerParts {
  readonly clock: Clock;
  readonly variants: VariantStore;
  readonly board: FlightBoard;
  /** Keys whose answers could not be stored a moment ago. */
  readonly uncacheable: RecentKeys;
}

/** Whether a request shares the work of another. */
export interface Meeting {
  /** The fill to join. */
  readonly join?: Fill;
  /** Where others find the fill that this request begins; undefined when they may not join it. */
  readonly flightKey?: string;
  /** Where it is remembered that the answer could not be stored. */
  readonly missKey?: string;
}

const ALONE: Meeting = {};

/**
 * Brings requests of one key together, so that one of them asks the origin and the others wait for its answer.
 *
 * Alone go: HEAD, whose answer nobody can store; Authorization in a shared cache, since its answer may be personal; a Range, unless the
 * whole is being validated; and everything whose key was found uncacheable a moment ago (hit-for-miss), which would otherwise be served
 * one after the other.
 */
export class Coalescer {
  readonly #parts: CoalescerParts;

  constructor(parts: CoalescerParts) {
    this.#parts = parts;
  }

  /** @param record - what is stored for the request, and will be validated */
  meet(walk: Walk, record: ResponseRecord | undefined): Meeting {
    const { variants, uncacheable, clock } = this.#parts;
    const { keyed, policy } = walk;
    if (mustGoAlone(walk, record)) return ALONE;
    const flightKey = record?.key ?? variants.probableKey(keyed);
    if (uncacheable.has(flightKey, clock.now())) return { missKey: flightKey };
    const fill = this.running(keyed, flightKey);
    if (fill === undefined) return { flightKey, missKey: flightKey };
    return fill.mayServe(walk) && fill.waiting < policy.maxWaiters ? { join: fill } : ALONE;
  }

  /** The fill under a key: also one of the same variant that began when nobody knew yet that there are variants. */
  running({ key }: KeyedRequest, flightKey: string): Fill | undefined {
    const { board, variants } = this.#parts;
    const listed = board.joinable(flightKey);
    if (listed !== undefined || flightKey === key) return listed;
    const fill = board.joinable(key);
    return fill !== undefined && variants.probableKey(fill.walk.keyed) === flightKey ? fill : undefined;
  }

  /** The follower's part of a fill. A head that takes too long sets others free to ask anew; what comes late is still kept. */
  async follow(fill: Fill, walk: Walk): Promise<Share> {
    const { clock, board } = this.#parts;
    const share = await fill.join(walk, true, (timesOut) => {
      const timer = clock.setTimer(timesOut, walk.policy.coalesceTimeoutMs);
      return () => timer.cancel();
    });
    if (share.word === 'timeout') board.unlist(fill);
    return share;
  }
}

function mustGoAlone({ keyed, semantics, policy }: Walk, record: ResponseRecord | undefined): boolean {
  const { method, headers } = keyed.request;
  if (method !== 'GET') return true;
  if (semantics.shared && headers.has('authorization')) return true;
  if (headers.has('range') && record === undefined) return true;
  return semantics.cookies === 'bypass' && mayInvent(policy) && headers.has('cookie');
}

/** Whether the operator may give an answer a lifetime that it does not state: then a request with cookies is nobody else's. */
function mayInvent({ semantics, defaultTtlOf, adaptive }: HttpPolicy): boolean {
  const { defaultTtlMs, ttlByStatusMs, ttlMode } = semantics;
  if (defaultTtlMs !== undefined || defaultTtlOf !== undefined || adaptive?.isOn === true || ttlMode === 'override')
    return true;
  return Object.keys(ttlByStatusMs).length > 0;
}
