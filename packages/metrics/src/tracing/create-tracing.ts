import type { Cache } from '@cachewarp/core';
import { assertKnownOptions, assertObject, InvalidOptionError } from '@cachewarp/core';
import { propagation, trace, type TextMapPropagator, type TracerProvider } from '@opentelemetry/api';
import { CacheTracing } from './cache-tracing.js';
import { RequestTracing } from './request-tracing.js';

/** Where traces go. */
export interface TracingOptions {
  /** @defaultValue what the application has registered with `@opentelemetry/api`; without any, nothing is made */
  tracerProvider?: TracerProvider;
  /** How a trace crosses processes. @defaultValue what the application has registered; SDKs register that of W3C (`traceparent`) */
  propagator?: TextMapPropagator;
}

/** Options of {@link createTracing}: `cache` or `caches` is required. */
export interface CreateTracingOptions extends TracingOptions {
  cache?: Cache;
  caches?: readonly Cache[];
}

/** Traces of caches. Made by {@link createTracing}. */
export interface Tracing {
  /** For adapters that have no span of a request yet, such as the proxy. */
  readonly requests: RequestTracing;
  /** Stops listening. */
  close(): void;
}

const OPTIONS = [
  'cache',
  'caches',
  'tracerProvider',
  'propagator',
] as const satisfies readonly (keyof CreateTracingOptions)[];

/**
 * OpenTelemetry spans of a cache, by its events: one for each load, each call of a store, and each wait for another process's load, in
 * the trace of whoever called. A hit makes none, and costs nothing. Context is taken when a load begins, so that what the loader does
 * stands below the load's span.
 *
 * @example
 * const tracing = createTracing({ cache });
 *
 * @throws InvalidOptionError naming the first faulty option and its value
 */
export function createTracing(options: CreateTracingOptions): Tracing {
  const given: unknown = options;
  assertObject('options', given);
  assertKnownOptions('', options, OPTIONS);
  const { cache, caches = cache === undefined ? [] : [cache], tracerProvider = trace, propagator } = options;
  if (!Array.isArray(caches) || caches.length === 0 || caches.some((one) => typeof one?.stats !== 'function')) {
    throw new InvalidOptionError('cache', 'must be made by createCache (or caches a list of such)', cache ?? caches);
  }
  const tracer = tracerProvider.getTracer('@cachewarp/metrics');
  const tracings = (caches as readonly Cache[]).map((one) => new CacheTracing(one, tracer));
  return {
    requests: new RequestTracing(tracer, propagator ?? propagation),
    close: () => {
      for (const tracing of tracings) tracing.close();
    },
  };
}
