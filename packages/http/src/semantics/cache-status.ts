import { isToken } from '../message/field-syntax.js';
import { renderString } from '../message/structured-fields.js';

/** Why a request went forward (RFC 9211 §2.2). */
export type ForwardReason = 'bypass' | 'method' | 'uri-miss' | 'vary-miss' | 'miss' | 'request' | 'stale' | 'partial';

/** What this cache did with a request (RFC 9211 §2): it answered from store (`hit`), or asked further (`fwd`), never both. */
export interface CacheOutcome {
  /** Answered from store without asking. Absent or false when `fwd` is given. */
  readonly hit?: boolean;
  readonly fwd?: ForwardReason;
  /** The status that came back. */
  readonly fwdStatus?: number;
  /** Seconds of freshness left, negative when stale. */
  readonly ttl?: number;
  /** Whether the answer was stored. */
  readonly stored?: boolean;
  /** Whether the request was joined with another. */
  readonly collapsed?: boolean;
  /** The cache key, where it may be shown. */
  readonly key?: string;
  /** Anything else that helps. */
  readonly detail?: string;
}

/**
 * This cache's member of Cache-Status (RFC 9211 §2). It is appended as a line of its own after what caches nearer to the origin wrote
 * (`headers.append('Cache-Status', …)`): the list grows towards the client.
 *
 * @param name - who we are: a token or any text.
 */
export function renderCacheStatus(name: string, outcome: CacheOutcome): string {
  let member = renderTokenOrString(name);
  // RFC 9211 2.2: fwd and hit exclude each other.
  if (outcome.fwd !== undefined) member += `;fwd=${outcome.fwd}`;
  else if (outcome.hit === true) member += ';hit';
  if (outcome.fwd !== undefined && outcome.fwdStatus !== undefined) member += `;fwd-status=${outcome.fwdStatus}`;
  if (outcome.ttl !== undefined) member += `;ttl=${clampInteger(outcome.ttl)}`;
  if (outcome.fwd !== undefined && outcome.stored === true) member += ';stored';
  if (outcome.fwd !== undefined && outcome.collapsed === true) member += ';collapsed';
  if (outcome.key !== undefined) member += `;key=${renderString(outcome.key)}`;
  if (outcome.detail !== undefined) member += `;detail=${renderTokenOrString(outcome.detail)}`;
  return member;
}

function renderTokenOrString(text: string): string {
  const known = RENDERED.get(text);
  if (known !== undefined) return known;
  // RFC 9651 3.3.4: a token begins with a letter or `*`.
  const rendered = isToken(text) && STARTS_TOKEN.test(text) ? text : renderString(text);
  if (RENDERED.size < MOST_RENDERED) RENDERED.set(text, rendered);
  return rendered;
}

/** The names of caches and the words for details are few, and each answer has some. */
const RENDERED = new Map<string, string>();
const MOST_RENDERED = 128;

const STARTS_TOKEN = /^[A-Za-z*]/;

/** RFC 9651 §3.3.1: integers have at most 15 digits. */
function clampInteger(value: number): number {
  const whole = Math.trunc(value);
  return Math.min(Math.max(Number.isNaN(whole) ? 0 : whole, -999_999_999_999_999), 999_999_999_999_999) + 0;
}
