import type { Readable } from 'node:stream';
import { CircuitBreaker, type BreakerState } from '@cachewarp/core';
import type { HttpRequest, HttpResponse } from '@cachewarp/http';
import { buildConnector, Pool } from 'undici';
import { UpstreamError } from '../base/proxy-errors.js';
import { Exchange, type ExchangeOwner, type Upgraded, type UpstreamContext } from './exchange.js';
import { OriginConnection, type TrackedDispatch } from './origin-connection.js';
import { isAddress, type UpstreamPolicy } from './upstream-options.js';

/** What an upstream counts. Plain integers, read when somebody asks. */
export interface UpstreamCounters {
  /** Requests sent, each try by itself. */
  requests: number;
  /** Of those, tries after the first. */
  retries: number;
  /** Of those, ones that failed. */
  failures: number;
}

/** A request in the form in which it is sent on. */
export interface OutgoingRequest extends Pick<HttpRequest, 'method' | 'target' | 'authority' | 'body'> {
  /** Fields to send, flat, without Host. */
  readonly fields: readonly string[];
}

/** What {@link Upstream} tells its owner. */
export interface UpstreamEvents {
  onBreaker(upstream: string, state: BreakerState): void;
}

/** The permit of a health probe: it says nothing to the circuit breaker and is not counted. */
const PROBE = 0;

/**
 * Requests in a row whose connection broke off before an answer, from which on they count against the upstream. A few may be the fault of
 * what was asked: one URL that makes the server give up its connection must not cut off all others.
 */
const MANY_RESETS = 50;

/** Consecutive probes that agree, counted towards a change of mind. */
interface Health {
  isHealthy: boolean;
  streak: number;
}

/**
 * One server of the origin: its connections, its circuit breaker, its health. It is contacted at the address of its configured URL and
 * nowhere else; nothing in a request changes that.
 */
export class Upstream implements ExchangeOwner {
  /** Host and port: how it is named in metrics and messages. */
  readonly name: string;
  readonly url: URL;
  readonly counters: UpstreamCounters = { requests: 0, retries: 0, failures: 0 };
  /** Requests being answered now. */
  inFlight = 0;

  readonly #policy: UpstreamPolicy;
  readonly #breaker: CircuitBreaker | undefined;
  readonly #health: Health = { isHealthy: true, streak: 0 };
  readonly #pool: Pool;
  readonly #servername: string | undefined;
  #tunnelPool: Pool | undefined;
  #resetsInRow = 0;

  constructor(url: URL, policy: UpstreamPolicy, events: UpstreamEvents) {
    this.url = url;
    this.name = url.host;
    this.#policy = policy;
    this.#breaker =
      policy.breaker === undefined
        ? undefined
        : new CircuitBreaker(policy.breaker, { onChange: (state) => events.onBreaker(this.name, state) });
    this.#servername = policy.tls.servername ?? (isAddress(url) ? undefined : url.hostname);
    this.#pool = this.#makePool(policy.http2);
  }

  /** What holds for every exchange. */
  get limits(): UpstreamPolicy {
    return this.#policy;
  }

  get isHealthy(): boolean {
    return this.#health.isHealthy;
  }

  get breakerState(): BreakerState {
    return this.#breaker?.state ?? 'closed';
  }

  /** The instant from which a refused caller may try again, ms since the epoch; 0 when it may now. */
  get retryAt(): number {
    return this.#breaker?.retryAt ?? 0;
  }

  /** Asks leave for one request; 0 when it must not be sent. A permit goes to {@link send} or {@link upgrade}, or back. */
  acquire(): number {
    return this.#breaker === undefined ? 1 : this.#breaker.acquire();
  }

  /**
   * Sends a request and resolves with its response, whose body may still be on its way. Rejects with an UpstreamError.
   *
   * @param onDone - called once, when the request takes no place at the origin any more
   */
  async send(
    request: OutgoingRequest,
    context: UpstreamContext,
    permit: number,
    onDone: () => void,
  ): Promise<HttpResponse> {
    const exchange = this.#exchange(request, context, permit, onDone);
    this.#dispatch(this.#pool, request, exchange, undefined);
    const head = await exchange.head;
    if ('socket' in head) throw new UpstreamError('protocol', `${this.name} changed the protocol unasked`);
    return exchange.response(head);
  }

  /** Asks to change the protocol. Resolves with the connection, or with the response of an origin that does not want to. */
  async upgrade(
    request: OutgoingRequest,
    protocol: string,
    context: UpstreamContext,
    permit: number,
    onDone: () => void,
  ): Promise<HttpResponse | Upgraded> {
    const exchange = this.#exchange(request, context, permit, onDone);
    this.#tunnelPool ??= this.#makePool(false);
    this.#dispatch(this.#tunnelPool, request, exchange, protocol);
    const head = await exchange.head;
    if (!('socket' in head)) return exchange.response(head);
    if (head.protocol === protocol) return head;
    head.socket.destroy();
    throw new UpstreamError('protocol', `${this.name} changed to another protocol than was asked for`);
  }

  /** For the exchange: the upstream is there, and answers. */
  onHead(permit: number): void {
    this.#resetsInRow = 0;
    this.#breaker?.succeeded(permit);
  }

  /** For the exchange: it takes no place any more. */
  onDone(permit: number, error: UpstreamError | undefined): void {
    this.inFlight--;
    if (error === undefined) return this.#breaker?.succeeded(permit);
    const isOurs = error.fault === 'aborted' || error.fault === 'request';
    if (!isOurs && permit !== PROBE) this.counters.failures++;
    if (isOurs || this.#isPerhapsTheRequests(error)) this.#breaker?.released(permit);
    else this.#breaker?.failed(permit);
  }

  /** Asks for `health.path` and changes its mind after enough answers of a kind. Never rejects. */
  async probe(): Promise<void> {
    const policy = this.#policy.health;
    if (policy === undefined) return;
    const isGood = await this.#isAnswering(policy.path, policy.timeoutMs);
    const health = this.#health;
    health.streak = isGood === health.isHealthy ? 0 : health.streak + 1;
    if (health.streak < (isGood ? policy.healthyAfter : policy.unhealthyAfter)) return;
    health.isHealthy = isGood;
    health.streak = 0;
  }

  /** Waits for running requests, then closes every connection. */
  async close(): Promise<void> {
    await Promise.all([this.#pool.close(), this.#tunnelPool?.close()]);
  }

  /** Breaks off running requests and closes every connection. */
  async destroy(): Promise<void> {
    const reason = new UpstreamError('aborted', 'the proxy is closing');
    await Promise.all([this.#pool.destroy(reason), this.#tunnelPool?.destroy(reason)]);
  }

  #makePool(allowH2: boolean): Pool {
    const { tls, connectTimeoutMs, keepAliveTimeoutMs, headerBytes } = this.#policy;
    const connect = buildConnector({
      ...(tls as buildConnector.BuildOptions),
      allowH2,
      timeout: Math.min(connectTimeoutMs, 2 ** 31 - 1),
    });
    return new Pool(this.url.origin, {
      connect,
      allowH2,
      // Their timers are coarse, and cannot know an event stream: the exchange has its own.
      headersTimeout: 0,
      bodyTimeout: 0,
      keepAliveTimeout: keepAliveTimeoutMs,
      maxHeaderSize: headerBytes,
      // Anything above 1 would let one slow response hold up another's (and undici's default depends on the protocol).
      ...(allowH2 ? {} : { pipelining: 1 }),
      factory: (origin, options) => new OriginConnection(origin, options, connect),
    });
  }

  #exchange({ method }: OutgoingRequest, context: UpstreamContext, permit: number, onDone: () => void): Exchange {
    this.inFlight++;
    if (permit !== PROBE) this.counters.requests++;
    return new Exchange(this, { method, context, permit, onDone });
  }

  /** Whether a failure may lie in what was asked. While the breaker probes, every failure tells. */
  #isPerhapsTheRequests({ fault }: UpstreamError): boolean {
    return fault === 'reset' && ++this.#resetsInRow < MANY_RESETS && this.breakerState === 'closed';
  }

  #dispatch(pool: Pool, request: OutgoingRequest, exchange: Exchange, upgrade: string | undefined): void {
    if (exchange.isFailed) return;
    const { target: path, method, authority, fields, body } = request;
    const options: TrackedDispatch = {
      path,
      method,
      headers: this.#policy.preserveHost ? ['Host', authority, ...fields] : (fields as string[]),
      // undici takes any async iterable, though its types do not say so.
      body: (body === undefined ? null : watched(body, exchange)) as unknown as Readable | null,
      upgrade: upgrade ?? null,
      exchange,
    };
    if (this.#servername !== undefined) options.servername = this.#servername;
    pool.dispatch(options, exchange);
  }

  async #isAnswering(path: string, timeoutMs: number): Promise<boolean> {
    const request: OutgoingRequest = {
      method: 'GET',
      target: path,
      authority: this.url.host,
      fields: ['User-Agent', 'cachewarp-health'],
    };
    const context = { signal: AbortSignal.timeout(timeoutMs) };
    try {
      const response = await this.send(request, context, PROBE, () => undefined);
      if (response.body !== null && !(response.body instanceof Uint8Array)) {
        // oxlint-disable-next-line no-empty -- the answer is its status; the body is read so that the connection can be used again
        for await (const _ of response.body) {
        }
      }
      return response.status < 400;
    } catch {
      // A probe that fails is the answer to its question.
      return false;
    }
  }
}

/** Content on its way to the origin; each piece gives the origin its time for an answer anew. */
async function* watched(content: AsyncIterable<Uint8Array>, exchange: Exchange): AsyncGenerator<Uint8Array> {
  for await (const piece of content) {
    exchange.sentContent();
    yield piece;
  }
}
