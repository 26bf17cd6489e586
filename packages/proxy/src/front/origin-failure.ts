import { OriginError, type OriginFailure } from '@cachewarp/http';
import { UpstreamError, type UpstreamFault } from '../base/proxy-errors.js';
import type { Problem } from './problem.js';
import { ContentTooLargeError } from './request-content.js';

/** What a fault of ours is to the cache, which decides by it whether something stale may stand in. */
const FAILURES: Readonly<Record<UpstreamFault, OriginFailure>> = {
  connect: 'unreachable',
  'connect-timeout': 'timeout',
  reset: 'unreachable',
  timeout: 'timeout',
  protocol: 'incomplete',
  unavailable: 'unreachable',
  overloaded: 'overloaded',
  request: 'unreachable',
  aborted: 'unreachable',
};

/** An upstream's error as the cache understands it. */
export function asOriginError(error: unknown): OriginError {
  if (error instanceof OriginError) return error;
  if (error instanceof UpstreamError) {
    return new OriginError(FAILURES[error.fault], error.message, { cause: error });
  }
  return new OriginError('unreachable', error instanceof Error ? error.message : String(error), { cause: error });
}

const DETAILS: Readonly<Record<OriginFailure, string>> = {
  unreachable: 'The origin gave no answer.',
  timeout: 'The origin gave no answer in time.',
  overloaded: 'Too many requests are waiting for the origin.',
  incomplete: 'The origin gave no valid answer.',
};

/** What the client is told when the origin failed and nothing stored may stand in: 502, 503 or 504, and when to come again. */
export function problemOf(error: unknown, requestId: string): Problem {
  const failure = asOriginError(error);
  const cause = failure.cause instanceof UpstreamError ? failure.cause : undefined;
  const fields = failure.fields?.raw;
  if (cause instanceof ContentTooLargeError) {
    return { status: 413, detail: 'The content is too large.', requestId, fields };
  }
  if (cause?.fault === 'request') return { status: 400, detail: 'The request broke off.', requestId, fields };
  const own = failure.failure === 'timeout' ? 504 : failure.failure === 'overloaded' ? 503 : 502;
  // It answered another request with a failure, and was not asked again for this one.
  const status = failure.status ?? own;
  const retryAfterSeconds = Math.max(1, Math.ceil((cause?.retryAfterMs ?? DEFAULT_RETRY_AFTER_MS) / 1000));
  const detail = failure.status === undefined ? DETAILS[failure.failure] : 'The origin failed.';
  return { status, detail, retryAfterSeconds, requestId, fields };
}

const DEFAULT_RETRY_AFTER_MS = 5_000;
