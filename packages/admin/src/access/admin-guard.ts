import { createHash, timingSafeEqual } from 'node:crypto';
import { field, type AdminRequest } from '../message/admin-message.js';
import type { AdminPart, AdminSettings } from './admin-options.js';
import { FailureLimiter } from './failure-limiter.js';
import { hostOf, isLoopback } from '../message/loopback.js';
import { ProblemError } from '../message/problem.js';

/** Fields by which a proxy says that the request is not its own: whoever sent it is not on this machine. */
const FORWARDING = ['forwarded', 'via', 'x-forwarded-for', 'x-forwarded-host', 'x-real-ip'];

/**
 * Decides who may use the admin API.
 *
 * The right token opens everything. Without it, only what comes from this machine is trusted, and only under a host name of this
 * machine: a web page whose name was made to resolve to 127.0.0.1 (DNS rebinding) and a proxy on the same machine both name
 * another host. Unsafe methods never pass without the token once one is set, and never from another origin's page.
 */
export class AdminGuard {
  readonly #settings: AdminSettings;
  readonly #tokenDigest: Buffer | undefined;
  readonly #failures: FailureLimiter;

  constructor(settings: AdminSettings) {
    this.#settings = settings;
    this.#tokenDigest = settings.token === undefined ? undefined : digest(settings.token);
    this.#failures = new FailureLimiter(settings.clock);
  }

  /** @throws ProblemError of status 401, 403 or 429 */
  check(request: AdminRequest, part: AdminPart): void {
    const isUnsafe = request.method !== 'GET' && request.method !== 'HEAD';
    if (isUnsafe) refuseForeignOrigin(request);
    else if (this.#settings.open.includes(part)) return;
    if (this.#tokenDigest === undefined) return this.#checkLocal(request);
    // The page itself holds no data, and asks for the token before it gets any.
    if (!isUnsafe && part === 'dashboard') return;
    if (!isUnsafe && isFromHere(request) && this.#isKnownHost(request)) return;
    this.#checkToken(request, this.#tokenDigest);
    if (isUnsafe && this.#settings.allowedHosts.length > 0 && !this.#isKnownHost(request)) refuseHost(request);
  }

  #checkLocal(request: AdminRequest): void {
    if (!isFromHere(request)) {
      throw new ProblemError(403, 'Without a token the admin API answers requests of its own machine only. Set one.');
    }
    if (!this.#isKnownHost(request)) refuseHost(request);
  }

  #isKnownHost(request: AdminRequest): boolean {
    const host = hostOf(hostField(request));
    return host !== undefined && (isLoopback(host) || this.#settings.allowedHosts.includes(host));
  }

  #checkToken(request: AdminRequest, expected: Buffer): void {
    const address = request.remoteAddress ?? 'unknown';
    const waitMs = this.#failures.waitMs(address);
    if (waitMs > 0) {
      const headers = { 'retry-after': String(Math.ceil(waitMs / 1000)) };
      throw new ProblemError(429, 'Too many failed attempts from this address.', { headers });
    }
    const given = /^bearer +(\S+)$/i.exec(field(request, 'authorization') ?? '')?.[1];
    // Digests have one length, so that the comparison tells nothing about the token, its length included.
    if (given !== undefined && timingSafeEqual(digest(given), expected)) return;
    if (given !== undefined) this.#failures.failed(address);
    const headers = { 'www-authenticate': 'Bearer realm="cachewarp"' };
    throw new ProblemError(
      401,
      given === undefined ? 'A bearer token is required.' : 'The bearer token is not valid.',
      {
        headers,
      },
    );
  }
}

function isFromHere(request: AdminRequest): boolean {
  if (request.remoteAddress === undefined || !isLoopback(request.remoteAddress)) return false;
  return FORWARDING.every((name) => request.headers[name] === undefined);
}

function hostField(request: AdminRequest): string {
  return field(request, 'host') ?? field(request, ':authority') ?? '';
}

function refuseHost(request: AdminRequest): never {
  const value = hostField(request);
  throw new ProblemError(403, 'This host name is not one of the admin API (option allowedHosts).', {
    field: 'Host',
    value,
  });
}

/** A page of another site can make a browser send requests, but not hide that it did. */
function refuseForeignOrigin(request: AdminRequest): void {
  const origin = field(request, 'origin');
  if (origin !== undefined && origin.replace(/^https?:\/\//i, '').toLowerCase() !== hostField(request).toLowerCase()) {
    throw new ProblemError(403, 'Requests of another origin are refused.', { field: 'Origin', value: origin });
  }
  const site = field(request, 'sec-fetch-site');
  if (site === 'cross-site' || site === 'same-site') {
    throw new ProblemError(403, 'Requests of another origin are refused.', { field: 'Sec-Fetch-Site', value: site });
  }
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
