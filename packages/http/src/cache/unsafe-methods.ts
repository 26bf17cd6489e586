import type { Target } from '@cachewarp/core';
import type { HttpRequest, HttpResponse } from '../message/http-message.js';
import { invalidatedGroups } from '../semantics/groups.js';
import { invalidatedTargets, invalidates } from '../semantics/invalidation.js';
import { primaryKeyOf } from './http-key.js';
import type { HttpPolicy } from './http-policy.js';

/**
 * What an answer to an unsafe method invalidates (RFC 9111 §4.4, RFC 9875 §3): its own URI with all variants, what Location and
 * Content-Location name on the same origin, and the groups it names. Nothing for safe methods and for failures.
 */
export function targetsInvalidatedBy(request: HttpRequest, response: HttpResponse, policy: HttpPolicy): Target[] {
  if (!invalidates(request.method, response.status)) return [];
  const targets: Target[] = [];
  for (const target of invalidatedTargets(request, response.headers)) {
    targets.push({ key: primaryKeyOf(request, target, policy) });
  }
  const groups = invalidatedGroups(response.headers, `${request.scheme}://${request.authority}`);
  if (groups.length > 0) targets.push({ tags: groups });
  return targets;
}

/** Who invalidated, for the audit: the method and the path. A query may hold what does not belong in a log. */
export function invalidatedBy({ method, target }: HttpRequest): string {
  const question = target.indexOf('?');
  return `${method} ${question === -1 ? target : target.slice(0, question)}`;
}
