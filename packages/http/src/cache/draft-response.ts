import { createHash } from 'node:crypto';
import type { EntryDraft } from '@cachewarp/core';
import { HeaderFields } from '../message/headers.js';
import type { StoredFacts } from '../semantics/facts.js';
import type { Freshness } from '../semantics/freshness.js';
import type { ContentRange } from '../semantics/ranges.js';
import { validatorsOf } from '../semantics/validators.js';
import type { AdaptiveUse } from './http-adaptive-options.js';
import type { HttpPolicy } from './http-policy.js';
import { allFieldsOf, sizeOf, type StoredResponse } from './stored-response.js';

/** The head of an answer that will be stored, and what was made of it. */
export interface ResponseHead {
  readonly status: number;
  readonly reason: string | undefined;
  /** The fields as stored, those included that clients do not get. */
  readonly headers: HeaderFields;
  readonly requestTime: number;
  readonly responseTime: number;
  readonly freshness: Freshness;
  /** `chosen`: how long it is fresh is decided when it is complete, and is not more than `freshness` says. */
  readonly adaptive: AdaptiveUse;
  readonly vary: readonly string[];
  readonly tags: readonly string[];
  /** Which part of the whole the body is; undefined when it is the whole. */
  readonly part: ContentRange | undefined;
}

/** The facts of a response that is on its way into the store. */
export function factsOfHead({ status, headers, requestTime, responseTime, freshness }: ResponseHead): StoredFacts {
  return { status, headers, requestTime, responseTime, freshness };
}

/** A response, whole or in part, as it is stored. */
export function storeResponse(head: ResponseHead, body: Uint8Array, policy: HttpPolicy): StoredResponse {
  let { headers } = head;
  // An origin that sends in pieces says no length; what is complete has one, and HEAD may be answered with it.
  if (mayHaveContent(head.status) && !headers.has('content-length')) {
    headers = headers.append('Content-Length', String(body.length));
  }
  // A tag made from a part would name another representation than one made from the whole.
  const hasOwnEtag = policy.etagFromBody && head.status === 200 && !headers.has('etag');
  if (hasOwnEtag) headers = headers.append('ETag', etagOf(body));
  return toStored(head, body, headers, hasOwnEtag, policy);
}

/** A stored response with the fields, times and freshness that a validation gave it. */
export function storeRenewed(stored: StoredResponse, head: ResponseHead, policy: HttpPolicy): StoredResponse {
  // RFC 9111 4.3.4: a 304 with a tag of the origin's does not confirm a response that has none of his.
  return toStored(head, stored.body, head.headers, stored.hasOwnEtag, policy);
}

/** The entry of a response: instants and tags beside the value. `loadMs` is what its load took. */
export function draftEntry(
  stored: StoredResponse,
  tags: readonly string[],
  loadMs: number,
  { keepMs, semantics }: HttpPolicy,
): EntryDraft<StoredResponse> {
  const { freshness, responseTime } = stored;
  // RFC 9111 5.2.2.4: no-cache is kept for its validator alone, so that it is fresh at no instant.
  const freshUntil = freshness.noCache ? responseTime : freshness.freshUntil;
  const staleUntil = freshness.noCache ? 0 : freshness.staleWhileRevalidateUntil;
  const errorUntil = freshness.noCache ? 0 : freshness.staleIfErrorUntil;
  const canBeValidated = conditionsOf(stored) !== undefined;
  const mayStandIn = semantics.staleIfUnreachableMs > 0 && !freshness.noCache && !freshness.mustRevalidate;
  const keepUntil = canBeValidated ? Math.max(freshUntil, staleUntil, errorUntil, responseTime) + keepMs : 0;
  return {
    value: stored,
    freshUntil,
    staleUntil,
    errorUntil,
    keepUntil: mayStandIn ? Math.max(keepUntil, freshUntil + semantics.staleIfUnreachableMs) : keepUntil,
    loadMs,
    tags,
    size: sizeOf(stored),
  };
}

/** The fields by which the origin can be asked about a stored response; undefined when it has no validator of the origin's. */
export function conditionsOf(stored: StoredResponse): HeaderFields | undefined {
  const fields = allFieldsOf(stored);
  const origins = stored.hasOwnEtag ? fields.without(['etag']) : fields;
  return validatorsOf(origins) === undefined ? undefined : origins;
}

/** Written out, so that every stored response has one shape. */
function toStored(
  head: ResponseHead,
  body: Uint8Array,
  fields: HeaderFields,
  hasOwnEtag: boolean,
  { strippedFields }: HttpPolicy,
): StoredResponse {
  const headers = strippedFields.length === 0 ? fields : fields.without(strippedFields);
  const withheld = headers === fields ? HeaderFields.empty : fields.filter((name) => strippedFields.includes(name));
  return {
    kind: 'response',
    status: head.status,
    reason: head.reason,
    headers: headers.raw,
    withheld: withheld.raw,
    body,
    part: head.part,
    requestTime: head.requestTime,
    responseTime: head.responseTime,
    freshness: head.freshness,
    vary: head.vary,
    hasOwnEtag,
  };
}

/** Strong, for it tells any two bodies apart (RFC 9110 §8.8.1). */
function etagOf(body: Uint8Array): string {
  return `"${createHash('sha256').update(body).digest('base64url').slice(0, 27)}"`;
}

function mayHaveContent(status: number): boolean {
  return status !== 204 && status !== 304;
}
