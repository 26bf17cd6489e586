import type { Clock } from '@cachewarp/core';
import { HeaderFields } from '../message/headers.js';
import type { HttpRequest, HttpResponse, ResponseBody } from '../message/http-message.js';
import { ageSeconds } from '../semantics/age.js';
import { renderCacheStatus, type CacheOutcome } from '../semantics/cache-status.js';
import type { Freshness } from '../semantics/freshness.js';
import { endToEndFields } from '../semantics/hop-by-hop.js';
import { evaluateConditions, notModifiedFields } from '../semantics/validators.js';
import { factsOfHead, type ResponseHead } from './draft-response.js';
import type { Walk } from './fill.js';
import type { HttpCacheSettings } from './http-cache-options.js';
import { answerRange, answerRangeFromPart } from './ranged-answer.js';
import type { StoredResponse } from './stored-response.js';

/** The word of X-Cache: what the client is told in short. */
export type CacheWord = 'HIT' | 'MISS' | 'STALE' | 'REVALIDATED' | 'BYPASS';

/** What an answer says of how it came about. */
export interface Story {
  readonly word: CacheWord;
  readonly outcome: CacheOutcome;
}

/** One caller's part of an answer that is being stored. */
export interface SharedPart {
  readonly head: ResponseHead;
  /** The fields that this caller gets. */
  readonly headers: HeaderFields;
  readonly body: ResponseBody;
}

/** Makes the answers that clients get: from what is stored, from what is coming in, and from the origin's own. */
export class Answers {
  readonly #clock: Clock;
  readonly #settings: HttpCacheSettings;

  constructor(clock: Clock, settings: HttpCacheSettings) {
    this.#clock = clock;
    this.#settings = settings;
  }

  /**
   * From a stored response, or one the origin has just confirmed: 304 where the client has it, 206 or 416 where he wants a part, else the
   * whole (RFC 9110 §13.2.2).
   */
  fromStored(walk: Walk, stored: StoredResponse, freshness: Freshness, story: Story): HttpResponse {
    const { request } = walk.keyed;
    const { status, reason, responseTime, body } = stored;
    const now = this.#clock.now();
    const headers = HeaderFields.fromRaw(stored.headers);
    const told = this.#tell(walk, story, freshness);
    if (evaluateConditions(request, { status, headers, responseTime }, now) === 'not-modified') {
      return notModified(withOwnFields(headers, told, ageSeconds(freshness, now)));
    }
    const ranged = status === 200 ? answerRange(request, headers, body, now) : undefined;
    if (ranged !== undefined) {
      return { ...ranged, headers: withOwnFields(ranged.headers, told, ageSeconds(freshness, now)) };
    }
    return answer(request, status, reason, withOwnFields(headers, told, ageSeconds(freshness, now)), body);
  }

  /** From a stored part; undefined where that does not hold all that the client wants. */
  fromPart(walk: Walk, stored: StoredResponse, freshness: Freshness, story: Story): HttpResponse | undefined {
    const { request } = walk.keyed;
    const { status, responseTime, body, part } = stored;
    const now = this.#clock.now();
    const headers = HeaderFields.fromRaw(stored.headers);
    const ranged = part && answerRangeFromPart(request, headers, body, part, now);
    if (ranged === undefined) return undefined;
    const told = this.#tell(walk, story, freshness);
    const age = ageSeconds(freshness, now);
    if (evaluateConditions(request, { status, headers, responseTime }, now) === 'not-modified') {
      return notModified(withOwnFields(headers, told, age));
    }
    return { ...ranged, headers: withOwnFields(ranged.headers, told, age) };
  }

  /** From an answer that is being stored: the client's conditions were kept from the origin, and are answered here. */
  fromHead(walk: Walk, { head, headers: given, body }: SharedPart, story: Story): HttpResponse {
    const { request } = walk.keyed;
    const { status, reason, freshness } = head;
    const told = this.#tell(walk, story, freshness);
    const headers = withOwnFields(given.without(walk.policy.strippedFields), told, undefined);
    if (evaluateConditions(request, factsOfHead(head), this.#clock.now()) === 'not-modified') {
      release(body);
      return notModified(headers);
    }
    return answer(request, status, reason, headers, body);
  }

  /** The origin's own answer, for the one who asked. */
  fromOrigin(walk: Walk, response: HttpResponse, story: Story): HttpResponse {
    const { strippedFields } = walk.policy;
    const headers = endToEndFields(response.headers).without(strippedFields);
    const told = withOwnFields(headers, this.#tell(walk, story), undefined);
    return { ...response, headers: told, body: contentFor(walk.keyed.request, response.status, response.body) };
  }

  /** RFC 9111 §5.2.1.7: nothing stored can answer, and the client wants the origin left alone. */
  unavailable(walk: Walk): HttpResponse {
    const story: Story = { word: 'MISS', outcome: { detail: 'only-if-cached' } };
    const headers = withOwnFields(HeaderFields.fromObject({ 'Content-Length': 0 }), this.#tell(walk, story), undefined);
    return { status: 504, reason: 'Gateway Timeout', headers, body: null };
  }

  /** What an answer carries that an adapter makes itself, from an error. */
  ownFields(walk: Walk, story: Story): HeaderFields {
    return withOwnFields(HeaderFields.empty, this.#tell(walk, story), undefined);
  }

  #tell(walk: Walk, { word, outcome }: Story, freshness?: Freshness): Told {
    const { name, showKey } = this.#settings;
    const known: CacheOutcome = {
      ...outcome,
      ...(freshness !== undefined && { ttl: Math.floor((freshness.freshUntil - this.#clock.now()) / 1000) }),
      ...(showKey && { key: walk.keyed.primary }),
    };
    return { word, status: renderCacheStatus(name, known) };
  }
}

interface Told {
  readonly word: CacheWord;
  readonly status: string;
}

/** @param age - where the answer comes from store; an answer that comes from the origin keeps the Age it came with */
function withOwnFields({ raw }: HeaderFields, { word, status }: Told, age: number | undefined): HeaderFields {
  const fields: string[] = [];
  for (let at = 0; at < raw.length; at += 2) {
    const name = raw[at]!;
    if (isOwn(name, age !== undefined)) continue;
    fields.push(name, raw[at + 1]!);
  }
  if (age !== undefined) fields.push('Age', String(age));
  fields.push('X-Cache', word, 'Cache-Status', status);
  return HeaderFields.fromRaw(fields);
}

/** Whether it is a field that every answer of ours has of its own: one of somebody else's gives way. */
function isOwn(name: string, isFromStore: boolean): boolean {
  if (name.length === 7) return name.toLowerCase() === 'x-cache';
  return isFromStore && name.length === 3 && name.toLowerCase() === 'age';
}

/** RFC 9110 §9.3.2, §15.3.5, §15.4.5: answers to HEAD, 204 and 304 have no content, whatever came with them. */
function contentFor({ method }: HttpRequest, status: number, content: ResponseBody): ResponseBody {
  if (method !== 'HEAD' && status !== 204 && status !== 304) return content;
  release(content);
  return null;
}

function answer(
  request: HttpRequest,
  status: number,
  reason: string | undefined,
  headers: HeaderFields,
  content: ResponseBody,
): HttpResponse {
  const body = contentFor(request, status, content);
  return reason === undefined ? { status, headers, body } : { status, reason, headers, body };
}

function notModified(headers: HeaderFields): HttpResponse {
  return { status: 304, reason: 'Not Modified', headers: notModifiedFields(headers), body: null };
}

/** The client does not read the body he has been given a reader for. */
function release(body: ResponseBody): void {
  if (body === null || body instanceof Uint8Array) return;
  // How a stream ends that nobody reads is nobody's business.
  const ignore = (): void => undefined;
  body[Symbol.asyncIterator]().return?.().then(ignore, ignore);
}
