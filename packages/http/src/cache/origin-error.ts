import { CacheWarpError } from '@cachewarp/core';
import type { HeaderFields } from '../message/headers.js';

/**
 * How an origin failed. `unreachable`: no complete answer could be had from it; `timeout`: it took too long; `overloaded`: it was not
 * asked, because too much is waiting for it already; `incomplete`: its answer broke off, or was longer or shorter than it said.
 */
export type OriginFailure = 'unreachable' | 'timeout' | 'overloaded' | 'incomplete';

/**
 * An origin gave no answer, and nothing stored was allowed to stand in. Adapters map it: `timeout` is 504, `overloaded` is 503, the rest
 * is 502. `cause` is what the origin rejected with.
 */
export class OriginError extends CacheWarpError {
  readonly failure: OriginFailure;
  /** The status of an origin that answered, but with a failure (500, 502, 503, 504); undefined where there was no answer. */
  readonly status: number | undefined;
  /** What an answer made from this error carries besides: X-Cache and Cache-Status. */
  readonly fields: HeaderFields | undefined;

  constructor(
    failure: OriginFailure,
    message: string,
    details: { cause?: unknown; key?: string | undefined; fields?: HeaderFields; status?: number | undefined } = {},
  ) {
    super('ERR_CACHEWARP_ORIGIN', message, details);
    this.failure = failure;
    this.status = details.status;
    this.fields = details.fields;
  }

  /** The same failure as one request's own error, so that the callers who share a failure do not share an object. */
  answering(fields: HeaderFields): OriginError {
    const { failure, message, key, status } = this;
    return new OriginError(failure, message, { cause: this.cause ?? this, key, fields, status });
  }

  /** What `reason` is as an error of the origin: itself, if it is one. */
  static from(reason: unknown, key: string): OriginError {
    if (reason instanceof OriginError) return reason;
    const detail = reason instanceof Error ? reason.message : String(reason);
    return new OriginError('unreachable', `the origin of ${key} gave no answer: ${detail}`, { cause: reason, key });
  }
}
