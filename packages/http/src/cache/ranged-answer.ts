import { randomBytes } from 'node:crypto';
import type { HeaderFields } from '../message/headers.js';
import type { HttpRequest } from '../message/http-message.js';
import {
  chooseRanges,
  rangeLength,
  rangesWithin,
  renderContentRange,
  renderUnsatisfiedRange,
  type ByteRange,
  type ContentRange,
} from '../semantics/ranges.js';
import { allowsRange } from '../semantics/validators.js';

/** A 206 or 416 made from a stored response. */
export interface RangedAnswer {
  readonly status: 206 | 416;
  readonly reason: string;
  readonly headers: HeaderFields;
  readonly body: Uint8Array | null;
}

/**
 * The answer to a request's Range from a stored 200 (RFC 9110 §14.2, §15.3.7); undefined where it is answered whole: no Range, one that
 * counts for nothing, or an If-Range that does not hold.
 */
export function answerRange(
  request: HttpRequest,
  headers: HeaderFields,
  body: Uint8Array,
  now: number,
): RangedAnswer | undefined {
  const range = request.headers.get('range');
  // RFC 9110 14.2: Range means something for GET alone.
  if (range === undefined || request.method !== 'GET' || !allowsRange(request.headers, headers, now)) return undefined;
  const choice = chooseRanges(range, body.length);
  if (choice === 'whole') return undefined;
  if (choice === 'unsatisfiable') return unsatisfiable(headers, body.length);
  return cut(choice, headers, body, { first: 0, completeLength: body.length });
}

/** The answer to a Range from a stored part (RFC 9111 §3.3); undefined where the part does not hold all of it. */
export function answerRangeFromPart(
  request: HttpRequest,
  headers: HeaderFields,
  body: Uint8Array,
  part: ContentRange,
  now: number,
): RangedAnswer | undefined {
  const range = request.headers.get('range');
  if (range === undefined || request.method !== 'GET' || !allowsRange(request.headers, headers, now)) return undefined;
  const parts = rangesWithin(range, part);
  return parts === undefined ? undefined : cut(parts, headers, body, part);
}

function cut(
  ranges: readonly ByteRange[],
  headers: HeaderFields,
  body: Uint8Array,
  of: Pick<ContentRange, 'first' | 'completeLength'>,
): RangedAnswer {
  const bytesOf = ({ first, last }: ByteRange): Uint8Array => body.subarray(first - of.first, last - of.first + 1);
  const [only] = ranges;
  if (ranges.length === 1 && only !== undefined) {
    const fields = headers
      .with('Content-Range', renderContentRange(only, of.completeLength))
      .with('Content-Length', String(rangeLength(only)));
    return { status: 206, reason: 'Partial Content', headers: fields, body: bytesOf(only) };
  }
  // RFC 9110 14.6: each part with its Content-Range, and the type of the whole.
  const boundary = randomBytes(12).toString('hex');
  const type = headers.get('content-type');
  const pieces: Uint8Array[] = [];
  for (const range of ranges) {
    const typeLine = type === undefined ? '' : `Content-Type: ${type}\r\n`;
    const contentRange = renderContentRange(range, of.completeLength);
    pieces.push(Buffer.from(`\r\n--${boundary}\r\n${typeLine}Content-Range: ${contentRange}\r\n\r\n`, 'latin1'));
    pieces.push(bytesOf(range));
  }
  pieces.push(Buffer.from(`\r\n--${boundary}--\r\n`, 'latin1'));
  const content = Buffer.concat(pieces);
  const fields = headers
    .without(['content-range'])
    .with('Content-Type', `multipart/byteranges; boundary=${boundary}`)
    .with('Content-Length', String(content.length));
  return { status: 206, reason: 'Partial Content', headers: fields, body: content };
}

/** RFC 9110 §15.5.17. The fields that describe the stored content do not describe this answer's. */
function unsatisfiable(headers: HeaderFields, length: number): RangedAnswer {
  const fields = headers
    .filter((name) => !name.startsWith('content-') && name !== 'etag' && name !== 'last-modified')
    .with('Content-Range', renderUnsatisfiedRange(length))
    .with('Content-Length', '0');
  return { status: 416, reason: 'Range Not Satisfiable', headers: fields, body: null };
}
