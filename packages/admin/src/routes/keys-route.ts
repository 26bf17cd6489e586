import type { KeyAnswer, KeyPage } from '../message/admin-answers.js';
import { jsonResponse, type AdminResponse } from '../message/admin-message.js';
import { cursorBehind, readCursor } from '../message/key-cursor.js';
import { keysIn } from '../message/key-path.js';
import type { AdminNode } from '../node/admin-node.js';
import { mergeKeys } from '../node/merge-answers.js';
import { ProblemError } from '../message/problem.js';
import { readLimit, refuseUnknown } from '../message/query.js';

const DEFAULT_LIMIT = 100;

/** `GET /keys?prefix=&limit=&cursor=`: the keys in memory in their order, page by page. */
export async function listKeys(node: AdminNode, query: URLSearchParams): Promise<AdminResponse> {
  refuseUnknown(query, ['prefix', 'limit', 'cursor']);
  const limit = readLimit(query.get('limit'), DEFAULT_LIMIT);
  const cursor = query.get('cursor');
  const after = cursor === null ? undefined : readCursor(cursor, 'this API');
  const prefix = query.get('prefix') ?? '';
  // One more than is shown tells whether there is a next page.
  const { answers, nodes } = await node.ask({ kind: 'keys', prefix, after, limit: limit + 1 });
  const { keys, total } = mergeKeys(answers, limit + 1);
  const page = keys.slice(0, limit);
  const hasMore = keys.length > page.length;
  const last = hasMore ? page.at(-1) : undefined;
  const answer: KeyPage = { keys: page, total, cursor: last === undefined ? null : cursorBehind(last.key) };
  return jsonResponse({ ...answer, nodes });
}

/** `GET /keys/{key}`: everything known of one key. */
export async function showKey(node: AdminNode, encodedKey: string): Promise<AdminResponse> {
  const keys = keysIn(encodedKey);
  const { answers, nodes } = await node.ask({ kind: 'key', keys });
  const found = answers.flatMap(({ details }) => (details === undefined ? [] : [details]));
  // What lies in a store that they share, each of them finds.
  const held = found.filter(({ tier }) => tier === 'memory');
  const lastInvalidation = answers.find((answer) => answer.lastInvalidation)?.lastInvalidation ?? null;
  const first = held[0] ?? found[0];
  if (first !== undefined) {
    const answer: KeyAnswer = { ...first, heldBy: held.length, lastInvalidation };
    return jsonResponse({ ...answer, nodes });
  }
  throw new ProblemError(404, 'Nothing is kept under this key.', {
    field: 'key',
    value: keys[0],
    ...(lastInvalidation && { members: { lastInvalidation } }),
  });
}
