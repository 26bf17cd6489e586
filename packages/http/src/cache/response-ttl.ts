import { parseDuration, type EventBus } from '@cachewarp/core';
import type { ResponseFacts } from '../semantics/facts.js';
import type { Freshness } from '../semantics/freshness.js';
import type { SemanticsOptions } from '../semantics/semantics-options.js';
import { governingDirectives } from '../semantics/targeted.js';
import type { Walk } from './fill.js';
import type { AdaptiveUse } from './http-adaptive-options.js';

/** The rules for one answer. */
export interface AnswerRules {
  readonly semantics: SemanticsOptions;
  /** What they are adaptive for; where the answer states a lifetime that holds, still nothing is chosen: see {@link adaptiveUse}. */
  readonly adaptive: AdaptiveUse;
}

/** Until it is chosen, an adaptive lifetime is taken to be this: never less than what will be chosen. */
const PROVISIONAL_MS = 7 * 24 * 60 * 60 * 1000;

/**
 * The rules for one answer: those of the request, with the lifetime that the policy's function reads from the answer, or that will be
 * chosen by what is seen of it. Where that function fails, no lifetime is invented, and the fault is told.
 */
export function rulesOfAnswer(walk: Walk, response: ResponseFacts, events: EventBus): AnswerRules {
  const { keyed, policy, semantics } = walk;
  try {
    const ttl = policy.defaultTtlOf?.(keyed.request, response);
    if (ttl === undefined) return adaptiveRules(walk, response);
    const ms = parseDuration('defaultTtl', ttl);
    const ttlByStatusMs = { ...semantics.ttlByStatusMs, [response.status]: ms };
    return { semantics: { ...semantics, defaultTtlMs: ms, ttlByStatusMs }, adaptive: 'no' };
  } catch (error) {
    events.emit('policyError', { key: keyed.primary, error });
    return { semantics: { ...semantics, defaultTtlMs: undefined, ttlByStatusMs: {} }, adaptive: 'no' };
  }
}

/** What becomes of the lifetime of an answer, now that it is known where it comes from. */
export function adaptiveUse({ semantics, adaptive }: AnswerRules, status: number, { source }: Freshness): AdaptiveUse {
  if (adaptive !== 'chosen') return adaptive;
  if (source === 'rule') return 'chosen';
  if (source === 'default') return semantics.ttlByStatusMs[status] === undefined ? 'chosen' : 'no';
  return semantics.ttlMode === 'tighten' && source !== 'none' ? 'chosen' : 'no';
}

function adaptiveRules(walk: Walk, response: ResponseFacts): AnswerRules {
  const { policy, semantics } = walk;
  const { adaptive } = policy;
  if (adaptive === undefined || !mayAdapt(walk, response)) return { semantics, adaptive: 'no' };
  if (!adaptive.isOn) return { semantics, adaptive: 'watched' };
  const ms = Math.max(PROVISIONAL_MS, adaptive.settings.minMs ?? 0, adaptive.settings.maxMs ?? 0);
  const bent = semantics.ttlMode === 'respect' ? {} : { ttlMs: ms };
  return { semantics: { ...semantics, ...bent, defaultTtlMs: ms }, adaptive: 'chosen' };
}

/**
 * Nothing is invented for what is somebody's own, or was not to be kept, whatever switch would let it be; and a failure, or a part, is not
 * what the object is.
 */
function mayAdapt({ keyed, semantics }: Walk, { status, headers }: ResponseFacts): boolean {
  if (status >= 400 || status === 206) return false;
  if (headers.has('set-cookie') || keyed.request.headers.has('authorization')) return false;
  const { directives } = governingDirectives(headers, semantics.targets);
  return !directives.private && !directives.noStore;
}
