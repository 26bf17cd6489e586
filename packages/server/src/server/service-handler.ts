import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Cache, MaybePromise } from '@cachewarp/core';
import { STRANGER, type Gate, type Guest } from '../access/gate.js';
import type { Limits } from '../base/limits.js';
import { BackingError } from '../entries/entry-book.js';
import { emptyAnswer, knownProblem, overloaded, problemAnswer, type Answer } from '../message/answer.js';
import { BodySource, type BodyBudget } from '../message/body-source.js';
import { keyOfPath } from '../message/key-text.js';
import { readHead, type RequestHead } from '../message/request-head.js';
import { runBatch } from '../routes/batch-route.js';
import type { Call } from '../routes/call.js';
import { clearEntries, deleteEntry, getEntry, putEntry, type EntryRouteParts } from '../routes/entry-routes.js';
import { invalidateEntries } from '../routes/invalidate-route.js';
import { listEntries } from '../routes/list-route.js';
import { reportHealth, reportStats, type Operation, type ReportParts } from '../routes/report-routes.js';
import { endWithContentLeft, writeAnswer } from './write-answer.js';

/** What the service consists of behind its socket. */
export interface ServiceParts {
  readonly cache: Cache;
  readonly gate: Gate;
  readonly limits: Limits;
  readonly budget: BodyBudget;
  readonly entries: EntryRouteParts;
  readonly reports: ReportParts;
  /** The OpenAPI document as JSON. */
  readonly document: string;
  readonly onError: (error: unknown) => void;
}

/** What one path does with each method. HEAD is GET without the body. */
interface Resource {
  readonly methods: Readonly<Record<string, Route>>;
  readonly key?: string;
}

interface Route {
  readonly operation?: Operation;
  /** Whether a token that may only read opens it. */
  readonly isSafe: boolean;
  /** Whether it needs no token. */
  readonly isOpen?: boolean;
  /** Whether the path may be followed by a query. */
  readonly takesQuery?: boolean;
  answer(call: Call, key: string, parts: ServiceParts): MaybePromise<Answer>;
}

const GET_ENTRY: Route = {
  operation: 'get',
  isSafe: true,
  answer: (call, key, { entries }) => getEntry(call, key, entries),
};
const ENTRY: Resource['methods'] = {
  GET: GET_ENTRY,
  HEAD: GET_ENTRY,
  PUT: { operation: 'put', isSafe: false, answer: (call, key, { entries }) => putEntry(call, key, entries) },
  DELETE: { operation: 'delete', isSafe: false, answer: (call, key, { entries }) => deleteEntry(call, key, entries) },
};
const LIST: Route = { isSafe: true, takesQuery: true, answer: (call, _, { cache }) => listEntries(call, cache) };
const STATS: Route = {
  isSafe: true,
  answer: ({ guest }, _, { reports }) => (guest.room.isWhole ? reportStats(reports) : notYours()),
};
const HEALTH: Route = { isSafe: true, isOpen: true, answer: (_, __, { reports }) => reportHealth(reports) };
const DOCUMENT: Route = {
  isSafe: true,
  answer: (_, __, { document }) => ({
    status: 200,
    fields: ['Content-Type', 'application/json; charset=utf-8', 'Cache-Control', 'max-age=300'],
    body: document,
  }),
};

const RESOURCES: Readonly<Record<string, Resource>> = {
  '/cache': {
    methods: {
      GET: LIST,
      HEAD: LIST,
      DELETE: { operation: 'invalidate', isSafe: false, answer: (call, _, { entries }) => clearEntries(call, entries) },
    },
  },
  // Read-only tokens may get many; what it changes is checked in the route.
  '/cache/batch': {
    methods: { POST: { operation: 'batch', isSafe: true, answer: (call, _, { entries }) => runBatch(call, entries) } },
  },
  '/invalidate': {
    methods: {
      POST: {
        operation: 'invalidate',
        isSafe: false,
        answer: (call, _, { entries }) => invalidateEntries(call, entries),
      },
    },
  },
  '/stats': { methods: { GET: STATS, HEAD: STATS } },
  '/health': { methods: { GET: HEALTH, HEAD: HEALTH } },
  '/openapi.json': { methods: { GET: DOCUMENT, HEAD: DOCUMENT } },
};

/** Answers requests: read the head, let in, find the route, act, write. */
export class ServiceHandler {
  readonly #parts: ServiceParts;
  readonly #busy = new WeakMap<Socket, Promise<void>>();
  #active = 0;
  /** Each answer is the last on its connection. */
  isDraining = false;

  constructor(parts: ServiceParts) {
    this.#parts = parts;
  }

  /** @param expects - whether the client waits for 100-continue before it sends its body */
  handle(request: IncomingMessage, response: ServerResponse, expects: boolean): void {
    const { socket } = request;
    const before = this.#busy.get(socket);
    const act = (): Promise<void> | undefined => this.#handle(request, response, expects);
    // RFC 9112 section 9.3.2: requests that came in one piece may be done side by side only if all of them are safe.
    const ending = before === undefined ? act() : before.then(act);
    if (ending === undefined) return;
    this.#busy.set(socket, ending);
    void ending.finally(() => {
      if (this.#busy.get(socket) === ending) this.#busy.delete(socket);
    });
  }

  #handle(request: IncomingMessage, response: ServerResponse, expects: boolean): Promise<void> | undefined {
    const { limits, budget, reports } = this.#parts;
    const startedAt = performance.now();
    reports.traffic.requests++;
    let body: BodySource | undefined;
    let operation: Operation | undefined;
    const finish = (answer: Answer): undefined => {
      if (operation !== undefined) reports.latencies[operation].observe(performance.now() - startedAt);
      if (answer.status >= 400 && answer.status !== 404 && answer.status !== 412) reports.traffic.refused++;
      const closes = answer.closes === true || this.isDraining;
      if (body?.isRead !== true && hasContent(request)) endWithContentLeft(request, response, answer);
      else writeAnswer(response, answer, closes);
    };
    const fail = (error: unknown): undefined => finish(this.#problemOf(error));
    try {
      const head = readHead(request, limits);
      body = new BodySource(request, head.contentLength, limits.bodyBytes, budget, expects ? response : undefined);
      const { route, key, guest } = this.#find(head);
      operation = route.operation;
      if (this.#active >= limits.requests && route !== GET_ENTRY) return finish(OVERLOADED);
      const answer = route.answer({ head, guest, body }, key, this.#parts);
      if (!(answer instanceof Promise)) return finish(answer);
      if (this.#active >= limits.requests) {
        // A read that has begun will end, but nobody waits for it any more.
        answer.catch(() => undefined);
        return finish(OVERLOADED);
      }
      this.#active++;
      return answer
        .then(finish)
        .catch(fail)
        .finally(() => this.#active--);
    } catch (error) {
      return fail(error);
    }
  }

  #find(head: RequestHead): { route: Route; key: string; guest: Guest } {
    const { path, method } = head;
    const own = Object.hasOwn(RESOURCES, path) ? RESOURCES[path] : undefined;
    const isEntry = path.startsWith('/cache/') && !(own !== undefined && Object.hasOwn(own.methods, method));
    const methods = isEntry ? ENTRY : own?.methods;
    const route = methods !== undefined && Object.hasOwn(methods, method) ? methods[method] : undefined;
    const guest = route?.isOpen === true ? STRANGER : this.#parts.gate.admit(head);
    if (methods === undefined)
      throw refusal(problemAnswer(404, 'The service has nothing at this path.', { field: 'path', value: path }));
    if (route === undefined) throw refusal(notAllowed(method, methods));
    if (!route.isSafe && !guest.mayWrite) {
      throw refusal(problemAnswer(403, 'This token may only read.', { field: 'method', value: method }));
    }
    if (head.query !== undefined && route.takesQuery !== true) {
      const detail = isEntry ? 'The path takes no query; a ? in a key is written %3F.' : 'The path takes no query.';
      throw refusal(problemAnswer(400, detail, { field: 'query', value: head.query }));
    }
    return { route, key: isEntry ? keyOfPath(path.slice('/cache/'.length), this.#parts.limits.keyBytes) : '', guest };
  }

  #problemOf(error: unknown): Answer {
    if (error instanceof Refusal) return error.answer;
    if (error instanceof BackingError) this.#parts.onError(error.cause);
    const known = knownProblem(error);
    if (known !== undefined) return known;
    this.#parts.onError(error);
    return problemAnswer(500, 'The request could not be served.');
  }
}

const OVERLOADED = overloaded('Too many requests are under way.');

/** Carries an answer out of where it was found to be due. */
class Refusal extends Error {
  constructor(readonly answer: Answer) {
    super('refused');
  }
}

function refusal(answer: Answer): Refusal {
  return new Refusal(answer);
}

function hasContent({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || (headers['content-length'] ?? '0') !== '0';
}

function notAllowed(method: string, methods: Resource['methods']): Answer {
  const allow = [...Object.keys(methods), 'OPTIONS'].join(', ');
  if (method === 'OPTIONS') return emptyAnswer(204, ['Allow', allow]);
  return problemAnswer(405, `The method must be one of ${allow}.`, {
    field: 'method',
    value: method,
    headers: { Allow: allow },
  });
}

function notYours(): Answer {
  return problemAnswer(403, 'These are the numbers of the whole service; this token has a namespace of its own.', {
    field: 'path',
    value: '/stats',
  });
}
