import type { Clock, SingleFlight } from '@cachewarp/core';
import type { Fill, Share, Walk } from './fill.js';
import type { RecentKeys } from './recent-keys.js';
import type { ResponseRecord } from './stored-response.js';
import { variantOf, type VariantStore } from './variant-store.js';

/** What requests of one key share with each other. */
export interface CoalescerParts {
  readonly clock: Clock;
  readonly variants: VariantStore;
  readonly flights: SingleFlight<Fill>;
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

/** How many lists of Vary are followed from fill to fill before a request goes alone. */
const MAX_HOPS = 8;

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
    const { variants, flights, uncacheable, clock } = this.#parts;
    const { keyed, policy } = walk;
    if (mustGoAlone(walk, record)) return ALONE;
    const seen = new Set<string>();
    let flightKey = record?.key ?? variants.probableKey(keyed);
    while (!seen.has(flightKey) && seen.size < MAX_HOPS) {
      seen.add(flightKey);
      if (uncacheable.has(flightKey, clock.now())) return { missKey: flightKey };
      const fill = flights.joinable(flightKey);
      if (fill === undefined) return { flightKey, missKey: flightKey };
      if (fill.mayServe(walk)) return fill.waiting < policy.maxWaiters ? { join: fill } : ALONE;
      // Another variant is being filled: those who share ours meet where it will be kept.
      if (fill.vary === undefined) return ALONE;
      flightKey = variantOf(keyed.key, fill.vary, keyed.request.headers);
    }
    return ALONE;
  }

  /** The follower's part of a fill. A head that takes too long sets others free to ask anew; what comes late is still kept. */
  async follow(fill: Fill, walk: Walk): Promise<Share> {
    const { clock, flights } = this.#parts;
    const share = await fill.join(walk, true, (timesOut) => {
      const timer = clock.setTimer(timesOut, walk.policy.coalesceTimeoutMs);
      return () => timer.cancel();
    });
    if (share.word === 'timeout' && fill.flightKey !== undefined) flights.end(fill.flightKey, fill);
    return share;
  }
}

function mustGoAlone({ keyed, semantics }: Walk, record: ResponseRecord | undefined): boolean {
  const { method, headers } = keyed.request;
  if (method !== 'GET') return true;
  if (semantics.shared && headers.has('authorization')) return true;
  if (headers.has('range') && record === undefined) return true;
  return semantics.cookies === 'bypass' && mayInvent(semantics) && headers.has('cookie');
}

/** Whether the operator may give an answer a lifetime that it does not state: then a request with cookies is nobody else's. */
function mayInvent({ defaultTtlMs, ttlByStatusMs, ttlMode }: Walk['semantics']): boolean {
  return defaultTtlMs !== undefined || ttlMode === 'override' || Object.keys(ttlByStatusMs).length > 0;
}
