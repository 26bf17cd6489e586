import { checkTags, type EventBus } from '@cachewarp/core';
import type { ResponseFacts } from '../semantics/facts.js';
import { tagsOf, type TagList } from '../semantics/groups.js';
import type { Walk } from './fill.js';

/**
 * The tags of an answer: those it gives itself, and the policy's. Where the policy's own function fails, the answer must not be stored,
 * since it could not be invalidated: it counts as truncated, and the fault is told.
 */
export function tagsOfHead({ keyed, policy }: Walk, response: ResponseFacts, events: EventBus): TagList {
  const { request, primary } = keyed;
  const own = tagsOf(response.headers, `${request.scheme}://${request.authority}`);
  let given = policy.tags;
  if (policy.tagsOf !== undefined) {
    try {
      given = checkTags('tags', policy.tagsOf(request, response));
    } catch (error) {
      events.emit('policyError', { key: primary, error });
      return { tags: own.tags, isTruncated: true };
    }
  }
  if (given.length === 0) return own;
  return { tags: [...new Set([...own.tags, ...given])], isTruncated: own.isTruncated };
}
