import { jsonResponse, type AdminResponse } from '../message/admin-message.js';
import type { AdminNode } from '../node/admin-node.js';
import { mergeAudit } from '../node/merge-answers.js';
import { readLimit, refuseUnknown } from '../message/query.js';

/** `GET /audit?limit=&by=`: the newest invalidations, newest first: who, when, what, why, and how much it was. */
export async function listAudit(node: AdminNode, query: URLSearchParams): Promise<AdminResponse> {
  refuseUnknown(query, ['limit', 'by']);
  const limit = readLimit(query.get('limit'), 100);
  const by = query.get('by') ?? undefined;
  const { answers, nodes } = await node.ask({ kind: 'audit', limit, by });
  return jsonResponse({ invalidations: mergeAudit(answers, limit), nodes });
}
