import { context, trace, type Span } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
  type ReadableSpan,
} from '@opentelemetry/sdk-trace-base';

/** OpenTelemetry with its spans in memory. */
export interface TestTracing {
  readonly tracerProvider: BasicTracerProvider;
  readonly propagator: W3CTraceContextPropagator;
  /** Spans that have ended, in the order of their ends. */
  spans(): ReadableSpan[];
  span(name: string): ReadableSpan;
  /** Runs work inside a span of a caller, and ends that. */
  inSpan<R>(name: string, work: (span: Span) => Promise<R>): Promise<R>;
  close(): void;
}

export function makeTestTracing(): TestTracing {
  const exporter = new InMemorySpanExporter();
  const tracerProvider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  const tracer = tracerProvider.getTracer('test');
  const spans = (): ReadableSpan[] => exporter.getFinishedSpans();
  return {
    tracerProvider,
    propagator: new W3CTraceContextPropagator(),
    spans,
    span: (name) => {
      const found = spans().filter((span) => span.name === name);
      if (found.length !== 1) throw new Error(`${found.length} spans are called ${name}`);
      return found[0]!;
    },
    inSpan: async (name, work) => {
      const span = tracer.startSpan(name);
      try {
        return await context.with(trace.setSpan(context.active(), span), () => work(span));
      } finally {
        span.end();
      }
    },
    close: () => context.disable(),
  };
}

/** The id of the span that a span stands below. */
export function parentOf(span: ReadableSpan): string | undefined {
  return span.parentSpanContext?.spanId;
}

export function idOf(span: ReadableSpan): string {
  return span.spanContext().spanId;
}
