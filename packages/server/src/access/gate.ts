import { createHash, timingSafeEqual } from 'node:crypto';
import { isIPv4 } from 'node:net';
import { ProblemError } from '@cachewarp/admin';
import { InvalidOptionError, type Clock } from '@cachewarp/core';
import { BucketLimiter } from './bucket-limiter.js';
import { Room } from './room.js';
import type { TokenOptions } from './token-options.js';

/** What the gate looks at. Fields by lower-case name. */
export interface Visitor {
  readonly authorization: string | undefined;
  readonly host: string | undefined;
  readonly origin: string | undefined;
  readonly fetchSite: string | undefined;
  /** Whether a field says that somebody passed the request on. */
  readonly isForwarded: boolean;
  readonly address: string | undefined;
}

/** Who was let in, and where to. */
export interface Guest {
  readonly room: Room;
  readonly mayWrite: boolean;
}

interface Key extends Guest {
  readonly digest: Buffer;
  readonly name: string;
}

/** Wrong tokens of one address before it has to wait, and how many come back a second. */
const FAILURES = 10;
const FAILURES_PER_SECOND = 1 / 6;

const ANYONE: Guest = Object.freeze({ room: new Room(), mayWrite: true });
/** Who uses what is open to everybody. */
export const STRANGER: Guest = Object.freeze({ room: new Room(''), mayWrite: false });
const CHALLENGE = { 'WWW-Authenticate': 'Bearer realm="cachewarp"' };

/**
 * Decides who may come in.
 *
 * With tokens, only who has one. Without, only programs of this machine, under a host name of this machine and not on behalf of a web page:
 * a page whose name was made to resolve to 127.0.0.1 (DNS rebinding) and a proxy on this machine both give themselves away.
 */
export class Gate {
  readonly #keys: readonly Key[];
  readonly #failures: BucketLimiter;
  readonly #rate: BucketLimiter | undefined;

  constructor(tokens: readonly TokenOptions[], requestsPerSecond: number, clock: Clock) {
    this.#keys = tokens.map(({ token, namespace, readOnly }, index) => ({
      digest: digest(token),
      name: `token ${index}`,
      room: new Room(namespace),
      mayWrite: readOnly !== true,
    }));
    this.#failures = new BucketLimiter(clock, FAILURES_PER_SECOND, FAILURES);
    this.#rate = requestsPerSecond === 0 ? undefined : new BucketLimiter(clock, requestsPerSecond);
  }

  /** @throws ProblemError of status 401, 403 or 429 */
  admit(visitor: Visitor): Guest {
    const { address = 'unknown' } = visitor;
    if (this.#keys.length === 0) {
      checkLocal(visitor);
      this.#limit(address);
      return ANYONE;
    }
    const key = this.#keyOf(visitor, address);
    this.#limit(key.name);
    return key;
  }

  #keyOf({ authorization }: Visitor, address: string): Key {
    const waitMs = this.#failures.waitMs(address);
    if (waitMs > 0) throw tooMany('Too many wrong tokens from this address.', waitMs);
    const given = authorization === undefined ? undefined : BEARER.exec(authorization)?.[1];
    if (given === undefined) throw new ProblemError(401, 'A bearer token is required.', { headers: CHALLENGE });
    // Digests have one length, and all are looked at: the time taken tells nothing about any token.
    const candidate = digest(given);
    let found: Key | undefined;
    for (const key of this.#keys) if (timingSafeEqual(key.digest, candidate)) found = key;
    if (found !== undefined) return found;
    this.#failures.take(address);
    throw new ProblemError(401, 'The bearer token is not valid.', { headers: CHALLENGE });
  }

  #limit(name: string): void {
    const waitMs = this.#rate?.take(name) ?? 0;
    if (waitMs > 0) throw tooMany('Too many requests.', waitMs);
  }
}

const BEARER = /^bearer +([A-Za-z0-9._~+/=-]{1,512})$/i;

/** @throws InvalidOptionError when an address beyond this machine would be open to everybody */
export function checkReach(host: string, tokens: readonly TokenOptions[]): void {
  if (tokens.length === 0 && !isLoopback(host)) {
    throw new InvalidOptionError('host', 'must be a loopback address unless tokens are set', host);
  }
}

function checkLocal({ address, isForwarded, host, origin, fetchSite }: Visitor): void {
  if (address === undefined || !isLoopback(address) || isForwarded) {
    throw new ProblemError(403, 'Without tokens the service answers requests of its own machine only. Set one.');
  }
  const name = hostOf(host ?? '');
  if (name === undefined || !isLoopback(name)) {
    throw new ProblemError(403, 'Without tokens the service answers under a host name of its own machine only.', {
      field: 'Host',
      value: host,
    });
  }
  if (origin !== undefined && origin.replace(/^https?:\/\//i, '').toLowerCase() !== host?.toLowerCase()) {
    throw new ProblemError(403, 'Requests of another origin are refused.', { field: 'Origin', value: origin });
  }
  if (fetchSite === 'cross-site' || fetchSite === 'same-site') {
    throw new ProblemError(403, 'Requests of another origin are refused.', {
      field: 'Sec-Fetch-Site',
      value: fetchSite,
    });
  }
}

function tooMany(detail: string, waitMs: number): ProblemError {
  return new ProblemError(429, detail, { headers: { 'Retry-After': String(Math.max(1, Math.ceil(waitMs / 1000))) } });
}

function isLoopback(address: string): boolean {
  const plain = address.toLowerCase().replace(/^::ffff:/, '');
  return plain === 'localhost' || plain === '::1' || (isIPv4(plain) && plain.startsWith('127.'));
}

function hostOf(value: string): string | undefined {
  const match = /^(?:\[([0-9a-f:.]+)\]|([a-z0-9._-]+))(?::\d{1,5})?$/i.exec(value);
  return match?.[1] ?? match?.[2];
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
