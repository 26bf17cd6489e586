import { systemClock, type BreakerState, type Clock } from '@cachewarp/core';
import type { CancelSignal, HttpRequest, HttpResponse } from '@cachewarp/http';
import { UpstreamError, type UpstreamFault } from '../base/proxy-errors.js';
import { Balancer, type Choice } from './balancer.js';
import { ConcurrencyGate } from './concurrency-gate.js';
import type { Upgraded, UpstreamContext } from './exchange.js';
import { incomingResponse, outgoingFields, type AddedFields } from './origin-fields.js';
import { Upstream, type OutgoingRequest } from './upstream.js';
import type { UpstreamPolicy } from './upstream-options.js';

/** Methods that may be sent twice (RFC 9110 §9.2.2). */
const IDEMPOTENT: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE', 'PROPFIND', 'QUERY']);

/** Faults of a connection, as against those of the server behind it: the request can be tried again without waiting twice as long. */
const RETRYABLE: ReadonlySet<UpstreamFault> = new Set<UpstreamFault>(['connect', 'connect-timeout', 'reset']);

/** What happened at the origin, for metrics. */
export interface OriginEvents {
  /** A request was answered (`status`) or failed (`fault`), all tries included. */
  onFetch?(fetch: OriginFetch): void;
  onBreaker?(upstream: string, state: BreakerState): void;
}

/** One request to the origin. */
export interface OriginFetch {
  /** The upstream of the last try; undefined when none was tried. */
  readonly upstream: string | undefined;
  /** Status of the response; undefined when there was none. */
  readonly status: number | undefined;
  readonly fault: UpstreamFault | undefined;
  readonly tries: number;
  /** Until the head of the response, or the failure. */
  readonly durationMs: number;
}

/** Parts of an {@link UpstreamOrigin} that have defaults. */
export interface UpstreamOriginParts {
  readonly events?: OriginEvents;
  readonly clock?: Clock;
  /** A number from 0 to 1, for the jitter of retries. */
  readonly random?: () => number;
}

/**
 * The origin as the cache sees it: one function, behind which are several upstreams, a bound on concurrent requests, and tries that are
 * counted for each request: at most three in all, pooled connections included, and one only for whatever may not be sent twice.
 */
export class UpstreamOrigin {
  readonly upstreams: readonly Upstream[];
  readonly #policy: UpstreamPolicy;
  readonly #balancer: Balancer;
  readonly #gate: ConcurrencyGate;
  readonly #events: OriginEvents;
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #leave = (): void => this.#gate.leave();
  #probing: NodeJS.Timeout | undefined;
  /** Requests without an answer yet, whatever they wait for. */
  #unanswered = 0;
  #onAnswered: (() => void) | undefined;

  constructor(origins: readonly URL[], policy: UpstreamPolicy, parts: UpstreamOriginParts = {}) {
    this.#policy = policy;
    this.#events = parts.events ?? {};
    this.#clock = parts.clock ?? systemClock;
    this.#random = parts.random ?? Math.random;
    const events = { onBreaker: (name: string, state: BreakerState) => this.#events.onBreaker?.(name, state) };
    this.upstreams = origins.map((url) => new Upstream(url, policy, events));
    this.#balancer = new Balancer(this.upstreams, policy.balance);
    this.#gate = new ConcurrencyGate({
      capacity: policy.maxConcurrency,
      maxQueue: policy.maxQueue,
      queueTimeoutMs: policy.queueTimeoutMs,
    });
  }

  /** Begins to ask the upstreams how they are, where that is configured; until {@link close} or {@link destroy}. */
  startProbing(): void {
    const { health } = this.#policy;
    if (health === undefined || this.#probing !== undefined) return;
    const probe = (): void => {
      // A probe never rejects; it is not awaited because the next one must not wait for a slow one.
      for (const upstream of this.upstreams) void upstream.probe();
    };
    probe();
    this.#probing = setInterval(probe, Math.min(health.intervalMs, 2 ** 31 - 1)).unref();
  }

  /** Requests at the origin now. */
  get inFlight(): number {
    return this.#gate.active;
  }

  /** Requests that wait for a place at the origin. */
  get queued(): number {
    return this.#gate.queued;
  }

  /** Gets the response to a request. Rejects with an {@link UpstreamError}. */
  async fetch(request: HttpRequest, context: UpstreamContext, added: AddedFields): Promise<HttpResponse> {
    this.#unanswered++;
    const outgoing = outgoingRequest(request, added);
    const startedAt = this.#clock.now();
    const tried: Upstream[] = [];
    try {
      for (let tries = 1; ; tries++) {
        try {
          const waiting = this.#gate.enter(context.signal);
          if (waiting !== undefined) await waiting;
          const { upstream, permit } = this.#choose(tried);
          const response = await upstream.send(outgoing, context, permit, this.#leave);
          this.#report(startedAt, tries, upstream.name, response.status, undefined);
          return incomingResponse(response, upstream.url, this.#policy.preserveHost);
        } catch (error) {
          if (!(error instanceof UpstreamError)) throw error;
          if (!this.#mayRetry(outgoing, error, tries)) {
            this.#report(startedAt, tries, error.upstream, undefined, error.fault);
            throw error;
          }
        }
        await this.#pause(tries, context.signal);
      }
    } finally {
      this.#answered();
    }
  }

  /** Asks the origin to change the protocol: once, since nobody can know what was begun. Rejects with an {@link UpstreamError}. */
  async upgrade(
    request: HttpRequest,
    protocol: string,
    context: UpstreamContext,
    added: AddedFields,
  ): Promise<HttpResponse | Upgraded> {
    this.#unanswered++;
    try {
      const waiting = this.#gate.enter(context.signal);
      if (waiting !== undefined) await waiting;
      const { upstream, permit } = this.#choose([]);
      const outgoing = outgoingRequest(request, added);
      return await upstream.upgrade(outgoing, protocol, context, permit, this.#leave);
    } finally {
      this.#answered();
    }
  }

  /** Another takes its place: ends when everything that was asked of it has been answered to the last byte. */
  async retire(): Promise<void> {
    clearInterval(this.#probing);
    if (this.#unanswered > 0) await new Promise<void>((resolve) => (this.#onAnswered = resolve));
    await this.close();
  }

  /** Waits for running requests, then closes every connection. */
  async close(): Promise<void> {
    clearInterval(this.#probing);
    await Promise.all(this.upstreams.map((upstream) => upstream.close()));
  }

  /** Breaks off running requests and closes every connection. */
  async destroy(): Promise<void> {
    clearInterval(this.#probing);
    await Promise.all(this.upstreams.map((upstream) => upstream.destroy()));
  }

  #answered(): void {
    this.#unanswered--;
    if (this.#unanswered === 0) this.#onAnswered?.();
  }

  /** Chooses who is asked, with the place at the origin that was taken; where nobody can be, it is given back. */
  #choose(tried: Upstream[]): Choice {
    const choice = this.#balancer.choose(tried);
    if (choice === undefined) {
      this.#gate.leave();
      const retryAfterMs = this.#balancer.retryAfterMs(this.#clock.now());
      throw new UpstreamError('unavailable', 'no upstream is usable: their circuit breakers are open', {
        retryAfterMs,
      });
    }
    if (tried.length > 0) choice.upstream.counters.retries++;
    tried.push(choice.upstream);
    return choice;
  }

  #mayRetry(request: OutgoingRequest, error: UpstreamError, tries: number): boolean {
    if (tries > this.#policy.retries || !RETRYABLE.has(error.fault)) return false;
    if (!IDEMPOTENT.has(request.method) || request.body !== undefined) return false;
    // Another wait for a server that does not answer would double the client's.
    return error.fault !== 'connect-timeout' || this.upstreams.length > 1;
  }

  /** The pause before the next try: doubled each time, half of it random, so that clients that failed together do not return together. */
  #pause(tries: number, signal: CancelSignal): Promise<void> {
    const longestMs = this.#policy.retryDelayMs * 2 ** (tries - 1);
    return new Promise((resolve, reject) => {
      const onAbort = (): void => {
        clearTimeout(timer);
        reject(new UpstreamError('aborted', 'nobody waits for the origin any more'));
      };
      const timer = setTimeout(
        () => {
          signal.removeEventListener('abort', onAbort);
          resolve();
        },
        longestMs * (0.5 + 0.5 * this.#random()),
      );
      signal.addEventListener('abort', onAbort, { once: true });
      if (signal.aborted) onAbort();
    });
  }

  #report(
    startedAt: number,
    tries: number,
    upstream: string | undefined,
    status: number | undefined,
    fault: UpstreamFault | undefined,
  ): void {
    if (this.#events.onFetch === undefined) return;
    this.#events.onFetch({ upstream, status, fault, tries, durationMs: this.#clock.now() - startedAt });
  }
}

function outgoingRequest(request: HttpRequest, added: AddedFields): OutgoingRequest {
  const { method, target, authority, body } = request;
  const fields = outgoingFields(request, added);
  return body === undefined ? { method, target, authority, fields } : { method, target, authority, fields, body };
}
