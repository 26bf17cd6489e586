import { CacheClosedError, type Cache, type Target } from '@cachewarp/core';
import { HeaderFields, invalidatedTargets, invalidates, isSafeMethod } from '@cachewarp/http';
import type { Context } from 'koa';
import type { KoaCacheSettings } from './koa-cache-settings.js';
import { KoaRequest } from './koa-request.js';
import { collectionOf, pathOf, pathTag } from './path-tag.js';

/** Whether a method may change something: whatever is not GET, HEAD, OPTIONS or TRACE. */
export function isUnsafe(method: string): boolean {
  return !isSafeMethod(method);
}

/** Whether an answer says that the change was made: 2xx and 3xx (RFC 9111 section 4.4). */
export function hasChanged(ctx: Context): boolean {
  return invalidates(ctx.method, ctx.status);
}

/**
 * What a change invalidates by itself: the answers under its path, under what Location and Content-Location name on this host, and
 * under the path of its collection.
 */
export function changedBy(ctx: Context, extent: KoaCacheSettings['invalidate']): Target[] {
  if (extent === false) return [];
  const request = new KoaRequest(ctx, false);
  const fields = HeaderFields.fromObject({
    Location: ctx.response.get('Location') || undefined,
    'Content-Location': ctx.response.get('Content-Location') || undefined,
  });
  const paths = new Set([pathOf(request.target), ...invalidatedTargets(request, fields).map(pathOf)]);
  if (extent === 'collection') {
    const collection = collectionOf(pathOf(request.target));
    if (collection !== undefined) paths.add(collection);
  }
  // The tags reach every answer under the paths; the keys let people who ask for one read by whom it was dropped.
  const tags = [...new Set([...paths].map(pathTag))];
  return [...tags.map((tag) => ({ tag })), ...[...paths].map((path) => ({ key: `GET:${path}` }))];
}

/** Invalidates, and says for the audit by which request. */
export async function invalidateFor(ctx: Context, cache: Cache, targets: readonly Target[]): Promise<void> {
  if (targets.length === 0) return;
  try {
    await cache.invalidate(targets, { by: `${ctx.method} ${pathOf(ctx.originalUrl)}` });
  } catch (error) {
    // A closed cache serves nothing any more, so nothing stale either; the change itself was made and is answered.
    if (!(error instanceof CacheClosedError)) throw error;
  }
}
