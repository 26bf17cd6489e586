import type { Cache, LogRecord } from '@cachewarp/core';
import { jsonResponse, type AdminResponse } from './admin-message.js';
import { keysIn } from './key-path.js';
import { keysOf, lastInvalidationOf, reportKeys, type KeyEntry, type KeyReport } from './key-report.js';
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
  const keys = keysOf(cache, query.get('prefix') ?? '');
  // A cursor names the last key seen, so that pages stay whole while entries come and go.
  const start = after === undefined ? 0 : firstBehind(keys, after);
  const page = keys.slice(start, start + limit);
  const hasMore = start + page.length < keys.length;
  return jsonResponse({
    keys: (await reportKeys(cache, page)).map(summary),
    total: keys.length,
    cursor: hasMore ? Buffer.from(page.at(-1) ?? '').toString('base64url') : null,
  });
}

/** `GET /keys/{key}`: everything known of one key. */
export async function showKey(cache: Cache, encodedKey: string): Promise<AdminResponse> {
  const keys = keysIn(encodedKey);
  const [report] = await reportKeys(cache, keys);
  if (report !== undefined) {
    const last = lastInvalidationOf(cache, report.key, report.entries);
    return jsonResponse({ ...details(report), lastInvalidation: last === undefined ? null : invalidation(last) });
  }
  const last = keys.map((key) => lastInvalidationOf(cache, key, [])).find((record) => record !== undefined);
  throw new ProblemError(404, 'Nothing is kept under this key.', {
    field: 'key',
    value: keys[0],
    ...(last && { members: { lastInvalidation: invalidation(last) } }),
  });
}

function summary({ key, entries }: KeyReport): object {
  const [first] = entries as [KeyEntry, ...KeyEntry[]];
  const size = entries.reduce((sum, entry) => sum + entry.size, 0);
  const tags = [...new Set(entries.flatMap((entry) => entry.tags))];
  return { key, entries: entries.length, ...times(first), size, tags };
}

function details({ key, entries }: KeyReport): object {
  const [first] = entries as [KeyEntry, ...KeyEntry[]];
  const isPlain = entries.length === 1 && first.variant === undefined;
  return {
    key,
    ...entryDetails(first),
    variants: isPlain ? [] : entries.map((entry) => ({ variant: entry.variant, ...entryDetails(entry) })),
  };
}

function entryDetails({ tier, size, tags, loadMs, isError, position, ...entry }: KeyEntry): object {
  return { tier, ...times(entry), size, tags, loadMs: Math.round(loadMs), isError, position };
}

function times({ freshness, ageMs, ttlLeftMs }: Pick<KeyEntry, 'freshness' | 'ageMs' | 'ttlLeftMs'>): object {
  return { freshness, ageMs: Math.round(ageMs), ttlLeftMs: ttl(ttlLeftMs) };
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
