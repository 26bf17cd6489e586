import type { Upstream } from './upstream.js';

/** An upstream that may be used now, and the permit of its circuit breaker. */
export interface Choice {
  readonly upstream: Upstream;
  readonly permit: number;
}

/**
 * Chooses among the upstreams: in turn, or the one with the fewest requests in flight (in turn where several have as few). Those whose
 * breaker is open or whose probes fail are passed over; if probes say that none is healthy, they are not believed, because then the probe
 * is at fault or there is nothing to lose.
 */
export class Balancer {
  readonly #upstreams: readonly Upstream[];
  readonly #isByLoad: boolean;
  #turn = 0;

  constructor(upstreams: readonly Upstream[], balance: 'round-robin' | 'least-in-flight') {
    this.#upstreams = upstreams;
    this.#isByLoad = balance === 'least-in-flight';
  }

  /**
   * @param tried - upstreams that this request has already failed on; they are chosen again only when there is no other
   * @returns undefined when none may be used
   */
  choose(tried: readonly Upstream[]): Choice | undefined {
    const upstreams = this.#upstreams;
    // Where there is one, there is no choice: healthy or not, tried before or not.
    if (upstreams.length === 1) return firstAdmitted(upstreams);
    const ordered = this.#ordered();
    const isAnyHealthy = ordered.some((upstream) => upstream.isHealthy);
    const usable = isAnyHealthy ? ordered.filter((upstream) => upstream.isHealthy) : ordered;
    const fresh = tried.length === 0 ? usable : usable.filter((upstream) => !tried.includes(upstream));
    return firstAdmitted(fresh) ?? (tried.length === 0 ? undefined : firstAdmitted(usable));
  }

  /** How long until some upstream may be tried again, in ms. */
  retryAfterMs(now: number): number {
    const soonest = Math.min(...this.#upstreams.map((upstream) => upstream.retryAt));
    return Math.max(0, soonest - now);
  }

  #ordered(): readonly Upstream[] {
    const upstreams = this.#upstreams;
    this.#turn = (this.#turn + 1) % upstreams.length;
    const inTurn = [...upstreams.slice(this.#turn), ...upstreams.slice(0, this.#turn)];
    return this.#isByLoad ? inTurn.sort((a, b) => a.inFlight - b.inFlight) : inTurn;
  }
}

function firstAdmitted(upstreams: readonly Upstream[]): Choice | undefined {
  for (const upstream of upstreams) {
    const permit = upstream.acquire();
    if (permit !== 0) return { upstream, permit };
  }
  return undefined;
}
