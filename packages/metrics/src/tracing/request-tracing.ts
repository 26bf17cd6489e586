import type { AnsweredRequest } from '@cachewarp/core';
import {
  context,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
  type Attributes,
  type Context,
  type Span,
  type TextMapGetter,
  type TextMapPropagator,
  type Tracer,
} from '@opentelemetry/api';
import { redactTarget } from '../logging/redact-target.js';
import { failSpan } from './fail-span.js';

/** Fields of a message, by name in any letter case. */
interface Fields {
  get(name: string): string | undefined;
}

/** A request as a trace sees it. */
export interface TracedRequest {
  readonly method: string;
  readonly scheme: string;
  readonly authority: string;
  readonly target: string;
  readonly headers: Fields;
  /** Address of the client. */
  readonly client: string;
  readonly route: string;
  /** On the clock of `performance.now()`. */
  readonly startedAt: number;
}

/** How a request was answered. */
export type TracedEnding = Pick<AnsweredRequest, 'word' | 'reason' | 'status' | 'fault'>;

/** What is asked of an origin. */
export type TracedFetch = Pick<TracedRequest, 'method' | 'authority' | 'target'>;

/** What is known of a fetch in the end. */
interface Fetched {
  readonly upstream: string | undefined;
  readonly tries: number;
}

type Propagator = Pick<TextMapPropagator, 'extract' | 'inject' | 'fields'>;

const GETTER: TextMapGetter<Fields> = {
  get: (fields, name) => fields.get(name),
  keys: () => [],
};

/**
 * Spans of requests and of what is asked of an origin for them, by the conventions of OpenTelemetry for HTTP. The trace that a client
 * began is continued; the origin gets our span as the parent of its own.
 */
export class RequestTracing {
  readonly #tracer: Tracer;
  readonly #propagator: Propagator;

  constructor(tracer: Tracer, propagator: Propagator) {
    this.#tracer = tracer;
    this.#propagator = propagator;
  }

  /** Answers a request inside a span of its own. */
  async answer<E extends TracedEnding>(request: TracedRequest, work: () => Promise<E>): Promise<E> {
    const parent = this.#parentOf(request);
    const span = this.#begin(request, parent);
    try {
      const ending = await context.with(trace.setSpan(parent, span), work);
      end(span, ending);
      return ending;
    } catch (error) {
      failSpan(span, error);
      throw error;
    } finally {
      span.end();
    }
  }

  /** A fresh hit that has gone out: its span is made afterwards, so that it costs the answer nothing. */
  hit(request: TracedRequest, ending: TracedEnding): void {
    const span = this.#begin(request, this.#parentOf(request));
    end(span, ending);
    span.end();
  }

  /** Asks an origin inside a span of its own. @param work - is given the fields by which the origin continues the trace, flat */
  async fetch<R extends { readonly status: number }>(
    { method, authority, target }: TracedFetch,
    work: (trace: readonly string[]) => Promise<R>,
  ): Promise<R> {
    const attributes = { 'http.request.method': method, 'url.path': pathOf(target), ...addressOf(authority) };
    const span = this.#tracer.startSpan(method, { kind: SpanKind.CLIENT, attributes });
    const inSpan = trace.setSpan(context.active(), span);
    try {
      const response = await context.with(inSpan, work, undefined, this.#fieldsOf(inSpan));
      span.setAttribute('http.response.status_code', response.status);
      if (response.status >= 400) span.setStatus({ code: SpanStatusCode.ERROR });
      return response;
    } catch (error) {
      failSpan(span, error);
      throw error;
    } finally {
      span.end();
    }
  }

  /** Adds to the span of the fetch that is under way what only its end tells: which server it was, and how often it was tried. */
  fetched({ upstream, tries }: Fetched): void {
    const span = trace.getSpan(context.active());
    if (span === undefined || upstream === undefined) return;
    span.setAttributes(addressOf(upstream));
    if (tries > 1) span.setAttribute('http.request.resend_count', tries - 1);
  }

  #parentOf({ headers }: TracedRequest): Context {
    return this.#propagator.extract(ROOT_CONTEXT, headers, GETTER);
  }

  #fieldsOf(inSpan: Context): readonly string[] {
    const fields: string[] = [];
    this.#propagator.inject(inSpan, fields, { set: (flat, name, value) => void flat.push(name, value) });
    return fields;
  }

  #begin({ method, scheme, authority, target, client, route, startedAt }: TracedRequest, parent: Context): Span {
    const attributes: Attributes = {
      'http.request.method': method,
      'url.scheme': scheme,
      'url.path': pathOf(target),
      'client.address': client,
      'http.route': route,
      ...addressOf(authority),
    };
    const startTime = performance.timeOrigin + startedAt;
    return this.#tracer.startSpan(`${method} ${route}`, { kind: SpanKind.SERVER, attributes, startTime }, parent);
  }
}

function end(span: Span, { word, reason, status, fault }: TracedEnding): void {
  span.setAttribute('cachewarp.status', word);
  if (reason !== undefined) span.setAttribute('cachewarp.reason', reason);
  if (status > 0) span.setAttribute('http.response.status_code', status);
  if (fault !== undefined) span.setAttribute('error.type', fault);
  if (fault !== undefined || status >= 500) span.setStatus({ code: SpanStatusCode.ERROR });
}

/** The path without its query, and without what looks like a token. */
function pathOf(target: string): string {
  return redactTarget(target).split('?', 1)[0]!;
}

function addressOf(authority: string): Attributes {
  const port = /:(\d+)$/.exec(authority)?.[1];
  if (port === undefined) return { 'server.address': authority };
  return { 'server.address': authority.slice(0, -port.length - 1), 'server.port': Number(port) };
}
