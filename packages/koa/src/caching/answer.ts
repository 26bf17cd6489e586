import type { ServerResponse } from 'node:http';
import { renderCacheStatus, type FreshHit, type HttpResponse } from '@cachewarp/http';
import type { Context } from 'koa';

/** What is derived from a stored response for the sake of its hits; it lives as long as the record. */
interface Rendered {
  /** The fields of a hit in this second, flat. */
  head: readonly string[];
  ageSeconds: number;
  /** Bytes, or text of one character a byte where that saves a write. */
  readonly body: Buffer | string;
}

/** A body up to this size goes out in one write with its head, as text. */
const ONE_WRITE_BYTES = 16_384;

const NO_BYTES = Buffer.alloc(0);
const WITHOUT_CONTENT: ReadonlySet<number> = new Set([204, 205, 304]);

/** Name in Cache-Status; also that of the HTTP cache behind. */
export const CACHE_NAME = 'CacheWarp';

/** Sends a fresh hit straight to the socket. */
export function sendHit(ctx: Context, hit: FreshHit, now: number): void {
  const { res } = ctx;
  const rendered = renderedOf(hit, now);
  ctx.respond = false;
  res.writeHead(hit.stored.status, rendered.head as string[]);
  if (ctx.method === 'HEAD') res.end();
  else res.end(rendered.body, 'latin1');
}

/** Puts a fresh hit on the context, for Koa to send. */
export function placeHit(ctx: Context, hit: FreshHit, now: number): void {
  const { stored } = hit;
  const { buffer, byteOffset, length } = stored.body;
  place(
    ctx,
    stored.status,
    renderedOf(hit, now).head,
    ctx.method === 'HEAD' ? null : Buffer.from(buffer, byteOffset, length),
  );
}

/** Puts an answer on the context. Its body is bytes or none: what is a stream is not kept. */
export function placeAnswer(ctx: Context, { status, headers, body }: HttpResponse): void {
  if (body !== null && !(body instanceof Uint8Array))
    throw new TypeError('an answer of a Koa application is kept in one piece');
  place(ctx, status, headers.raw, body === null ? null : Buffer.from(body.buffer, body.byteOffset, body.length));
}

/** Adds to an answer that is otherwise left alone what the cache has to say of it. */
export function placeStory(ctx: Context, { headers }: HttpResponse): void {
  if (ctx.headerSent || ctx.respond === false) return;
  for (const name of ['X-Cache', 'Cache-Status']) {
    const value = headers.get(name);
    if (value !== undefined) ctx.set(name, value);
  }
}

function place(ctx: Context, status: number, fields: readonly string[], body: Buffer | null): void {
  ctx.status = status;
  setFields(ctx.res, fields);
  // Koa sends none for HEAD in any case.
  if (body === null && ctx.method === 'HEAD') return;
  const hasType = ctx.res.hasHeader('Content-Type');
  // Not null where there is none: Koa would make the status 204 of it.
  ctx.body = body ?? (WITHOUT_CONTENT.has(status) ? null : NO_BYTES);
  if (!hasType) ctx.remove('Content-Type');
}

function setFields(response: ServerResponse, fields: readonly string[]): void {
  const seen = new Set<string>();
  for (let at = 0; at < fields.length; at += 2) {
    const name = fields[at]!;
    const value = fields[at + 1]!;
    const lower = name.toLowerCase();
    if (seen.has(lower)) response.appendHeader(name, value);
    else response.setHeader(name, value);
    seen.add(lower);
  }
}

function renderedOf({ record, stored, ageSeconds }: FreshHit, now: number): Rendered {
  const known = record.attachment as Rendered | undefined;
  if (known !== undefined && known.ageSeconds === ageSeconds) return known;
  const ttl = Math.floor((record.entry.freshUntil - now) / 1000);
  const story = renderCacheStatus(CACHE_NAME, { hit: true, ttl });
  const head = [...stored.headers, 'Age', String(ageSeconds), 'X-Cache', 'HIT', 'Cache-Status', story];
  if (known !== undefined) return Object.assign(known, { head, ageSeconds });
  const bytes = Buffer.from(stored.body.buffer, stored.body.byteOffset, stored.body.length);
  const body = bytes.length <= ONE_WRITE_BYTES ? bytes.toString('latin1') : bytes;
  const rendered: Rendered = { head, ageSeconds, body };
  record.attachment = rendered;
  return rendered;
}
