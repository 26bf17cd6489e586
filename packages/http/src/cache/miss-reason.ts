import { MISS_REASONS, type MissReason } from '@cachewarp/core';
import type { HeaderFields } from '../message/headers.js';
import type { RequestFacts, StoredFacts } from '../semantics/facts.js';
import { judge, type DecisionStep } from '../semantics/reuse.js';
import type { SemanticsOptions } from '../semantics/semantics-options.js';

/** What is said more finely where an answer is judged, in the words that everybody is told. */
const BY_REFUSAL: Readonly<Record<string, MissReason>> = {
  interim: 'status',
  'not-modified': 'status',
  'request-specific': 'status',
  'invalid-range': 'status',
  'not-understood': 'status',
  'request-no-store': 'request',
  'vary-star': 'vary',
  length: 'size',
  'too-large': 'size',
  'too-many-tags': 'size',
  rule: 'bypass',
};

/** The reason of a request whose answer could not be stored, from the word for why. */
export function refusalReason(why: string): MissReason {
  return isMissReason(why) ? why : (BY_REFUSAL[why] ?? 'no-store');
}

/** Why {@link decideReuse} said `bypass`: the same rules are run once more, watched. */
export function bypassReason(
  request: RequestFacts,
  stored: StoredFacts | undefined,
  now: number,
  options: SemanticsOptions,
): MissReason {
  const steps: DecisionStep[] = [];
  judge(request, stored, now, options, steps);
  const { rule = '' } = steps.at(-1) ?? {};
  if (rule === 'request no-store') return 'request';
  return isMissReason(rule) ? rule : 'bypass';
}

/** The reason that our member of Cache-Status gives; undefined where it gives none, as for a hit. */
export function missReasonIn(headers: HeaderFields): MissReason | undefined {
  const status = headers.getAll('cache-status').at(-1) ?? '';
  const reason = /;detail=([a-z-]+)$/.exec(status)?.[1] ?? /;fwd=([a-z-]+)/.exec(status)?.[1];
  return reason !== undefined && isMissReason(reason) ? reason : undefined;
}

function isMissReason(word: string): word is MissReason {
  return (MISS_REASONS as readonly string[]).includes(word);
}
