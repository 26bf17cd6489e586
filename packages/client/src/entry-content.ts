import { CacheClientError } from './errors.js';
import type { Answer } from './transport.js';

/*
 * Entries as the service takes and gives them: JSON with the value, its ttl and its tags, or bytes with header fields.
 */

/** What a write says beside its value. */
export interface SetOptions {
  /** Seconds above 0; null: as long as there is room. Default: the service's. */
  readonly ttl?: number | null;
  readonly tags?: readonly string[];
}

/** Under which condition something is written. */
export interface WriteCondition {
  /** Only if the entry is still the one with this ETag. */
  readonly ifMatch?: string;
  /** Only if there is none. */
  readonly ifAbsent?: boolean;
}

/** An entry and what is known of it. Times in seconds. */
export interface Entry<V = unknown> {
  readonly value: V;
  readonly etag: string;
  readonly age: number;
  /** Null: no end. */
  readonly ttlLeft: number | null;
  /** Of JSON only. */
  readonly tags: readonly string[];
  /** Of bytes only. */
  readonly contentType: string | undefined;
}

/** What became of a write. */
export interface Written {
  readonly etag: string;
  /** False: it is in the service's memory, but its store did not confirm to have it. */
  readonly confirmed: boolean;
}

/** One value of {@link CacheClient.setMany}. */
export interface ManyEntry extends SetOptions {
  readonly key: string;
  readonly value: unknown;
}

export const JSON_FIELDS = { 'content-type': 'application/json' };

/** An entry as a batch answers it; one that was too much is to be asked for by itself. */
export type BatchEntry<V> =
  | { key: string; omitted: true }
  | {
      value?: V;
      base64?: string;
      contentType?: string;
      etag: string;
      age: number;
      ttlLeft: number | null;
      tags: readonly string[];
    };

/** What a PUT sends. */
export function contentOf(
  value: unknown,
  { ttl, tags }: SetOptions,
): { headers: Record<string, string>; body: string | Uint8Array } {
  if (!(value instanceof Uint8Array))
    return {
      headers: JSON_FIELDS,
      body: `{"value":${textOf(value)}${ttl === undefined ? '' : `,"ttl":${ttl}`}${tags === undefined ? '' : `,"tags":${JSON.stringify(tags)}`}}`,
    };
  if (!fitsFields({ ...(ttl !== undefined && { ttl }), ...(tags !== undefined && { tags }) })) {
    throw new CacheClientError(
      'ERR_CACHEWARP_CLIENT_VALUE',
      'bytes under a condition take a ttl of whole seconds and tags without spaces and commas',
    );
  }
  const headers: Record<string, string> = { 'content-type': 'application/octet-stream' };
  if (typeof ttl === 'number') headers['cache-control'] = `max-age=${ttl}`;
  if (tags !== undefined && tags.length > 0) headers['cache-tag'] = tags.join(',');
  return { headers, body: value };
}

/** Whether header fields can say it, as the ttl and the tags of bytes. */
export function fitsFields({ ttl, tags = [] }: SetOptions): boolean {
  return (ttl === undefined || Number.isInteger(ttl)) && tags.every((tag) => /^[\x21-\x2b\x2d-\x7e]+$/.test(tag));
}

/** A value as a batch sends it. */
export function batchItemOf({ key, value, ttl, tags }: ManyEntry): object {
  const more = { ...(ttl !== undefined && { ttl }), ...(tags !== undefined && { tags }) };
  if (!(value instanceof Uint8Array)) {
    textOf(value);
    return { key, value, ...more };
  }
  let binary = '';
  for (const byte of value) binary += String.fromCharCode(byte);
  return { key, base64: btoa(binary), ...more };
}

function textOf(value: unknown): string {
  const text = JSON.stringify(value) as string | undefined;
  if (text === undefined)
    throw new CacheClientError('ERR_CACHEWARP_CLIENT_VALUE', `value must be JSON or Uint8Array, got ${typeof value}`);
  return text;
}

/** The entry that a GET answered. */
export function entryOf<V>(answer: Answer): Entry<V> {
  const { headers, body } = answer;
  const contentType = headers.get('content-type') ?? 'application/octet-stream';
  const left = /max-age=(\d+)/.exec(headers.get('cache-control') ?? '')?.[1];
  const known = {
    etag: headers.get('etag') ?? '',
    age: Number(headers.get('age') ?? 0),
    ttlLeft: left === undefined ? null : Number(left),
  };
  if (!/^application\/json\b/.test(contentType)) return { value: body as V, ...known, tags: [], contentType };
  const { value, ttl, tags } = jsonOf(answer) as { value: V; ttl: number | null; tags: readonly string[] };
  return { value, ...known, ...(ttl === null && { ttlLeft: null }), tags, contentType: undefined };
}

/** The entry that a batch answered. */
export function entryOfBatch<V>({
  value,
  base64,
  contentType,
  etag,
  age,
  ttlLeft,
  tags,
}: Exclude<BatchEntry<V>, { omitted: true }>): Entry<V> {
  const known = { etag, age, ttlLeft, tags };
  if (base64 === undefined) return { value: value as V, ...known, contentType: undefined };
  const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  return { value: bytes as V, ...known, contentType };
}

export function jsonOf({ body }: Answer): unknown {
  return JSON.parse(new TextDecoder().decode(body));
}
