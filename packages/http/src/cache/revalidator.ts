import type { EventBus } from '@cachewarp/core';
import type { HttpRequest, HttpResponse } from '../message/http-message.js';
import { confirmedBy, freshen, judgeHead, updatedFields } from '../semantics/freshening.js';
import { CLIENT_CONDITIONS, conditionalFields } from '../semantics/validators.js';
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
export function requestForOrigin({ walk, record, flightKey, isBackground }: Fill): HttpRequest {
  const { request } = walk.keyed;
  const { method, headers } = request;
  if (method === 'HEAD' && !isBackground) return request;
  const candidate = record === undefined ? undefined : conditionsOf(record.entry.value);
  const conditional = candidate === undefined ? undefined : conditionalFields(headers, [candidate]);
  if (conditional === undefined && flightKey === undefined && !isBackground) return request;
  return asGet(request, conditional ?? withoutConditions(request));
}

/** The same request without conditions and ranges: for the whole answer. */
export function requestForWhole({ walk }: Fill): HttpRequest {
  const { request } = walk.keyed;
  return asGet(request, withoutConditions(request));
}

/**
 * What a 304 makes of the stored response (RFC 9111 §4.3.4); undefined when it does not speak of it: then it must not be used, and the
 * origin is asked again without conditions.
 */
export function renew(
  walk: Walk,
  record: ResponseRecord,
  notModified: HttpResponse,
  times: Times,
  events: EventBus,
): Renewal | undefined {
  const facts = factsOf(record);
  if (confirmedBy(notModified.headers, [facts]).length === 0) return undefined;
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
