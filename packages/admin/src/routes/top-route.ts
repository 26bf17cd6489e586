import { jsonResponse, type AdminResponse } from '../message/admin-message.js';
import type { AdminNode } from '../node/admin-node.js';
import { mergeTop } from '../node/merge-answers.js';
import { readLimit, refuseUnknown } from '../message/query.js';

/** `GET /top?limit=`: the keys that lead by requests, misses, bytes served from the cache, and time of the origin saved. */
export async function topKeys(node: AdminNode, query: URLSearchParams): Promise<AdminResponse> {
  refuseUnknown(query, ['limit']);
  const limit = readLimit(query.get('limit'), 20);
  const { answers, nodes } = await node.ask({ kind: 'top', limit });
  return jsonResponse({ ...mergeTop(answers, limit), nodes });
}
