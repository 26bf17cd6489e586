import { cursorBehind, firstBehind, ProblemError, readCursor } from '@cachewarp/admin';
import type { Cache } from '@cachewarp/core';
import { jsonAnswer, type Answer } from '../message/answer.js';
import type { Call } from './call.js';

const MAX_LIMIT = 10_000;
const DEFAULT_LIMIT = 1000;
const PARAMETERS = ['prefix', 'limit', 'cursor'];

/** `GET /cache?prefix=&limit=&cursor=`: the keys in this process's memory in their order, page by page. */
export function listEntries({ head, guest }: Call, cache: Cache): Answer {
  const query = new URLSearchParams(head.query ?? '');
  for (const name of query.keys()) {
    if (PARAMETERS.includes(name)) continue;
    throw new ProblemError(400, `${name} is not a parameter (known: ${PARAMETERS.join(', ')}).`, {
      field: name,
      value: query.get(name),
    });
  }
  const limit = readLimit(query.get('limit'));
  const cursor = query.get('cursor');
  const after = cursor === null ? undefined : readCursor(cursor, 'this service');
  const { room } = guest;
  const keys = cache
    .keys(room.inside(query.get('prefix') ?? ''), Infinity)
    .map((key) => room.outside(key))
    .sort();
  const start = after === undefined ? 0 : firstBehind(keys, after);
  const page = keys.slice(start, start + limit);
  const hasMore = start + page.length < keys.length;
  return jsonAnswer({
    keys: page,
    total: keys.length,
    cursor: hasMore ? cursorBehind(page.at(-1)!) : null,
  });
}

function readLimit(text: string | null): number {
  if (text === null) return DEFAULT_LIMIT;
  const limit = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (limit >= 1 && limit <= MAX_LIMIT) return limit;
  throw new ProblemError(400, `limit must be a whole number from 1 to ${MAX_LIMIT}.`, { field: 'limit', value: text });
}
