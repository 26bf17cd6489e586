import { hashOf, type Cache } from '@cachewarp/core';
import type { HeaderFields } from '../message/headers.js';
import { parseHttpDate } from '../message/http-date.js';
import type { Freshness } from '../semantics/freshness.js';
import type { ResponseHead } from './draft-response.js';
import type { Walk } from './fill.js';
import type { HttpAdaptive } from './http-adaptive-options.js';

/** The rule that objects fall under where no rule is named. */
const DEFAULT_RULE = 'http';

/** Texts larger than this are compared as they are: to go through them would hold up others. */
const LARGEST_NORMALISED = 1024 * 1024;

const TEXT_TYPE = /^(?:text\/|application\/(?:[\w.-]+\+)?(?:json|xml|javascript)\b)/i;

/** Gives responses their adaptive lifetime, when they are complete: only then it can be told whether they have changed. */
export class AdaptiveResponses {
  readonly #cache: Cache;

  constructor(cache: Cache) {
    this.#cache = cache;
  }

  /**
   * The head with its lifetime, or `pass` when it changes too fast to be worth keeping. A head that is not adaptive stays as it is.
   * @param key - where it will be kept
   * @param content - the whole body, or `same` when the origin confirmed what is stored
   */
  settle(
    walk: Walk,
    key: string,
    head: ResponseHead,
    content: Uint8Array | 'same',
    loadMs: number,
  ): ResponseHead | 'pass' {
    const { adaptive } = walk.policy;
    if (adaptive === undefined || head.adaptive === 'no') return head;
    const { word, ttlMs } = this.#cache.parts.adaptive.contact({
      key,
      ruleName: DEFAULT_RULE,
      settings: adaptive.settings,
      contentType: head.headers.get('content-type') ?? '',
      at: head.responseTime,
      content: content === 'same' ? content : contentOf(head.headers, content, adaptive),
      lastModifiedAt: lastModifiedAt(head.headers, head.responseTime),
      loadMs,
    });
    if (head.adaptive === 'watched') return head;
    if (word === 'pass') return word;
    return { ...head, freshness: endingAt(head.freshness, head.responseTime + ttlMs, ttlMs) };
  }
}

/** What tells this content from another: the origin's tag, or a hash of what counts of it. */
function contentOf(headers: HeaderFields, body: Uint8Array, { normalise }: HttpAdaptive): string {
  const etag = normalise === undefined ? headers.get('etag') : undefined;
  if (etag !== undefined) return etag;
  const isText = TEXT_TYPE.test(headers.get('content-type') ?? '') && !headers.has('content-encoding');
  if (normalise === undefined || !isText || body.length > LARGEST_NORMALISED) return hashOf(body);
  return hashOf(Buffer.from(normalise(Buffer.from(body).toString('utf8'))));
}

/** By our clock: the origin's own need not agree with it. */
function lastModifiedAt(headers: HeaderFields, receivedAt: number): number | undefined {
  const modified = parseHttpDate(headers.get('last-modified') ?? '', receivedAt);
  if (modified === undefined) return undefined;
  return modified + receivedAt - (parseHttpDate(headers.get('date') ?? '', receivedAt) ?? receivedAt);
}

/** A freshness that ends at an instant, if it would have ended later. Its windows begin there, and are as long as they were. */
function endingAt(freshness: Freshness, instant: number, lifetimeMs: number): Freshness {
  const shift = Math.max(0, freshness.freshUntil - instant);
  return Object.freeze({
    ...freshness,
    lifetimeMs: Math.min(freshness.lifetimeMs, lifetimeMs),
    freshUntil: freshness.freshUntil - shift,
    staleWhileRevalidateUntil: freshness.staleWhileRevalidateUntil - shift,
    staleIfErrorUntil: freshness.staleIfErrorUntil - shift,
  });
}
