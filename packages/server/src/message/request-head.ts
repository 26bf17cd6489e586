import type { IncomingMessage } from 'node:http';
import { ProblemError } from '@cachewarp/admin';
import type { Visitor } from '../access/gate.js';
import type { Limits } from '../base/limits.js';

/** What is read of a request's head. Fields that must not be repeated were seen at most once. */
export interface RequestHead extends Visitor {
  readonly method: string;
  /** Percent-encoded as it was sent, beginning with `/`. */
  readonly path: string;
  /** Without the question mark; undefined where there is none. */
  readonly query: string | undefined;
  readonly contentType: string | undefined;
  /** Bytes of the body; undefined for chunked. */
  readonly contentLength: number | undefined;
  readonly cacheControl: string | undefined;
  readonly cacheTag: string | undefined;
  readonly ifMatch: string | undefined;
  readonly ifNoneMatch: string | undefined;
}

/** Two of them could be read in two ways. */
const SINGLE = new Set([
  'host',
  'content-length',
  'content-type',
  'authorization',
  'origin',
  'sec-fetch-site',
  'content-encoding',
  'expect',
]);
/** Lists (RFC 9110 section 5.3): several lines are one, with commas. */
const LISTS = new Set(['cache-control', 'cache-tag', 'if-match', 'if-none-match', 'transfer-encoding']);
const FORWARDING = new Set(['forwarded', 'via', 'x-forwarded-for', 'x-forwarded-host', 'x-real-ip']);
const ABSOLUTE = /^https?:\/\/[^/?]*/i;
const DIGITS = /^\d{1,15}$/;

/**
 * Reads a request's head; what could be read in two ways is refused. The parser in front has refused malformed lines already.
 * @throws ProblemError of status 400, 413, 415, 417, 431, 501 or 505
 */
export function readHead(request: IncomingMessage, limits: Limits): RequestHead {
  const { rawHeaders, httpVersion } = request;
  if (httpVersion !== '1.1' && httpVersion !== '1.0') throw refused(505, 'Only HTTP/1.0 and HTTP/1.1 are served.');
  if (rawHeaders.length > 2 * limits.headerFields) throw refused(431, 'The request has too many fields.');
  const fields: Record<string, string> = Object.create(null) as Record<string, string>;
  let isForwarded = false;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at]!.toLowerCase();
    const value = rawHeaders[at + 1]!;
    if (SINGLE.has(name)) {
      if (fields[name] !== undefined) throw refused(400, `${rawHeaders[at]} must not be repeated.`);
      fields[name] = value;
    } else if (LISTS.has(name)) {
      fields[name] = fields[name] === undefined ? value : `${fields[name]}, ${value}`;
    } else if (FORWARDING.has(name)) {
      isForwarded = true;
    }
  }
  // RFC 9112 section 3.2.
  if (httpVersion === '1.1' && fields['host'] === undefined) throw refused(400, 'The request must have a Host.');
  const contentLength = lengthOf(fields['content-length'], fields['transfer-encoding'], httpVersion);
  if (contentLength !== undefined && contentLength > limits.bodyBytes) throw tooLarge(limits.bodyBytes);
  if (fields['expect'] !== undefined && fields['expect'].toLowerCase() !== '100-continue') {
    throw refused(417, 'The only expectation that is understood is 100-continue.');
  }
  const coding = fields['content-encoding'];
  if (coding !== undefined && coding.toLowerCase() !== 'identity') {
    throw new ProblemError(415, 'The content must not be encoded.', {
      field: 'Content-Encoding',
      value: coding,
      headers: { 'Accept-Encoding': 'identity' },
    });
  }
  return {
    method: request.method!,
    ...splitTarget(request.url!),
    contentType: fields['content-type'],
    contentLength,
    cacheControl: fields['cache-control'],
    cacheTag: fields['cache-tag'],
    ifMatch: fields['if-match'],
    ifNoneMatch: fields['if-none-match'],
    authorization: fields['authorization'],
    host: fields['host'],
    origin: fields['origin'],
    fetchSite: fields['sec-fetch-site'],
    isForwarded,
    address: request.socket.remoteAddress,
  };
}

/** RFC 9112 section 6.3. */
function lengthOf(length: string | undefined, coding: string | undefined, version: string): number | undefined {
  if (coding !== undefined) {
    if (length !== undefined || version !== '1.1')
      throw refused(400, 'Content-Length and Transfer-Encoding exclude each other.');
    if (coding.toLowerCase() !== 'chunked')
      throw refused(501, 'The only transfer coding that is understood is chunked.');
    return undefined;
  }
  if (length === undefined) return 0;
  if (!DIGITS.test(length)) throw refused(400, 'Content-Length must be a number of bytes.');
  return Number(length);
}

function splitTarget(target: string): { path: string; query: string | undefined } {
  // RFC 9112 section 3.2.2: the absolute form is to be accepted; whose host it names has no meaning here.
  const local = target.startsWith('/') ? target : target.replace(ABSOLUTE, '');
  const path = local === '' || local.startsWith('?') ? `/${local}` : local;
  const question = path.indexOf('?');
  return question === -1
    ? { path, query: undefined }
    : { path: path.slice(0, question), query: path.slice(question + 1) };
}

/** What may follow on the connection cannot be told, so it ends. */
function refused(status: number, detail: string): ProblemError {
  return new ProblemError(status, detail, { headers: { connection: 'close' } });
}

export function tooLarge(maxBytes: number): ProblemError {
  return refused(413, `The body must not be longer than ${maxBytes} bytes.`);
}
