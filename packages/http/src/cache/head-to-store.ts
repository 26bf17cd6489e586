import type { EventBus } from '@cachewarp/core';
import type { HttpResponse } from '../message/http-message.js';
import { computeFreshness } from '../semantics/freshness.js';
import { storedFields } from '../semantics/hop-by-hop.js';
import { parseContentRange } from '../semantics/ranges.js';
import { decideStore } from '../semantics/storable.js';
import { nominatedFields } from '../semantics/vary.js';
import type { ResponseHead } from './draft-response.js';
import type { Walk } from './fill.js';
import { tagsOfHead } from './response-tags.js';
import { adaptiveUse, rulesOfAnswer } from './response-ttl.js';
import type { Times } from './revalidator.js';

/** The head of an answer that may be stored and shared, or the word for why it may not (for Cache-Status). */
export function headToStore(walk: Walk, response: HttpResponse, times: Times, events: EventBus): ResponseHead | string {
  const { keyed, policy } = walk;
  const { status, reason, headers } = response;
  const { requestTime, responseTime } = times;
  const rules = rulesOfAnswer(walk, response, events);
  const { semantics } = rules;
  const freshness = computeFreshness(response, requestTime, responseTime, semantics);
  // A refresh behind a HEAD asks with GET.
  const request = { method: 'GET', headers: keyed.request.headers };
  const verdict = decideStore(request, response, freshness, semantics);
  if (verdict !== 'store') return verdict;
  if (policy.statuses?.has(status) === false) return 'status';
  const length = lengthOf(response);
  if (length === 'unreadable') return 'length';
  if (length !== undefined && length > policy.maxBodyBytes) return 'too-large';
  const { tags, isTruncated } = tagsOfHead(walk, response, events);
  // A response that lost a tag could not be invalidated by it.
  if (isTruncated) return 'too-many-tags';
  const vary = nominatedFields(headers);
  return {
    status,
    reason,
    headers: storedFields(headers, freshness.noCacheFields, responseTime),
    requestTime,
    responseTime,
    freshness,
    adaptive: adaptiveUse(rules, status, freshness),
    vary: vary === '*' ? [] : vary,
    tags,
    part: status === 206 ? parseContentRange(headers) : undefined,
  };
}

/** What Content-Length says: lines that differ or are no number cannot be checked against. */
export function lengthOf({ headers }: HttpResponse): number | undefined | 'unreadable' {
  const [value, ...others] = headers.getAll('content-length');
  if (value === undefined) return undefined;
  return DIGITS.test(value) && others.every((other) => other === value) ? Number(value) : 'unreadable';
}

const DIGITS = /^[0-9]{1,15}$/;
