import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2';
import type { Readable } from 'node:stream';
import {
  requestId,
  type AnsweredRequest,
  type AnswerWord,
  type MissReason,
  type RequestLog,
  type RouteCounters,
} from '@cachewarp/core';
import {
  Canceller,
  missReasonIn,
  type CancelSignal,
  type FreshHit,
  type HttpCache,
  type HttpResponse,
  type Origin,
} from '@cachewarp/http';
import type { RequestTracing, TracedRequest } from '@cachewarp/metrics';
import type { Limits } from '../base/limits.js';
import { connectionPeer, type Peer, type TrustedProxies } from '../request/peer.js';
import type { ProxyRequest } from '../request/proxy-request.js';
import { isRefusal } from '../request/refusal.js';
import type { RequestHead, RequestReader } from '../request/request-reader.js';
import type { Route, RuleSet } from '../rules/rule-set.js';
import type { UpstreamOrigin } from '../upstream/upstream-origin.js';
import { Http1Response, Http2Response, type ClientResponse } from './client-response.js';
import type { HitWriter } from './hit-writer.js';
import { asOriginError, problemOf } from './origin-failure.js';
import { renderProblem, type Problem } from './problem.js';
import { RequestContent } from './request-content.js';
import { writeResponse } from './response-writer.js';
import { answerWord, type TrafficCounters } from './traffic-counters.js';

/** What the handler works with. */
export interface RequestHandlerParts {
  readonly cache: Pick<HttpCache, 'fresh' | 'handle'>;
  readonly origin: UpstreamOrigin;
  readonly reader: RequestReader;
  readonly rules: RuleSet;
  readonly hits: HitWriter;
  readonly limits: Limits;
  readonly trusted: TrustedProxies;
  readonly pseudonym: string;
  readonly counters: TrafficCounters;
  /** Told of requests that were answered. */
  readonly logs: readonly RequestLog[];
  /** Undefined where no traces are made. */
  readonly tracing: RequestTracing | undefined;
}

/** A request that was read and has its route. */
interface Routed {
  readonly request: ProxyRequest;
  readonly route: Route;
  /** Where the route is counted. */
  readonly counts: RouteCounters;
  readonly peer: Peer;
  readonly client: ClientResponse;
  readonly content: Readable;
  /** Sends 100 Continue. */
  readonly invite: () => void;
  readonly startedAt: number;
}

/** A request that was read, has its route, and may be a fresh hit. */
type Found = Pick<Routed, 'request' | 'route' | 'counts' | 'startedAt'>;

/** How an answer went. */
type Ending = Pick<AnsweredRequest, 'requestId' | 'word' | 'reason' | 'status' | 'bytes' | 'fault'>;

const OVERLOADED: Problem = { status: 503, detail: 'Too many requests at a time.', retryAfterSeconds: 1 };

/**
 * The walk of a request through the proxy: read, route, fresh hit, or else the cache and the origin, and the answer.
 *
 * A fresh hit is written in the turn in which its request was parsed: no promise, no timer, no listener.
 */
export class RequestHandler {
  #parts: RequestHandlerParts;
  /** Who is told of fresh hits. */
  #hitLogs: readonly RequestLog[];
  /** While it drains, every answer is the last on its connection. */
  isDraining = false;
  #hasWarned = false;

  constructor(parts: RequestHandlerParts) {
    this.#parts = parts;
    this.#hitLogs = parts.logs.filter(({ wantsHits }) => wantsHits);
  }

  /** Takes other parts for the requests that come from now on. Those under way end as they began, but for the origin they ask. */
  reconfigure(parts: Partial<RequestHandlerParts>): void {
    this.#parts = { ...this.#parts, ...parts };
    this.#hitLogs = this.#parts.logs.filter(({ wantsHits }) => wantsHits);
  }

  /** A request over HTTP/1. */
  handle(incoming: IncomingMessage, response: ServerResponse): void {
    const { cache, hits } = this.#parts;
    const peer = connectionPeer(incoming.socket, this.#parts.trusted);
    if (peer.isEnding) return;
    if (this.isDraining) {
      peer.isEnding = true;
      response.shouldKeepAlive = false;
    }
    const found = this.#route(headOf(incoming), peer);
    if ('detail' in found) {
      peer.isEnding = true;
      return new Http1Response(response).close(renderProblem(found), incoming);
    }
    const { request, route, counts, startedAt } = found;
    const hit = cache.fresh(request, route.policy);
    if (hit !== undefined) {
      const isHead = request.method === 'HEAD';
      if (response.shouldKeepAlive && incoming.httpVersionMinor === 1) hits.write(response, hit, isHead);
      else hits.writeTo(new Http1Response(response), hit, isHead);
      return this.#countHit(found, peer, hit);
    }
    const client = new Http1Response(response);
    const invite = (): void => void (request.expectsContinue && response.writeContinue());
    void this.#answer({ request, route, counts, peer, client, content: incoming, invite, startedAt });
  }

  /** A request over HTTP/2. */
  handleHttp2(incoming: Http2ServerRequest, response: Http2ServerResponse): void {
    const { cache, hits } = this.#parts;
    const peer = connectionPeer(incoming.socket, this.#parts.trusted);
    const client = new Http2Response(response);
    const found = this.#route(headOfHttp2(incoming), peer);
    if ('detail' in found) return client.close(renderProblem(found));
    const { request, route, counts, startedAt } = found;
    const hit = cache.fresh(request, route.policy);
    if (hit !== undefined) {
      hits.writeTo(client, hit, request.method === 'HEAD');
      return this.#countHit(found, peer, hit);
    }
    const invite = (): void => void (request.expectsContinue && response.writeContinue());
    void this.#answer({ request, route, counts, peer, client, content: incoming, invite, startedAt });
  }

  /** Answers a request whose protocol stays what it is, though it asked for another. Its connection ends with the answer. */
  handleAlone(request: ProxyRequest, peer: Peer, client: ClientResponse, content: Readable): void {
    const route = this.editByRule(request);
    const counts = this.#parts.counters.routes.get(route.name)!;
    const startedAt = performance.now();
    void this.#answer({ request, route, counts, peer, client, content, invite: () => undefined, startedAt });
  }

  #route(head: RequestHead, peer: Peer): Found | Problem {
    const { reader, counters } = this.#parts;
    const startedAt = this.#isWatched ? performance.now() : 0;
    const request = reader.read(head, peer);
    if (isRefusal(request)) {
      counters.refused++;
      return request;
    }
    const route = this.editByRule(request);
    return { request, route, counts: counters.routes.get(route.name)!, startedAt };
  }

  /** Whether a fresh hit is answered, counted, and nothing more: told to nobody, and not the last on its connection. */
  get isQuietAboutHits(): boolean {
    return !this.isDraining && this.#hitLogs.length === 0 && this.#parts.tracing === undefined;
  }

  /** Finds what holds for a request, and makes the changes that it asks for. */
  editByRule(request: ProxyRequest): Route {
    const route = this.#parts.rules.routeOf(request);
    if (route.requestEdits !== undefined) request.headers = route.requestEdits.edit(request.headers);
    return route;
  }

  /** Whether somebody wants to know how long answers take. */
  get #isWatched(): boolean {
    const { counters, logs, tracing } = this.#parts;
    return counters.traffic.isMeasured || logs.length > 0 || tracing !== undefined;
  }

  /** Everything but the fresh hit. Never rejects. */
  async #answer(routed: Routed): Promise<void> {
    const { counters, limits, tracing, logs } = this.#parts;
    const { request, client } = routed;
    if (counters.active >= limits.requests) {
      counters.refused++;
      return client.close(renderProblem(OVERLOADED), routed.content);
    }
    counters.active++;
    const controller = new Canceller();
    client.onClose((isComplete) => {
      if (!isComplete) controller.abort(new ClientLeft());
    });
    request.signal = controller;
    const content = request.hasContent
      ? new RequestContent(routed.content, { maxBytes: limits.bodyBytes, onStart: routed.invite })
      : undefined;
    if (content !== undefined) request.body = content;
    const ending = await (tracing === undefined
      ? this.#exchange(routed, controller)
      : tracing.answer(traced(routed), () => this.#exchange(routed, controller)));
    counters.active--;
    routed.counts[ending.word]++;
    counters.traffic.bytes[ending.word] += ending.bytes;
    this.#tell(routed, routed.peer, ending, logs);
    content?.discard();
  }

  async #exchange(routed: Routed, signal: CancelSignal): Promise<Ending> {
    const { cache, limits, logs, tracing } = this.#parts;
    const { request, route, client } = routed;
    const isTold = logs.length > 0 || tracing !== undefined;
    const id = requestId(request.sentRequestId);
    let word: AnswerWord = 'error';
    let reason: MissReason | undefined;
    let status = 0;
    try {
      const response = await cache.handle(request, this.#originOf(routed, id), route.policy);
      word = answerWord(response.headers.get('x-cache'));
      reason = isTold ? missReasonIn(response.headers) : undefined;
      status = response.status;
      const fields = [...response.headers.raw, 'X-Request-Id', id];
      const writing = writeResponse(client, response, fields, {
        writeTimeoutMs: limits.writeTimeoutMs,
        sendsTrailers: request.acceptsTrailers,
      });
      const bytes = typeof writing === 'number' ? writing : await writing;
      return { requestId: id, word, reason, status, bytes, fault: undefined };
    } catch (error) {
      const told = { requestId: id, reason, fault: codeOf(error) };
      if (signal.aborted || client.isClosed) return { ...told, word, status, bytes: 0 };
      if (client.hasHead) {
        client.abort();
        return { ...told, word, status, bytes: 0 };
      }
      const problem = renderProblem(problemOf(error, id));
      client.close(problem, request.hasContent ? routed.content : undefined);
      return { ...told, word: 'error', status: problem.status, bytes: problem.body.length };
    }
  }

  /** The origin for one client's request: who is told of interim responses, and under which id it is found in logs. */
  #originOf({ request, client }: Routed, id: string): Origin {
    const { rules, pseudonym, tracing } = this.#parts;
    const added = { pseudonym, requestId: id, acceptsTrailers: request.acceptsTrailers };
    return async (outgoing, context) => {
      const onInformational = (status: number, headers: { readonly raw: readonly string[] }): void => {
        client.inform(status, headers.raw);
      };
      const { origin } = this.#parts;
      const signal = context.cancel ?? context.signal;
      const fetch = (trace: readonly string[]): Promise<HttpResponse> =>
        origin.fetch(outgoing, { signal, onInformational }, { ...added, trace });
      try {
        return rules.editAnswer(outgoing, await (tracing === undefined ? fetch([]) : tracing.fetch(outgoing, fetch)));
      } catch (error) {
        throw asOriginError(error);
      }
    };
  }

  #countHit(found: Found, peer: Peer, hit: FreshHit): void {
    const { counters, tracing } = this.#parts;
    const { status, body } = hit.stored;
    const bytes = found.request.method === 'HEAD' ? 0 : body.length;
    counters.hit(found.counts, bytes);
    const logs = this.#hitLogs;
    if (!counters.traffic.isMeasured && logs.length === 0 && tracing === undefined) return;
    const id = logs.length === 0 ? '' : requestId(found.request.sentRequestId);
    const ending = { requestId: id, word: 'hit', reason: undefined, status, bytes, fault: undefined } as const;
    tracing?.hit(traced({ ...found, peer }), ending);
    this.#tell(found, peer, ending, logs);
  }

  #tell(found: Found, peer: Peer, ending: Ending, logs: readonly RequestLog[]): void {
    const { traffic } = this.#parts.counters;
    if (!traffic.isMeasured && logs.length === 0) return;
    const durationMs = performance.now() - found.startedAt;
    traffic.durations[ending.word].observe(durationMs);
    if (logs.length === 0) return;
    const { method, authority, target } = found.request;
    const { address: client } = peer;
    const request = { method, authority, target, client, route: found.route.name, durationMs, ...ending };
    try {
      for (const log of logs) log.answered(request);
    } catch (error) {
      this.#warn(error);
    }
  }

  /** A listener's fault must not become the client's: it is said once, and the proxy goes on. */
  #warn(error: unknown): void {
    if (this.#hasWarned) return;
    this.#hasWarned = true;
    const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
    process.emitWarning(`a request log threw: ${detail}`, { type: 'CacheWarpWarning' });
  }
}

/** What a trace says of a request. */
function traced({ request, route, peer, startedAt }: Found & { readonly peer: Peer }): TracedRequest {
  const { method, scheme, authority, target, headers } = request;
  return { method, scheme, authority, target, headers, client: peer.address, route: route.name, startedAt };
}

/** Why a request at the origin is called off. */
class ClientLeft extends Error {
  constructor() {
    super('the client left');
    this.name = 'AbortError';
  }
}

/** The head of a request over HTTP/1. */
export function headOf({ method, url, httpVersion, rawHeaders }: IncomingMessage): RequestHead {
  return { method: method!, target: url!, version: httpVersion, rawHeaders };
}

function headOfHttp2(incoming: Http2ServerRequest): RequestHead {
  const { method, url, rawHeaders, authority, stream } = incoming;
  return { method, target: url, version: '2', rawHeaders, authority, isWhole: stream.endAfterHeaders };
}

function codeOf(error: unknown): string {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' ? code : error instanceof Error ? error.name : 'unknown';
}
