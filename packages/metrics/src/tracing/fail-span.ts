import { SpanStatusCode, type Span } from '@opentelemetry/api';

/**
 * Marks a span as failed, by the code or the class of the error. Not by its message: that may hold what the caller keeps secret, such as
 * a key.
 */
export function failSpan(span: Span, error: unknown): void {
  const { code } = (error ?? {}) as { code?: unknown };
  const type = typeof code === 'string' ? code : error instanceof Error ? error.name : 'unknown';
  span.setStatus({ code: SpanStatusCode.ERROR }).setAttribute('error.type', type);
}
