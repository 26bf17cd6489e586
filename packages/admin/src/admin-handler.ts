import { createMetrics } from '@cachewarp/metrics';
import { AdminGuard } from './admin-guard.js';
import type { AdminRequest, AdminResponse } from './admin-message.js';
import {
  readAdminOptions,
  type AdminOptions,
  type AdminPart,
  type AdminSettings,
  type MetricsSource,
} from './admin-options.js';
import { explain } from './explain-route.js';
import { deleteKey, invalidate } from './invalidate-route.js';
import { listKeys, showKey } from './keys-route.js';
import { ProblemError, problemResponse } from './problem.js';
import { tooLarge } from './read-body.js';
import { health, live, metricsOfCache, metricsText, ready, statsOfCache } from './report-routes.js';

/** The admin API as a function. It never rejects: errors are answers, too. */
export interface AdminHandler {
  (request: AdminRequest): Promise<AdminResponse>;
  /** Whether the path of a request target is one of the admin API's. */
  claims(target: string): boolean;
}

/** A request that has found its part: `rest` is the target behind the part's path, query included. */
interface Call {
  readonly request: AdminRequest;
  readonly rest: string;
}

/** What one part does with one method and the rest of the path. */
interface Route {
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** Whether it is about this rest of the target. */
  matches(rest: string): boolean;
  answer(call: Call): AdminResponse | Promise<AdminResponse>;
}

/**
 * The admin API over one cache: health, metrics, keys, invalidation, explanation. Free of any framework: give it requests,
 * send its answers.
 *
 * @throws InvalidOptionError naming the first faulty option and its value
 */
export function createAdminHandler(options: AdminOptions): AdminHandler {
  const settings = readAdminOptions(options);
  const guard = new AdminGuard(settings);
  const routes = routesOf(settings);
  const find = (target: string): { part: AdminPart; rest: string } | undefined => findPart(settings, target);

  const handle = async (request: AdminRequest): Promise<AdminResponse> => {
    try {
      const found = find(request.target);
      if (found === undefined) throw notFound(request);
      guard.check(request, found.part);
      const candidates = routes[found.part].filter((route) => route.matches(found.rest));
      if (candidates.length === 0) throw notFound(request);
      const method = request.method === 'HEAD' ? 'GET' : request.method;
      const route = candidates.find((candidate) => candidate.method === method);
      if (route === undefined) throw notAllowed(request, candidates);
      return await route.answer({ request, rest: found.rest });
    } catch (error) {
      const response = problemResponse(error);
      if (response.status === 500) settings.onError(error);
      return response;
    }
  };
  return Object.assign(handle, { claims: (target: string) => find(target) !== undefined });
}

function routesOf(settings: AdminSettings): Record<AdminPart, readonly Route[]> {
  const { cache } = settings;
  let own: MetricsSource | undefined = settings.metrics;
  const metrics = (): MetricsSource => (own ??= createMetrics({ cache }));
  return {
    health: [
      get([''], () => health(cache)),
      get(['/ready'], () => ready(cache, settings.isReady)),
      get(['/live'], () => live()),
    ],
    metrics: [get([''], () => metricsText(metrics())), get(['/cache'], () => metricsOfCache(cache))],
    stats: [get([''], () => statsOfCache(cache))],
    keys: [
      get([''], ({ rest }) => listKeys(cache, queryOf(rest))),
      { method: 'GET', matches: isItem, answer: ({ rest }) => showKey(cache, rest.slice(1)) },
    ],
    invalidate: [
      {
        method: 'POST',
        matches: (rest) => pathOf(rest) === '',
        answer: async ({ request }) => invalidate(cache, await readBody(request, settings.maxBodyBytes)),
      },
      { method: 'DELETE', matches: isItem, answer: ({ rest }) => deleteKey(cache, rest.slice(1)) },
    ],
    explain: [get([''], ({ rest }) => explain(settings, queryOf(rest)))],
  };
}

function get(rests: readonly string[], answer: Route['answer']): Route {
  return { method: 'GET', matches: (rest) => rests.includes(pathOf(rest)), answer };
}

/** `/…` behind the part's path: a key, in which `?` belongs to the key. */
function isItem(rest: string): boolean {
  return rest.startsWith('/');
}

/** The part whose path the target begins with; the longest such path, so that parts may lie below each other. */
function findPart({ paths }: AdminSettings, target: string): { part: AdminPart; rest: string } | undefined {
  let best: { part: AdminPart; rest: string } | undefined;
  for (const [part, path] of Object.entries(paths) as [AdminPart, string | undefined][]) {
    if (path === undefined || !target.startsWith(path)) continue;
    const rest = target.slice(path.length);
    if (rest !== '' && rest[0] !== '/' && rest[0] !== '?') continue;
    if (best === undefined || rest.length < best.rest.length) best = { part, rest };
  }
  return best;
}

function pathOf(rest: string): string {
  const question = rest.indexOf('?');
  return question === -1 ? rest : rest.slice(0, question);
}

function queryOf(rest: string): URLSearchParams {
  const question = rest.indexOf('?');
  return new URLSearchParams(question === -1 ? '' : rest.slice(question + 1));
}

async function readBody(request: AdminRequest, maxBytes: number): Promise<Uint8Array> {
  const body = (await request.body?.(maxBytes)) ?? new Uint8Array();
  // A reader of the caller's own may not know the limit.
  if (body.length > maxBytes) throw tooLarge(maxBytes);
  return body;
}

function notFound({ target }: AdminRequest): ProblemError {
  return new ProblemError(404, 'The admin API has nothing at this path.', { field: 'path', value: pathOf(target) });
}

function notAllowed({ method }: AdminRequest, candidates: readonly Route[]): ProblemError {
  const methods = candidates.flatMap((route) => (route.method === 'GET' ? ['GET', 'HEAD'] : [route.method]));
  const headers = { allow: methods.join(', ') };
  return new ProblemError(405, `The method must be one of ${headers.allow}.`, {
    field: 'method',
    value: method,
    headers,
  });
}
