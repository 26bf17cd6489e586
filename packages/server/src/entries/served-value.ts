import { hash } from 'node:crypto';

/** What is kept under a key: the answer to a GET, rendered when it was put. */
export interface ServedValue {
  /** With its quotes. A strong validator: made from the media type and every byte. */
  readonly etag: string;
  /** Undefined for JSON, which is answered as `{"key", "value", "ttl", "tags"}`. */
  readonly contentType: string | undefined;
  /** Text for JSON, bytes otherwise. */
  readonly body: string | Uint8Array;
}

/** What a client puts. */
export interface Draft {
  /** JSON text as it was sent, or bytes with their media type. */
  readonly content: { readonly json: string } | { readonly bytes: Uint8Array; readonly contentType: string };
  /** Seconds; null: for as long as there is room. */
  readonly ttl: number | null;
  /** As the client names them. */
  readonly tags: readonly string[];
}

/** What stands for "no end": an instant far enough, which every store can hold. */
export const FOREVER_SECONDS = 10 * 365 * 86_400;

/** @param key - as the client names it */
export function serveValue(key: string, { content, ttl, tags }: Draft): ServedValue {
  if ('json' in content) {
    const body = `{"key":${JSON.stringify(key)},"value":${content.json},"ttl":${ttl},"tags":${JSON.stringify(tags)}}\n`;
    return { etag: etagOf('', body), contentType: undefined, body };
  }
  const { bytes, contentType } = content;
  // A copy of its own: the chunk that came from the socket may be a small part of a large block of memory.
  return { etag: etagOf(contentType, bytes), contentType, body: new Uint8Array(bytes) };
}

/** The entry as JSON, whatever it holds, without a newline: as batches answer it. */
export function describeValue(
  key: string,
  { contentType, body }: ServedValue,
  ttl: number | null,
  tags: readonly string[],
): string {
  if (typeof body === 'string') return body.slice(0, -1);
  const base64 = Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('base64');
  return JSON.stringify({ key, base64, contentType, ttl, tags });
}

/** Whether a value that came from a store is one of ours. */
export function isServedValue(value: unknown): value is ServedValue {
  if (typeof value !== 'object' || value === null) return false;
  const { etag, contentType, body } = value as Partial<Record<keyof ServedValue, unknown>>;
  if (typeof etag !== 'string') return false;
  return typeof body === 'string'
    ? contentType === undefined
    : body instanceof Uint8Array && typeof contentType === 'string';
}

function etagOf(contentType: string, body: string | Uint8Array): string {
  const digest = hash('sha256', body, 'base64url');
  // A media type has no newline, so that where it ends cannot be mistaken.
  const marked = typeof body === 'string' ? digest : hash('sha256', `${contentType}\n${digest}`, 'base64url');
  return `"${marked.slice(0, ETAG_LENGTH)}"`;
}

/** 132 of the 256 bits: two different values with one ETag are not to be expected. */
const ETAG_LENGTH = 22;
