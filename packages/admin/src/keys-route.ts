import type { Cache, EntryReport, LogRecord } from '@cachewarp/core';
import { jsonResponse, type AdminResponse } from './admin-message.js';
import { keysIn } from './key-path.js';
import { ProblemError } from './problem.js';

const DEFAULT_LIMIT = 100;
const MAX_LIMIT = 1_000;
const PARAMETERS = ['prefix', 'limit', 'cursor'];

/** `GET /keys?prefix=&limit=&cursor=`: the keys in this process's memory in their order, page by page. */
export async function listKeys(cache: Cache, query: URLSearchParams): Promise<AdminResponse> {
  for (const name of query.keys()) {
    if (PARAMETERS.includes(name)) continue;
    const detail = `${name} is not a parameter (known: ${PARAMETERS.join(', ')}).`;
    throw new ProblemError(400, detail, { field: name, value: query.get(name) });
  }
  const limit = readLimit(query.get('limit'));
  const after = readCursor(query.get('cursor'));
  const keys = cache.keys(query.get('prefix') ?? '', Number.MAX_SAFE_INTEGER).toSorted();
  // A cursor names the last key seen, so that pages stay whole while entries come and go.
  const start = after === undefined ? 0 : firstBehind(keys, after);
  const page = keys.slice(start, start + limit);
  const reports = await Promise.all(page.map((key) => cache.inspect(key)));
  const hasMore = start + page.length < keys.length;
  return jsonResponse({
    keys: reports.filter((report) => report !== undefined).map(summary),
    total: keys.length,
    cursor: hasMore ? Buffer.from(page.at(-1) ?? '').toString('base64url') : null,
  });
}

/** `GET /keys/{key}`: everything known of one entry. */
export async function showKey(cache: Cache, encodedKey: string): Promise<AdminResponse> {
  const keys = keysIn(encodedKey);
  for (const key of keys) {
    const report = await cache.inspect(key);
    if (report !== undefined) return jsonResponse(details(report));
  }
  const lastInvalidation = cache
    .history(Infinity)
    .find(({ markers }) => markers.some((marker) => keys.includes(marker.name)));
  throw new ProblemError(404, 'No tier holds this key.', {
    field: 'key',
    value: keys[0],
    ...(lastInvalidation && { members: { lastInvalidation: invalidation(lastInvalidation) } }),
  });
}

function summary({ key, freshness, ageMs, ttlLeftMs, size, tags }: EntryReport): object {
  return { key, freshness, ageMs: Math.round(ageMs), ttlLeftMs: ttl(ttlLeftMs), size, tags };
}

function details(report: EntryReport): object {
  const { key, tier, loadMs, isError, position, lastInvalidation } = report;
  return {
    ...summary(report),
    key,
    tier,
    loadMs: Math.round(loadMs),
    isError,
    position,
    lastInvalidation: lastInvalidation === undefined ? null : invalidation(lastInvalidation),
  };
}

/** JSON has no Infinity: an entry that never expires has no time left to tell. */
function ttl(ms: number): number | null {
  return Number.isFinite(ms) ? Math.round(ms) : null;
}

function invalidation({ seq, markers, soft, at, by, reason }: LogRecord): object {
  const targets = markers.map(({ kind, name }) => (kind === 'all' ? 'all' : `${kind}:${name}`));
  return { targets, soft, at: new Date(at).toISOString(), by: by ?? null, reason: reason ?? null, position: seq };
}

function readLimit(text: string | null): number {
  if (text === null) return DEFAULT_LIMIT;
  const limit = /^\d{1,4}$/.test(text) ? Number(text) : 0;
  if (limit >= 1 && limit <= MAX_LIMIT) return limit;
  throw new ProblemError(400, `limit must be a whole number from 1 to ${MAX_LIMIT}.`, { field: 'limit', value: text });
}

function readCursor(text: string | null): string | undefined {
  if (text === null) return undefined;
  const key = Buffer.from(text, 'base64url').toString('utf8');
  if (key !== '' && Buffer.from(key).toString('base64url') === text) return key;
  throw new ProblemError(400, 'cursor must be one that this API gave out.', { field: 'cursor', value: text });
}

/** Index of the first key that sorts behind `after`. */
function firstBehind(keys: readonly string[], after: string): number {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (keys[middle]! <= after) low = middle + 1;
    else high = middle;
  }
  return low;
}
