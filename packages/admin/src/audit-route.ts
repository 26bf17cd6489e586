import { jsonResponse, type AdminResponse } from './admin-message.js';
import type { AdminNode } from './node/admin-node.js';
import { mergeAudit } from './node/merge-answers.js';
import { readLimit, refuseUnknown } from './query.js';

/** `GET /audit?limit=`: the newest invalidations, newest first: who, when, what, why, and how much it was. */
export async function listAudit(node: AdminNode, query: URLSearchParams): Promise<AdminResponse> {
  refuseUnknown(query, ['limit']);
  const limit = readLimit(query.get('limit'), 100);
  return jsonResponse({ invalidations: mergeAudit(await node.ask({ kind: 'audit', limit }), limit) });
}
