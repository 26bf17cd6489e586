import type { Cache } from '@cachewarp/core';
import { jsonResponse, type AdminResponse } from './admin-message.js';
import type { AdminSettings } from './admin-options.js';
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
  const key = query.get('key');
  if (key === null || key === '') {
    throw new ProblemError(400, 'key must be the key to explain.', { field: 'key', value: key });
  }
  return jsonResponse({ key, ...(await explainKey(cache, key)) });
}

async function explainKey(cache: Cache, key: string): Promise<{ decision: string; steps: Step[] }> {
  const report = await cache.inspect(key);
  const steps: Step[] = [];
  const last =
    report?.lastInvalidation ?? cache.history(Infinity).find((r) => r.markers.some(({ name }) => name === key));
  if (report === undefined) {
    const saw = 'no tier holds a valid entry of this key';
    steps.push({ rule: 'look up', section: 'engine: look up', saw, concluded: 'miss' });
  } else {
    steps.push({
      rule: 'look up',
      section: 'engine: look up',
      saw: `an entry in ${report.tier}`,
      concluded: 'judge it',
    });
  }
  if (last !== undefined) {
    const saw = `${last.soft ? 'expired' : 'invalidated'} at ${new Date(last.at).toISOString()} by ${last.by ?? 'unknown'}`;
    const isNewer = report === undefined || last.seq > report.position;
    const concluded = isNewer
      ? last.soft
        ? 'the entry is stale'
        : 'the entry is gone'
      : 'loaded since: does not matter';
    steps.push({ rule: 'invalidation', section: 'engine: fenced fills', saw, concluded });
  }
  if (report === undefined) return { decision: 'miss', steps };
  const { freshness, ttlLeftMs } = report;
  const seconds = Math.round(Math.abs(ttlLeftMs) / 100) / 10;
  const saw = ttlLeftMs > 0 ? `${seconds} s of its ttl left` : `its ttl ended ${seconds} s ago`;
  steps.push({ rule: 'freshness', section: 'engine: freshness and failure', saw, concluded: freshness });
  return { decision: { fresh: 'hit', stale: 'stale', expired: 'miss' }[freshness], steps };
}
