import type { Cache, LogRecord } from '@cachewarp/core';
import type { Explanation, Step } from '../message/admin-answers.js';
import { jsonResponse, type AdminResponse } from '../message/admin-message.js';
import type { AdminSettings } from '../access/admin-options.js';
import type { AdminNode } from '../node/admin-node.js';
import { lastInvalidationOf, reportKeys, type KeyEntry } from '../node/key-report.js';
import { ProblemError } from '../message/problem.js';
import { refuseUnknown } from '../message/query.js';
import { whyMissed } from './why-missed.js';

/** What explanations stand on. */
export type Explained = Pick<AdminSettings, 'cache' | 'explainUrl'>;

/** `GET /explain?key=…` or `?url=…`: what a request for it would get now, and why. */
export async function explain(
  { cache, explainUrl }: Explained,
  node: AdminNode,
  query: URLSearchParams,
): Promise<AdminResponse> {
  refuseUnknown(query, ['key', 'url']);
  const url = query.get('url');
  if (url !== null && explainUrl !== undefined) {
    const explanation = await explainUrl(url);
    if (explanation !== undefined) return jsonResponse({ url, ...(await withWhy(cache, node, explanation)) });
    throw new ProblemError(400, 'url must be a URL that is served here.', { field: 'url', value: url });
  }
  const key = url === null ? query.get('key') : keyOfUrl(url);
  if (key === null || key === '') {
    throw new ProblemError(400, 'key must be the key to explain.', { field: 'key', value: key });
  }
  return jsonResponse({ ...(url !== null && { url }), key, ...(await explainKey(cache, node, key)) });
}

/** What an adapter told of a URL, as far as it concerns the reason. */
interface ToldOfUrl {
  readonly key?: string;
  readonly decision?: string;
  readonly steps?: readonly Step[];
  readonly hasOtherVariants?: boolean;
  readonly stored?: { readonly position: number } | undefined;
}

/** What an adapter explained, and beside it why that would be no hit, and the invalidation that led to it. */
async function withWhy(cache: Cache, node: AdminNode, explanation: ToldOfUrl): Promise<object> {
  const { key = '', decision = '', steps = [], hasOtherVariants = false, stored } = explanation;
  const [report] = key === '' ? [] : await reportKeys(cache, [key]);
  const last = key === '' ? undefined : lastInvalidation(cache, node, key, report?.entries ?? []);
  const invalidation = last !== undefined && (stored === undefined || last.seq > stored.position) ? last : undefined;
  const rules = steps.map(({ rule }) => rule);
  const why = whyMissed({ key, decision, rules, hasOtherVariants, invalidation }, cache, node.misses);
  const told = last === undefined ? steps : [invalidated(last, stored), ...steps];
  return { ...explanation, steps: told, why: why ?? null, kept: report !== undefined };
}

/** The key of an application's answer to GET: path and query, parameters sorted by name. */
function keyOfUrl(url: string): string {
  const target = /^(?:https?:\/\/[^/?#]+)?(\/[^#]*)?/i.exec(url)?.[1] ?? '/';
  if (!/^(?:https?:\/\/|\/)/i.test(url)) {
    throw new ProblemError(400, 'url must be a URL, or a path that begins with /.', { field: 'url', value: url });
  }
  const question = target.indexOf('?');
  if (question === -1) return `GET:${target}`;
  const nameOf = (pair: string): string => pair.split('=', 1)[0] ?? '';
  const pairs = target.slice(question + 1).split('&');
  const sorted = pairs.toSorted((one, other) =>
    nameOf(one) < nameOf(other) ? -1 : nameOf(one) > nameOf(other) ? 1 : 0,
  );
  return `GET:${target.slice(0, question)}?${sorted.join('&')}`;
}

async function explainKey(
  cache: Cache,
  node: AdminNode,
  key: string,
): Promise<Pick<Explanation, 'decision' | 'steps' | 'why' | 'kept'>> {
  const [report] = await reportKeys(cache, [key]);
  const entries = report?.entries ?? [];
  const [first] = entries;
  const steps = [lookedUp(entries)];
  const last = lastInvalidation(cache, node, key, entries);
  if (last !== undefined) steps.push(invalidated(last, first));
  if (first !== undefined) steps.push(judged(first));
  const decision = first === undefined ? 'miss' : DECISIONS[first.freshness];
  const invalidation = last !== undefined && (first === undefined || last.seq > first.position) ? last : undefined;
  const isExpired = first !== undefined && decision === 'miss';
  const known = {
    key,
    decision: isExpired ? 'revalidate' : decision,
    rules: [],
    hasOtherVariants: false,
    invalidation,
  };
  return { decision, steps, why: whyMissed(known, cache, node.misses) ?? null, kept: first !== undefined };
}

/** The last invalidation of what is there, or else of what was there. */
function lastInvalidation(
  cache: Cache,
  { misses }: AdminNode,
  key: string,
  entries: readonly KeyEntry[],
): LogRecord | undefined {
  if (entries.length > 0) return lastInvalidationOf(cache, key, entries);
  const before = misses.storedBefore(key);
  if (before !== undefined) return lastInvalidationOf(cache, key, [before]);
  // What was never stored was not dropped by a purge of everything: only one that names the key says something of it.
  const last = lastInvalidationOf(cache, key, []);
  return last?.markers.some(({ kind }) => kind === 'key') === true ? last : undefined;
}

const DECISIONS = { fresh: 'hit', stale: 'stale', expired: 'miss' } as const;

function judged({ freshness, ttlLeftMs }: KeyEntry): Step {
  const seconds = Math.round(Math.abs(ttlLeftMs) / 100) / 10;
  const saw = ttlLeftMs > 0 ? `${seconds} s of its ttl left` : `its ttl ended ${seconds} s ago`;
  return { rule: 'freshness', section: 'engine: freshness and failure', saw, concluded: freshness };
}

function lookedUp(entries: readonly KeyEntry[]): Step {
  const step = { rule: 'look up', section: 'engine: look up' };
  const [first] = entries;
  if (first === undefined) return { ...step, saw: 'no tier holds a valid entry of this key', concluded: 'miss' };
  if (first.variant === undefined) return { ...step, saw: `an entry in ${first.tier}`, concluded: 'judge it' };
  const variants = entries.map(({ variant }) => variant).join('; ');
  const saw = `${entries.length} in ${first.tier}, told apart by more than the key: ${variants}`;
  return { ...step, saw, concluded: 'judge the one that is fresh for longest; a request of another kind misses' };
}

function invalidated(last: LogRecord, entry: Pick<KeyEntry, 'position'> | undefined): Step {
  const how = last.soft ? 'expired' : 'invalidated';
  const saw = `${how} at ${new Date(last.at).toISOString()} by ${last.by ?? 'unknown'}`;
  const step = { rule: 'invalidation', section: 'engine: fenced fills', saw };
  if (entry !== undefined && last.seq <= entry.position) return { ...step, concluded: 'loaded since: does not matter' };
  return { ...step, concluded: last.soft ? 'the entry is stale' : 'the entry is gone' };
}
