import {
  computeFreshness,
  decideStore,
  HeaderFields,
  invalidates,
  isSafeMethod,
  primaryKeyOf,
  type HttpPolicy,
  type HttpRequest,
} from '@cachewarp/http';
import { RuleSet } from '@cachewarp/proxy';
import type { LogRequest } from '../log/log-request.js';
import type { SimulatedConfig } from '../simulated-config.js';
import { assumedFields, extensionOf } from './assumed-type.js';
import type { Visit } from './visit.js';

/** For how long an answer is fresh and then stale; undefined: it is not stored. */
type Lifetime = { readonly ttlMs: number; readonly staleMs: number } | undefined;

/**
 * Says what a request of a log is to a cache with a configuration, by the same rules that the proxy keeps: its key, which rule speaks for
 * it, whether its answer may be stored and for how long. Header fields are not in logs: answers count as stating no freshness and
 * nothing that forbids to store, and requests as carrying no cookie.
 */
export class Planner {
  readonly #rules: RuleSet;
  readonly #lifetimes = new Map<HttpPolicy, Map<number, Lifetime>>();

  /** @throws InvalidOptionError naming the faulty option */
  constructor({ policy, rules }: SimulatedConfig) {
    this.#rules = new RuleSet(rules, policy);
  }

  /** @param sizeOf - the size that a key's whole answer had last, for answers that do not tell */
  plan(logged: LogRequest, visit: Visit, sizeOf: (key: string) => number | undefined): void {
    const { method, target, host, status, bytes } = logged;
    const request: HttpRequest = { method, scheme: 'http', authority: host, target, headers: HeaderFields.empty };
    const { policy } = this.#rules.routeOf(request);
    visit.at = logged.at;
    visit.key = primaryKeyOf(request, target, policy);
    visit.status = status;
    visit.bytes = bytes;
    visit.tells = false;
    if (method !== 'GET' && method !== 'HEAD') {
      visit.use = !isSafeMethod(method) && invalidates(method, status) ? 'invalidate' : 'pass';
      return;
    }
    if (policy.bypass?.(request) === true) {
      visit.use = 'pass';
      return;
    }
    visit.use = 'look';
    // A 304 is a request for an answer that the client had: through a cache it is one for the whole of it.
    const isRenewal = status === 304;
    if (isRenewal || method === 'HEAD') visit.bytes = sizeOf(visit.key) ?? -1;
    if (method === 'HEAD' || status === 206) return;
    visit.tells = !isRenewal && status < 500;
    if (isRenewal) visit.status = 200;
    const lifetime = this.#lifetimeOf(request, visit.status, policy);
    if (lifetime === undefined || visit.bytes > policy.maxBodyBytes) return;
    visit.use = 'store';
    visit.ttlMs = lifetime.ttlMs;
    visit.staleMs = lifetime.staleMs;
  }

  #lifetimeOf(request: HttpRequest, status: number, policy: HttpPolicy): Lifetime {
    const headers = policy.forAnswer === undefined ? HeaderFields.empty : assumedFields(extensionOf(request.target));
    const kept = policy.forAnswer === undefined ? policy : policy.forAnswer(request, { status, headers });
    if (kept === false) return undefined;
    let byStatus = this.#lifetimes.get(kept);
    if (byStatus === undefined) this.#lifetimes.set(kept, (byStatus = new Map<number, Lifetime>()));
    if (!byStatus.has(status)) byStatus.set(status, judgeStatus(request, status, kept));
    return byStatus.get(status);
  }
}

/** What the standards and the policy make of an answer of which nothing but its status is known. */
function judgeStatus(request: HttpRequest, status: number, { semantics, statuses }: HttpPolicy): Lifetime {
  if (statuses?.has(status) === false) return undefined;
  const response = { status, headers: HeaderFields.empty };
  const freshness = computeFreshness(response, 0, 0, semantics);
  if (decideStore(request, response, freshness, semantics) !== 'store') return undefined;
  const { freshUntil, staleWhileRevalidateUntil } = freshness;
  return { ttlMs: freshUntil, staleMs: Math.max(0, staleWhileRevalidateUntil - freshUntil) };
}
