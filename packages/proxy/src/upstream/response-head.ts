import { HeaderFields } from '@cachewarp/http';
import { UpstreamError } from '../base/proxy-errors.js';

/** How the end of a body is known (RFC 9112 §6.3). */
type BodyEnd = 'none' | 'length' | 'chunked' | 'close';

/** The head of a final response, checked. */
export interface ResponseHead {
  readonly status: number;
  /** The reason phrase; undefined where there is none, or none that can be sent on. */
  readonly reason: string | undefined;
  /** Without the fields of this connection. */
  readonly headers: HeaderFields;
  readonly bodyEnd: BodyEnd;
  /** Bytes that the body must have; undefined when it does not say. */
  readonly length: number | undefined;
}

/** Raw fields as undici gives them: Buffers over HTTP/1, strings over HTTP/2. */
export type RawFields = readonly (Buffer | string)[];

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
// A sender that puts control characters into a value is not to be trusted with the rest of the message.
// oxlint-disable-next-line no-control-regex
const BAD_VALUE = /[^\t\x20-\x7e\x80-\xff]/;
const DIGITS = /^[0-9]{1,15}$/;

const CONNECTION_FIELDS: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** Listed in a Connection by mistake or malice, these stay: without them an answer would look more public or longer than it is. */
const NOT_CONNECTION_OPTIONS: ReadonlySet<string> = new Set([
  'age',
  'cache-control',
  'content-encoding',
  'content-length',
  'content-range',
  'content-type',
  'date',
  'expires',
  'set-cookie',
  'vary',
]);

/**
 * Checks the head of a response and decides how its body ends.
 *
 * @throws UpstreamError with fault `protocol` when fields are malformed, too many, or contradict each other about the body's length
 */
export function readResponseHead(
  status: number,
  reason: string | undefined,
  rawFields: RawFields,
  context: { method: string; isHttp2: boolean; maxFields: number },
): ResponseHead {
  if (status < 200 || status > 999) throw new UpstreamError('protocol', `the origin answered with status ${status}`);
  const raw = decodeFields(rawFields, context.maxFields);
  const headers = HeaderFields.fromRaw(raw);
  const hasBody = context.method !== 'HEAD' && status !== 204 && status !== 304;
  const lengths = headers.getAll('content-length');
  const codings = headers.get('transfer-encoding');
  if (codings !== undefined && (lengths.length > 0 || !isReadable(codings))) {
    throw new UpstreamError('protocol', 'the response has a transfer coding other than chunked, or a length beside it');
  }
  const length = lengths.length === 0 ? undefined : parseLength(lengths);
  return {
    status,
    reason: reason === undefined || reason === '' || BAD_VALUE.test(reason) ? undefined : reason,
    headers: withoutConnectionFields(headers, status),
    bodyEnd: !hasBody ? 'none' : endOf(codings, length, context.isHttp2),
    length: hasBody ? length : undefined,
  };
}

/** Trailer fields that may be sent on: those that are well-formed and do not pretend to be fields of a head (RFC 9110 §6.5.1). */
export function readTrailers(rawFields: RawFields): HeaderFields {
  const fields = HeaderFields.fromRaw(decodeFields(rawFields, 100));
  return fields.filter((name) => !NOT_TRAILERS.has(name) && !CONNECTION_FIELDS.has(name));
}

const NOT_TRAILERS: ReadonlySet<string> = new Set([
  ...NOT_CONNECTION_OPTIONS,
  'authorization',
  'host',
  'location',
  'retry-after',
  'www-authenticate',
]);

/** Fields of an interim response. */
export function readInterimFields(rawFields: RawFields, maxFields: number): HeaderFields {
  return withoutConnectionFields(HeaderFields.fromRaw(decodeFields(rawFields, maxFields)), 100);
}

/** The value of the first field of this lower-case name. */
export function fieldOf(rawFields: RawFields, name: string): string | undefined {
  for (let at = 0; at < rawFields.length; at += 2) {
    if (text(rawFields[at]!).toLowerCase() === name) return text(rawFields[at + 1]!);
  }
  return undefined;
}

function decodeFields(rawFields: RawFields, maxFields: number): string[] {
  if (rawFields.length > maxFields * 2) {
    throw new UpstreamError('protocol', `the response has more than ${maxFields} fields`);
  }
  const raw: string[] = [];
  for (let at = 0; at < rawFields.length; at += 2) {
    const name = text(rawFields[at]!);
    const value = text(rawFields[at + 1]!);
    if (!TOKEN.test(name) || BAD_VALUE.test(value)) {
      throw new UpstreamError('protocol', 'the response has a malformed field');
    }
    raw.push(name, value);
  }
  return raw;
}

function text(part: Buffer | string): string {
  return typeof part === 'string' ? part : part.toString('latin1');
}

/** Codings that somebody can have meant: without decoding them the body would be another one (RFC 9112 §7). */
const KNOWN_CODINGS = /chunked|gzip|compress|deflate|br|zstd/;

/**
 * Whether the body can be had as it was meant: it comes in chunks, or under one name that stands for no coding anywhere, `identity` of old
 * among them. RFC 9112 §6.3: then it ends with the connection.
 */
function isReadable(codings: string): boolean {
  const coding = codings.trim().toLowerCase();
  return coding === 'chunked' || (TOKEN.test(coding) && !KNOWN_CODINGS.test(coding));
}

function endOf(codings: string | undefined, length: number | undefined, isHttp2: boolean): BodyEnd {
  if (codings !== undefined) return codings.trim().toLowerCase() === 'chunked' ? 'chunked' : 'close';
  if (length !== undefined) return 'length';
  return isHttp2 ? 'chunked' : 'close';
}

function parseLength(lengths: readonly string[]): number {
  const first = lengths[0]!.trim();
  if (!DIGITS.test(first) || lengths.some((length) => length.trim() !== first)) {
    throw new UpstreamError('protocol', 'the response has no valid Content-Length');
  }
  return Number(first);
}

function withoutConnectionFields(headers: HeaderFields, status: number): HeaderFields {
  const connection = headers.get('connection');
  // RFC 9110 §8.6: no Content-Length in a 204, however much a server likes it.
  const hasNoLength = status < 200 || status === 204;
  // Nearly every answer says one of these, or nothing.
  if (!hasNoLength && (connection === undefined || connection === 'keep-alive' || connection === 'close')) {
    return headers.filter(isEndToEnd);
  }
  const named = new Set<string>(hasNoLength ? ['content-length'] : []);
  for (const member of (connection ?? '').toLowerCase().split(',')) {
    const name = member.trim();
    if (!NOT_CONNECTION_OPTIONS.has(name)) named.add(name);
  }
  return headers.filter((name) => isEndToEnd(name) && !named.has(name));
}

function isEndToEnd(name: string): boolean {
  return !CONNECTION_FIELDS.has(name);
}
