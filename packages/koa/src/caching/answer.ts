import { renderCacheStatus, type FreshHit, type HttpResponse } from '@cachewarp/http';
import type { Context } from 'koa';
import { plainConnection, writeWhole } from './one-write.js';
import { RenderedHit } from './rendered-hit.js';
import { namedFields, type NamedField } from './response-fields.js';

const NO_BYTES = Buffer.alloc(0);
const WITHOUT_CONTENT: ReadonlySet<number> = new Set([204, 205, 304]);

/** Name in Cache-Status; also that of the HTTP cache behind. */
export const CACHE_NAME = 'CacheWarp';

/** Sends a fresh hit straight to the socket. */
export function sendHit(ctx: Context, hit: FreshHit): void {
  const { res } = ctx;
  const { status, body } = hit.stored;
  const isHead = ctx.req.method === 'HEAD';
  const rendered = renderedOf(hit);
  ctx.respond = false;
  res.statusCode = status;
  const connection = plainConnection(res);
  if (connection !== undefined) {
    if (isHead) writeWhole(res, rendered.head(status, connection));
    else rendered.writeTo(res, status, connection, body);
    return;
  }
  res.writeHead(status, rendered.fields as string[]);
  res.end(isHead ? undefined : body);
}

/** Puts a fresh hit on the context, for Koa to send. */
export function placeHit(ctx: Context, hit: FreshHit): void {
  const { status, body } = hit.stored;
  place(ctx, status, renderedOf(hit).named, ctx.method === 'HEAD' ? null : asBuffer(body));
}

/** Puts an answer on the context. Its body is bytes or none: what is a stream is not kept. */
export function placeAnswer(ctx: Context, { status, headers, body }: HttpResponse): void {
  if (body !== null && !(body instanceof Uint8Array))
    throw new TypeError('an answer of a Koa application is kept in one piece');
  place(ctx, status, namedFields(headers.raw), body === null ? null : asBuffer(body));
}

/** Koa takes any other bytes for something to make JSON of. */
function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}

/** Adds to an answer that is otherwise left alone what the cache has to say of it. */
export function placeStory(ctx: Context, { headers }: HttpResponse): void {
  if (ctx.headerSent || ctx.respond === false) return;
  for (const name of ['X-Cache', 'Cache-Status']) {
    const value = headers.get(name);
    if (value !== undefined) ctx.set(name, value);
  }
}

function place(ctx: Context, status: number, fields: readonly NamedField[], body: Buffer | null): void {
  const { res } = ctx;
  ctx.status = status;
  for (const [name, value] of fields) res.setHeader(name, value);
  // Koa sends none for HEAD in any case.
  if (body === null && ctx.method === 'HEAD') return;
  const hasType = res.hasHeader('Content-Type');
  // Not null where there is none: Koa would make the status 204 of it.
  ctx.body = body ?? (WITHOUT_CONTENT.has(status) ? null : NO_BYTES);
  if (!hasType) ctx.remove('Content-Type');
}

function renderedOf(hit: FreshHit): RenderedHit {
  const { record, ageSeconds } = hit;
  let rendered = record.attachment as RenderedHit | undefined;
  if (rendered?.ageSeconds === ageSeconds) return rendered;
  record.attachment = rendered ??= new RenderedHit();
  rendered.renew(ageSeconds, [...hit.stored.headers, ...ownFields(hit)]);
  return rendered;
}

/** The fields that change by the second. */
function ownFields({ stored, record, ageSeconds }: FreshHit): string[] {
  // What is left at the end of the second that Age tells: it may be too short by a second, never too long.
  const lifetimeMs = record.entry.freshUntil - stored.freshness.bornAt;
  const ttl = Math.max(0, Math.floor((lifetimeMs - 1) / 1000) - ageSeconds);
  return [
    'Age',
    String(ageSeconds),
    'X-Cache',
    'HIT',
    'Cache-Status',
    renderCacheStatus(CACHE_NAME, { hit: true, ttl }),
  ];
}
