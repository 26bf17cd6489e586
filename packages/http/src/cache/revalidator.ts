import type { EventBus } from '@cachewarp/core';
import { splitList } from '../message/field-syntax.js';
import type { HeaderFields } from '../message/headers.js';
import type { HttpRequest, HttpResponse } from '../message/http-message.js';
import { confirmedBy, freshen, judgeHead, updatedFields } from '../semantics/freshening.js';
import { CLIENT_CONDITIONS, conditionalFields, validatorsOf } from '../semantics/validators.js';
import { nominatedFields } from '../semantics/vary.js';
import { conditionsOf, storeRenewed, type ResponseHead } from './draft-response.js';
import type { Fill, Walk } from './fill.js';
import { factsOf, type ResponseRecord, type StoredResponse } from './stored-response.js';
import { tagsOfHead } from './response-tags.js';
import { adaptiveUse, rulesOfAnswer } from './response-ttl.js';

/** A stored response after the origin spoke about it. */
export interface Renewal {
  readonly stored: StoredResponse;
  readonly tags: readonly string[];
  /** The head that it was made from. */
  readonly head: ResponseHead;
  /** `keep`: store it. `drop`: nobody gets it any more. `leave`: what is stored stays as it was. */
  readonly verdict: 'keep' | 'drop' | 'leave';
}

/**
 * The request that goes to the origin for a fill (RFC 9111 §4.3.1).
 *
 * Where something stored can be validated, our conditions take the place of the client's, and its Range goes: whatever comes back, the
 * client's own conditions and ranges are answered from it afterwards, so that one request serves both. Where others may share the
 * answer, it must be the whole one, too. Else the request goes as it came.
 */
export function requestForOrigin({ walk, record, others, flightKey, isBackground }: Fill): HttpRequest {
  const { request } = walk.keyed;
  const { method, headers } = request;
  if (method === 'HEAD' && !isBackground) return request;
  const candidates = candidatesOf({ walk, record, others }).map(({ entry }) => conditionsOf(entry.value)!);
  const conditional = candidates.length === 0 ? undefined : conditionalFields(headers, candidates);
  if (conditional === undefined && flightKey === undefined && !isBackground) return request;
  return asGet(request, conditional ?? withoutConditions(request));
}

/**
 * What the origin is asked about: the response that was selected; where none was, the other variants of the URI, of which it may name one
 * as the answer to this request, too (RFC 9111 §4.3.1, §4.3.4).
 */
export function candidatesOf({
  walk,
  record,
  others,
}: Pick<Fill, 'walk' | 'record' | 'others'>): readonly ResponseRecord[] {
  if (record !== undefined) return conditionsOf(record.entry.value) === undefined ? [] : [record];
  const { headers } = walk.keyed.request;
  return others.filter((other) => !other.entry.value.hasOwnEtag && mayBeAnswer(headers, factsOf(other).headers));
}

/**
 * Whether a variant may be offered for a request that it was not selected for. Only by a strong tag: a weak one may be that of several codings of
 * the same thing. And only in a coding that the client takes: not every origin gives its codings tags of their own.
 */
function mayBeAnswer(request: HeaderFields, variant: HeaderFields): boolean {
  const etag = validatorsOf(variant)?.etag;
  if (etag === undefined || etag.isWeak) return false;
  const codings = splitList(variant.get('content-encoding') ?? '');
  const accepted = splitList(request.get('accept-encoding') ?? '').map((member) => member.toLowerCase());
  return codings.every((coding) => accepted.includes(coding.toLowerCase()));
}

/** The same request without conditions and ranges: for the whole answer. */
export function requestForWhole({ walk }: Fill): HttpRequest {
  const { request } = walk.keyed;
  return asGet(request, withoutConditions(request));
}

/**
 * Which of the stored responses a 304 speaks of (RFC 9111 §4.3.4): the one that was selected, if it is among them; undefined when it is
 * none: then the 304 must not be used, and the origin is asked again without conditions.
 */
export function confirmedOf(
  notModified: HttpResponse,
  candidates: readonly ResponseRecord[],
): ResponseRecord | undefined {
  const [first] = confirmedBy(notModified.headers, candidates.map(factsOf));
  return first === undefined ? undefined : candidates[first];
}

/** What a 304 makes of the stored response that it confirms (RFC 9111 §4.3.4). */
export function renew(
  walk: Walk,
  record: ResponseRecord,
  notModified: HttpResponse,
  times: Times,
  events: EventBus,
): Renewal {
  return freshened(walk, record, notModified, times, events);
}

/** What a HEAD's 200 makes of the stored GET response (RFC 9111 §4.3.5): renewed, or `outdated`. */
export function renewByHead(
  walk: Walk,
  record: ResponseRecord,
  head: HttpResponse,
  times: Times,
  events: EventBus,
): Renewal | 'outdated' {
  if (judgeHead(factsOf(record).headers, head.headers) === 'invalidate') return 'outdated';
  return freshened(walk, record, head, times, events);
}

/** When the request was sent and the head of its answer arrived, ms since the epoch. */
export interface Times {
  readonly requestTime: number;
  readonly responseTime: number;
}

function freshened(walk: Walk, record: ResponseRecord, update: HttpResponse, times: Times, events: EventBus): Renewal {
  const { keyed, policy } = walk;
  const { requestTime, responseTime } = times;
  const facts = factsOf(record);
  const merged = updatedFields(facts.headers, update.headers, responseTime);
  const rules = rulesOfAnswer(walk, { status: facts.status, headers: merged }, events);
  const { headers, freshness, verdict } = freshen(
    keyed.request,
    facts,
    update.headers,
    requestTime,
    responseTime,
    rules.semantics,
  );
  const nominated = nominatedFields(headers);
  const before = record.entry.value;
  const { status } = before;
  const { tags, isTruncated } = tagsOfHead(walk, { status, headers }, events);
  const head: ResponseHead = {
    status,
    reason: before.reason,
    headers,
    requestTime,
    responseTime,
    freshness,
    adaptive: adaptiveUse(rules, status, freshness),
    vary: nominated === '*' ? [] : nominated,
    tags,
    part: before.part,
  };
  const stored = storeRenewed(before, head, policy);
  return { stored, tags, head, verdict: isTruncated && verdict === 'keep' ? 'drop' : verdict };
}

/** For everybody, so that no client's leaving ends it: the signal of the client stays here. */
function asGet({ scheme, authority, target }: HttpRequest, headers: HttpRequest['headers']): HttpRequest {
  return { method: 'GET', scheme, authority, target, headers };
}

function withoutConditions({ headers }: HttpRequest): HttpRequest['headers'] {
  return headers.without(CLIENT_CONDITIONS);
}
