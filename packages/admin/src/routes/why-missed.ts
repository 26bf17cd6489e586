import type { Cache, LogRecord, MissReason } from '@cachewarp/core';
import type { Why } from '../message/admin-answers.js';
import type { MissMemory } from '../node/miss-memory.js';

/** What is known about a key that is about to be explained. */
export interface Known {
  readonly key: string;
  readonly decision: string;
  /** Rules of the steps that led to the decision. */
  readonly rules: readonly string[];
  readonly hasOtherVariants: boolean;
  /** The last invalidation that concerns what was kept, unless it was loaded since. */
  readonly invalidation: LogRecord | undefined;
}

/** Words for what the last answer was like, so that it was not kept. */
const ANSWERS_OWN: readonly MissReason[] = [
  'no-store',
  'private',
  'no-freshness',
  'set-cookie',
  'cookie',
  'authorization',
  'size',
  'status',
  'vary',
];

/** Why the decision is no hit; undefined when it is one. */
export function whyMissed(
  { key, decision, rules, hasOtherVariants, invalidation }: Known,
  cache: Cache,
  misses: MissMemory,
): Why | undefined {
  if (decision === 'hit' || decision === 'stale') return undefined;
  if (decision === 'bypass') return whyBypassed(rules);
  if (invalidation !== undefined) {
    const { by = 'unknown', at, reason, soft } = invalidation;
    const because = reason === undefined ? '' : ` (${reason})`;
    const how = soft ? 'expired' : 'invalidated';
    return { word: 'invalidated', detail: `${how} by ${by}${because} at ${new Date(at).toISOString()}` };
  }
  if (decision === 'revalidate') {
    const isForced = rules.some((rule) => rule.endsWith('no-cache'));
    const detail = isForced ? 'no-cache: it must be validated before each use' : 'what is kept is no longer fresh';
    return { word: 'expired', detail };
  }
  if (hasOtherVariants) return { word: 'vary', detail: 'only answers for other values of the fields in Vary are kept' };
  const evictedAt = misses.evictedAt(key);
  if (evictedAt !== undefined) {
    return { word: 'evicted', detail: `dropped to make room at ${new Date(evictedAt).toISOString()}` };
  }
  const last = misses.reasonOf(key);
  if (last !== undefined && ANSWERS_OWN.includes(last)) {
    return { word: last, detail: `the last answer was not kept because of: ${last}` };
  }
  return { word: 'cold', detail: 'nothing was kept for it, as far back as is remembered' };
}

function whyBypassed(rules: readonly string[]): Why {
  if (rules.includes('method')) return { word: 'method', detail: 'only GET and HEAD are answered from store' };
  if (rules.includes('cookie'))
    return { word: 'cookie', detail: 'the request has a cookie that nothing allows to share' };
  if (rules.includes('request no-store')) return { word: 'request', detail: 'the request forbids storing' };
  return { word: 'bypass', detail: 'the request goes past the cache' };
}
