import type { Cache, LogRecord } from '@cachewarp/core';
import { jsonResponse, type AdminResponse } from './admin-message.js';
import type { AdminSettings } from './admin-options.js';
import { lastInvalidationOf, reportKeys, type KeyEntry } from './key-report.js';
import { ProblemError } from './problem.js';

/** One step of a decision: the rule, where it is written down, what was seen, what followed. */
interface Step {
  readonly rule: string;
  readonly section: string;
  readonly saw: string;
  readonly concluded: string;
}

/** What explanations stand on. */
export type Explained = Pick<AdminSettings, 'cache' | 'explainUrl'>;

const PARAMETERS = ['key', 'url'];

/** `GET /explain?key=…` or `?url=…`: what a request for it would get now, and why. */
export async function explain({ cache, explainUrl }: Explained, query: URLSearchParams): Promise<AdminResponse> {
  for (const name of query.keys()) {
    if (PARAMETERS.includes(name)) continue;
    throw new ProblemError(400, `${name} is not a parameter (known: key, url).`, {
      field: name,
      value: query.get(name),
    });
  }
  const url = query.get('url');
  if (url !== null && explainUrl !== undefined) {
    const explanation = await explainUrl(url);
    if (explanation !== undefined) return jsonResponse({ url, ...explanation });
    throw new ProblemError(400, 'url must be a URL that is served here.', { field: 'url', value: url });
  }
  const key = url === null ? query.get('key') : keyOfUrl(url);
  if (key === null || key === '') {
    throw new ProblemError(400, 'key must be the key to explain.', { field: 'key', value: key });
  }
  return jsonResponse({ ...(url !== null && { url }), key, ...(await explainKey(cache, key)) });
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

async function explainKey(cache: Cache, key: string): Promise<{ decision: string; steps: Step[] }> {
  const [report] = await reportKeys(cache, [key]);
  const entries = report?.entries ?? [];
  const steps = [lookedUp(entries)];
  const last = lastInvalidationOf(cache, key, entries);
  const [first] = entries;
  if (last !== undefined) steps.push(invalidated(last, first));
  if (first === undefined) return { decision: 'miss', steps };
  const { freshness, ttlLeftMs } = first;
  const seconds = Math.round(Math.abs(ttlLeftMs) / 100) / 10;
  const saw = ttlLeftMs > 0 ? `${seconds} s of its ttl left` : `its ttl ended ${seconds} s ago`;
  steps.push({ rule: 'freshness', section: 'engine: freshness and failure', saw, concluded: freshness });
  return { decision: { fresh: 'hit', stale: 'stale', expired: 'miss' }[freshness], steps };
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

function invalidated(last: LogRecord, entry: KeyEntry | undefined): Step {
  const how = last.soft ? 'expired' : 'invalidated';
  const saw = `${how} at ${new Date(last.at).toISOString()} by ${last.by ?? 'unknown'}`;
  const step = { rule: 'invalidation', section: 'engine: fenced fills', saw };
  if (entry !== undefined && last.seq <= entry.position) return { ...step, concluded: 'loaded since: does not matter' };
  return { ...step, concluded: last.soft ? 'the entry is stale' : 'the entry is gone' };
}
