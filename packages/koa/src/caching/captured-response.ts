import { createHash } from 'node:crypto';
import type { Duration } from '@cachewarp/core';
import { HeaderFields, type HttpResponse } from '@cachewarp/http';
import type { Context } from 'koa';
import type { CachingState } from './caching-state.js';
import type { ResponseFields } from './response-fields.js';

/** What the middleware behind ours has made of the context, as a response. */
export class CapturedResponse implements HttpResponse {
  readonly status: number;
  readonly headers: HeaderFields;
  readonly body: Uint8Array;
  /** Tags that the entry gets beside that of its path. */
  readonly tags: readonly string[];
  /** Lifetime where the answer states none; undefined: that of the middleware. */
  readonly ttl: Duration | undefined;
  /** Whether the context holds something that only Koa can send, or that is not to be kept: it stays as it is. */
  readonly isUntouched: boolean;

  constructor(parts: Readonly<CapturedResponse>) {
    this.status = parts.status;
    this.headers = parts.headers;
    this.body = parts.body;
    this.tags = parts.tags;
    this.ttl = parts.ttl;
    this.isUntouched = parts.isUntouched;
  }
}

/** A cache must see that there was an answer, and that it is not for the store. */
const NOT_FOR_THE_STORE = HeaderFields.fromObject({ 'Cache-Control': 'no-store' });

/**
 * Takes the final response from a context: status, fields, and the body in the bytes that Koa would send. Fields that were there
 * before, set by middleware in front of ours, are that request's own and are left out.
 *
 * Streams, answers that something else sends (`ctx.respond = false`), statuses that are not kept and answers without a body stay
 * as they are.
 */
export function capture(
  ctx: Context,
  before: ResponseFields,
  statuses: ReadonlySet<number>,
  state: CachingState,
): CapturedResponse {
  const bytes = state.isKept && statuses.has(ctx.status) ? bytesOf(ctx) : undefined;
  if (bytes === undefined) {
    return new CapturedResponse({
      status: ctx.status,
      headers: NOT_FOR_THE_STORE,
      body: new Uint8Array(0),
      tags: [],
      ttl: undefined,
      isUntouched: true,
    });
  }
  ctx.body = bytes;
  if (ctx.status === 200 && !ctx.res.hasHeader('ETag')) ctx.set('ETag', etagOf(bytes));
  return new CapturedResponse({
    status: ctx.status,
    headers: before.addedTo(ctx.res),
    body: bytes,
    tags: state.tags,
    ttl: state.ttl,
    isUntouched: false,
  });
}

/** The body as Koa would send it; undefined where it is a stream, absent, or sent by something else. */
function bytesOf(ctx: Context): Buffer | undefined {
  if (ctx.respond === false || ctx.headerSent || ctx.res.writableEnded) return undefined;
  const body: unknown = ctx.body;
  if (typeof body === 'string') return Buffer.from(body);
  if (Buffer.isBuffer(body)) return body;
  if (body === null || body === undefined || isStream(body)) return undefined;
  // As Koa does with whatever is left. It throws for a cycle, as it would there.
  const json: unknown = JSON.stringify(body);
  return typeof json === 'string' ? Buffer.from(json) : undefined;
}

/** Weak: middleware in front may yet compress the body (RFC 9110 section 8.8.1). */
function etagOf(bytes: Uint8Array): string {
  return `W/"${createHash('sha1').update(bytes).digest('base64url')}"`;
}

function isStream(body: unknown): boolean {
  if (typeof body !== 'object' || body === null) return false;
  if ('pipe' in body && typeof body.pipe === 'function') return true;
  return body instanceof ReadableStream || body instanceof Blob || body instanceof Response;
}
