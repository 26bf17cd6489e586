import type { Cache, Target } from '@cachewarp/core';
import type { Invalidated } from '../message/admin-answers.js';
import { jsonResponse, type AdminResponse } from '../message/admin-message.js';
import { keysIn } from '../message/key-path.js';
import type { AdminNode } from '../node/admin-node.js';
import { mergeAffected } from '../node/merge-answers.js';
import { ProblemError } from '../message/problem.js';

/** What `POST /invalidate` takes: exactly one of the first six. */
interface Order {
  readonly targets: readonly Target[];
  readonly soft: boolean;
  readonly dryRun: boolean;
  readonly reason: string | undefined;
}

const TARGET_FIELDS = ['key', 'keys', 'prefix', 'tag', 'tags', 'all'] as const;
const FIELDS: readonly string[] = [...TARGET_FIELDS, 'soft', 'dryRun', 'reason'];
const MAX_NAMES = 1_000;
const MAX_NAME_LENGTH = 8_192;
const MAX_REASON_LENGTH = 512;
/** Keys that a dry run lists. */
const PREVIEW = 100;
const BY = 'admin API';

/**
 * `DELETE /invalidate/{key}`. It succeeds whether or not the key was there: afterwards it is not, and a load that was running
 * will not bring it back, either.
 */
export async function deleteKey(node: AdminNode, cache: Cache, encodedKey: string): Promise<AdminResponse> {
  const keys = keysIn(encodedKey);
  const targets = keys.map((key) => ({ key }));
  const { answers } = await node.ask({ kind: 'affected', targets, maxKeys: 0 });
  const { entries } = mergeAffected(answers, 0);
  const position = lastPosition(cache);
  await cache.invalidate(keys, { by: BY });
  node.audit.note(BY, entries, position);
  return jsonResponse({ message: 'Cache key deleted' });
}

/** `POST /invalidate`: answers how many targets were named and how many entries in memory they concerned. */
export async function invalidate(node: AdminNode, cache: Cache, body: Uint8Array): Promise<AdminResponse> {
  const { targets, soft, dryRun, reason } = readOrder(parseJson(body));
  const maxKeys = dryRun ? PREVIEW : 0;
  const { answers } = await node.ask({ kind: 'affected', targets, maxKeys });
  const affected = mergeAffected(answers, maxKeys);
  if (!dryRun) {
    const details = { by: BY, reason };
    const position = lastPosition(cache);
    await (soft ? cache.expire(targets, details) : cache.invalidate(targets, details));
    node.audit.note(BY, affected.entries, position);
  }
  const { entries, keys } = affected;
  const answer: Invalidated = { targets: targets.length, entries, soft, dryRun, ...(dryRun && { keys }) };
  return jsonResponse(answer);
}

/** Place of the newest invalidation. */
function lastPosition(cache: Cache): number {
  return cache.history(1)[0]?.seq ?? 0;
}

function parseJson(body: Uint8Array): unknown {
  const text = Buffer.from(body).toString('utf8');
  try {
    return JSON.parse(text);
  } catch {
    // What the parser says depends on the runtime; that it is no JSON is all there is to tell.
    throw new ProblemError(400, 'The body must be JSON.', { field: 'body', value: text.slice(0, 200) });
  }
}

function readOrder(body: unknown): Order {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw new ProblemError(400, 'The body must be a JSON object.', { field: 'body', value: body });
  }
  const order = body as Record<string, unknown>;
  for (const name of Object.keys(order)) {
    if (!FIELDS.includes(name)) throw faulty(name, order[name], `is not known (known: ${FIELDS.join(', ')})`);
  }
  const given = TARGET_FIELDS.filter((name) => order[name] !== undefined);
  if (given.length !== 1) {
    const detail = `The body must name exactly one of ${TARGET_FIELDS.join(', ')}.`;
    throw new ProblemError(400, detail, { field: 'body', value: given });
  }
  const { reason } = order;
  if (reason !== undefined && (typeof reason !== 'string' || reason.length > MAX_REASON_LENGTH)) {
    throw faulty('reason', reason, `must be text of at most ${MAX_REASON_LENGTH} characters`);
  }
  return {
    targets: readTargets(given[0]!, order[given[0]!]),
    soft: readSwitch('soft', order['soft']),
    dryRun: readSwitch('dryRun', order['dryRun']),
    reason,
  };
}

function readTargets(name: (typeof TARGET_FIELDS)[number], value: unknown): readonly Target[] {
  switch (name) {
    case 'key':
      return [{ key: readName(name, value) }];
    case 'keys':
      return readNames(name, value).map((key) => ({ key }));
    case 'prefix':
      return [{ prefix: readName(name, value) }];
    case 'tag':
      return [{ tag: readName(name, value) }];
    case 'tags':
      return readNames(name, value).map((tag) => ({ tag }));
    case 'all':
      if (value !== true) throw faulty(name, value, 'must be true');
      return [{ all: true }];
  }
}

function readNames(field: string, value: unknown): string[] {
  if (!Array.isArray(value) || value.length === 0 || value.length > MAX_NAMES) {
    throw faulty(field, value, `must be a list of 1 to ${MAX_NAMES}`);
  }
  return value.map((name, index) => readName(`${field}[${index}]`, name));
}

function readName(field: string, value: unknown): string {
  if (typeof value === 'string' && value.length >= 1 && value.length <= MAX_NAME_LENGTH) return value;
  throw faulty(field, value, `must be text of 1 to ${MAX_NAME_LENGTH} characters`);
}

function readSwitch(field: string, value: unknown): boolean {
  if (value === undefined || typeof value === 'boolean') return value ?? false;
  throw faulty(field, value, 'must be true or false');
}

function faulty(field: string, value: unknown, expectation: string): ProblemError {
  return new ProblemError(400, `${field} ${expectation}.`, { field, value });
}
