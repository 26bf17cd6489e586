import { createMetrics, type Metrics, type MetricsSnapshot } from '@cachewarp/metrics';
import { AdminGuard } from '../access/admin-guard.js';
import type { AdminRequest, AdminResponse } from '../message/admin-message.js';
import { readAdminOptions, type AdminOptions, type AdminPart, type AdminSettings } from '../access/admin-options.js';
import { listAudit } from '../routes/audit-route.js';
import { dashboardFile } from '../routes/dashboard-route.js';
import { openEvents } from '../routes/events-route.js';
import { EventHub } from '../events/event-hub.js';
import { explain } from '../routes/explain-route.js';
import { deleteKey, invalidate } from '../routes/invalidate-route.js';
import { listKeys, showKey } from '../routes/keys-route.js';
import { AdminNode } from '../node/admin-node.js';
import type { AdminQuestion, NodeAnswer } from '../node/admin-question.js';
import { openapiDocument } from '../routes/openapi-route.js';
import { ProblemError, problemResponse } from '../message/problem.js';
import { tooLarge } from '../message/read-body.js';
import { health, live, metricsOfCache, metricsText, ready, statsOfCache } from '../routes/report-routes.js';
import { hubSource } from '../routes/hub-source.js';
import { topKeys } from '../routes/top-route.js';

/** The admin API as a function. It never rejects: errors are answers, too. */
export interface AdminHandler {
  (request: AdminRequest): Promise<AdminResponse>;
  /** Whether the path of a request target is one of the admin API's. */
  claims(target: string): boolean;
  /** Answers a question of a peer for this process; see the option `peers`. */
  answer(question: AdminQuestion): Promise<NodeAnswer>;
  /** Ends the streams of events, and stops listening to the cache. The cache is not touched. */
  close(): void;
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

/** What the routes work with. */
interface Parts {
  readonly settings: AdminSettings;
  readonly node: AdminNode;
  readonly hub: EventHub;
  readonly metrics: () => NonNullable<AdminSettings['metrics']>;
}

/**
 * The admin API over one cache: health, metrics, keys, invalidation, explanation, events, and the dashboard. Free of any framework:
 * give it requests, send its answers.
 *
 * @throws InvalidOptionError naming the first faulty option and its value
 */
export function createAdminHandler(options: AdminOptions): AdminHandler {
  const settings = readAdminOptions(options);
  const guard = new AdminGuard(settings);
  const parts = assemble(settings);
  const routes = routesOf(parts);
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
  return Object.assign(handle, {
    claims: (target: string) => find(target) !== undefined,
    answer: (question: AdminQuestion) => parts.node.answer(question),
    close: () => {
      parts.hub.close();
      parts.node.close();
    },
  });
}

function assemble(settings: AdminSettings): Parts {
  const { cache, clock, peers, decisions, maxListeners, onError } = settings;
  let made: Metrics | undefined;
  const own = (): Metrics => (made ??= createMetrics({ cache }));
  const metrics = (): NonNullable<AdminSettings['metrics']> => settings.metrics ?? own();
  // Metrics that cannot be told as data belong to somebody else's system; the dashboard's are then made here.
  const snapshot = (): Promise<MetricsSnapshot> => settings.metrics?.snapshot?.() ?? own().snapshot();
  const node = new AdminNode({ cache, clock, peers, feed: decisions, snapshot });
  const hub = new EventHub({ source: hubSource(settings, node), clock, maxListeners, onError });
  return { settings, node, hub, metrics };
}

function routesOf({ settings, node, hub, metrics }: Parts): Record<AdminPart, readonly Route[]> {
  const { cache } = settings;
  return {
    health: [
      get([''], () => health(cache)),
      get(['/ready'], () => ready(cache, settings.isReady)),
      get(['/live'], () => live()),
    ],
    metrics: [get([''], () => metricsText(metrics())), get(['/cache'], () => metricsOfCache(node))],
    stats: [get([''], () => statsOfCache(node))],
    keys: [
      get([''], ({ rest }) => listKeys(node, queryOf(rest))),
      { method: 'GET', matches: isItem, answer: ({ rest }) => showKey(node, rest.slice(1)) },
    ],
    top: [get([''], ({ rest }) => topKeys(node, queryOf(rest)))],
    invalidate: [
      {
        method: 'POST',
        matches: (rest) => pathOf(rest) === '',
        answer: async ({ request }) => invalidate(node, cache, await readBody(request, settings.maxBodyBytes)),
      },
      { method: 'DELETE', matches: isItem, answer: ({ rest }) => deleteKey(node, cache, rest.slice(1)) },
    ],
    audit: [get([''], ({ rest }) => listAudit(node, queryOf(rest)))],
    explain: [get([''], ({ rest }) => explain(settings, node, queryOf(rest)))],
    events: [get([''], ({ request }) => openEvents(hub, request))],
    'openapi.json': [get([''], () => openapiDocument(settings))],
    dashboard: [{ method: 'GET', matches: () => true, answer: ({ rest }) => dashboardFile(settings, pathOf(rest)) }],
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
