import { areSameRepresentation, combineRanges, isComplete, type ContentRange } from '../semantics/ranges.js';
import type { ResponseHead } from './draft-response.js';
import { allFieldsOf, type StoredResponse } from './stored-response.js';

/** A part of a representation, or the whole of it. */
export interface Content {
  readonly head: ResponseHead;
  readonly body: Uint8Array;
}

/**
 * A part that came, joined to the part that is stored (RFC 9111 §3.4): where both are of one representation, by a strong validator, and
 * leave no gap between them. Else the one that came, alone. What makes up the whole is a 200 (RFC 9110 §15.3.7.3).
 *
 * @param maxBytes - nothing larger is made
 */
export function joinParts(
  stored: StoredResponse | undefined,
  { head, body }: Content,
  now: number,
  maxBytes: number,
): Content {
  const { part } = head;
  if (part === undefined) return { head, body };
  const known = stored?.part;
  const isSame = stored !== undefined && areSameRepresentation(allFieldsOf(stored), head.headers, now);
  const joined = isSame && known !== undefined ? combineRanges(known, part) : undefined;
  if (joined === undefined || joined.last - joined.first >= maxBytes) return asWhole(head, part, body);
  const bytes = Buffer.allocUnsafeSlow(joined.last - joined.first + 1);
  bytes.set(stored!.body, known!.first - joined.first);
  // Where they overlap, what came last counts; under one strong validator it is the same.
  bytes.set(body, part.first - joined.first);
  return asWhole(head, joined, bytes);
}

function asWhole(head: ResponseHead, part: ContentRange, body: Uint8Array): Content {
  const length = String(body.length);
  if (!isComplete(part)) return { head: { ...head, part, headers: head.headers.with('Content-Length', length) }, body };
  const headers = head.headers.without(['content-range']).with('Content-Length', length);
  return { head: { ...head, status: 200, reason: 'OK', part: undefined, headers }, body };
}
