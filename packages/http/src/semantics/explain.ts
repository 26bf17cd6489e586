import { requestDirectives } from './cache-control.js';
import type { RequestFacts, StoredFacts } from './facts.js';
import { judge, type DecisionStep, type Reuse } from './reuse.js';
import type { SemanticsOptions } from './semantics-options.js';
import { mayServeDisconnected, mayServeOnError } from './stale.js';
import { evaluateConditions, validatorsOf } from './validators.js';

/** A decision and how it came about. */
export interface Explanation {
  readonly decision: Reuse;
  readonly steps: readonly DecisionStep[];
}

/**
 * The decision of {@link decideReuse} step by step, by the same rules: they are run once more, watched. What follows from the decision
 * is added: the answer to the client's own condition, what the origin is asked, and what happens should it fail.
 */
export function explain(
  request: RequestFacts,
  stored: StoredFacts | undefined,
  now: number,
  options: SemanticsOptions,
): Explanation {
  const steps: DecisionStep[] = [];
  const decision = judge(request, stored, now, options, steps);
  if (stored === undefined) return { decision, steps };
  if (decision === 'hit' || decision === 'stale') {
    if (evaluateConditions(request, stored, now) === 'not-modified') {
      steps.push({
        rule: 'condition',
        section: 'RFC 9111 §4.3.2',
        saw: 'the client has this response',
        concluded: '304',
      });
    }
  } else if (decision === 'revalidate') {
    const validators = validatorsOf(stored.headers);
    steps.push({
      rule: 'validators',
      section: 'RFC 9111 §4.3.1',
      saw: validators === undefined ? 'neither ETag nor Last-Modified' : describe(validators),
      concluded: validators === undefined ? 'the origin is asked for the whole' : 'the origin is asked conditionally',
    });
    const directives = options.honourRequestDirectives ? requestDirectives(request.headers) : undefined;
    const mayServe = mayServeOnError(stored.freshness, directives, now);
    steps.push({
      rule: 'stale-if-error',
      section: 'RFC 5861 §4',
      saw: mayServe ? 'a window that is open' : 'no open window',
      concluded: mayServe ? 'served stale should the origin fail' : 'an error of the origin is passed on',
    });
    if (!mayServe && mayServeDisconnected(stored, directives, now, options)) {
      steps.push({
        rule: 'stale-if-unreachable',
        section: 'RFC 9111 §4.2.4',
        saw: 'a window of the operator’s that is open',
        concluded: 'served stale should the origin not be reached',
      });
    }
  }
  return { decision, steps };
}

function describe({ etag, lastModified }: NonNullable<ReturnType<typeof validatorsOf>>): string {
  if (etag === undefined) return `Last-Modified ${lastModified}`;
  return `ETag ${etag.isWeak ? 'W/' : ''}${etag.opaque}`;
}
