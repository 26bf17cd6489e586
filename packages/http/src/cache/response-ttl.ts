import { parseDuration, type EventBus } from '@cachewarp/core';
import type { ResponseFacts } from '../semantics/facts.js';
import type { SemanticsOptions } from '../semantics/semantics-options.js';
import type { Walk } from './fill.js';

/**
 * The rules for one answer: those of the request, with the lifetime that the policy's function reads from the answer. Where that
 * function fails, no lifetime is invented, and the fault is told.
 */
export function semanticsOfAnswer(
  { keyed, policy, semantics }: Walk,
  response: ResponseFacts,
  events: EventBus,
): SemanticsOptions {
  if (policy.defaultTtlOf === undefined) return semantics;
  try {
    const ttl = policy.defaultTtlOf(keyed.request, response);
    if (ttl === undefined) return semantics;
    const ms = parseDuration('defaultTtl', ttl);
    return { ...semantics, defaultTtlMs: ms, ttlByStatusMs: { ...semantics.ttlByStatusMs, [response.status]: ms } };
  } catch (error) {
    events.emit('policyError', { key: keyed.primary, error });
    return { ...semantics, defaultTtlMs: undefined, ttlByStatusMs: {} };
  }
}
