import { HeaderFields } from '@cachewarp/http';
import type { Limits } from '../base/limits.js';
import { parseAuthority } from './authority.js';
import type { Peer } from './peer.js';
import { ProxyRequest } from './proxy-request.js';
import { isRefusal, type Refusal } from './refusal.js';
import { RequestFields } from './request-fields.js';
import { parseTarget } from './target.js';

/** A request's head as a parser gave it. */
export interface RequestHead {
  readonly method: string;
  /** The request target; `:path` in HTTP/2. */
  readonly target: string;
  /** `1.0`, `1.1`, or `2` for a request that came over HTTP/2; a request line that says `2.0` is none. */
  readonly version: string;
  readonly rawHeaders: readonly string[];
  /** `:authority` in HTTP/2. */
  readonly authority?: string | undefined;
  /** HTTP/2: whether nothing follows the head. HTTP/1 says it by its framing fields. */
  readonly isWhole?: boolean;
}

/** What decides whether a request may pass. */
export interface RequestReaderOptions {
  readonly limits: Limits;
  /** Authorities that are served, in lower case; undefined for any. */
  readonly hosts: ReadonlySet<string> | undefined;
  /** The pseudonym under which this proxy stands in Via. A request that carries it has been here before. */
  readonly pseudonym: string;
}

/** Methods that are answered 405 here: TRACE echoes cookies, CONNECT and PURGE are not for strangers. */
const REFUSED_METHODS: ReadonlySet<string> = new Set(['TRACE', 'CONNECT', 'PURGE', 'TRACK', 'DEBUG']);
const ALLOW = 'GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS';

const METHOD_NOT_ALLOWED: Refusal = { status: 405, detail: 'This method is not served.', allow: ALLOW };
const OWN_OPTIONS: Refusal = { status: 204, detail: '', allow: ALLOW };
const BAD_VERSION: Refusal = { status: 505, detail: 'Only HTTP/1.0, HTTP/1.1 and HTTP/2 are served.' };
const BAD_HOST: Refusal = { status: 400, detail: 'The request must have exactly one valid Host.' };
const FOREIGN_HOST: Refusal = { status: 421, detail: 'This host is not served here.' };
const FOREIGN_SCHEME: Refusal = {
  status: 421,
  detail: 'The scheme of the request target is not that of the connection.',
};
const BAD_LENGTH: Refusal = { status: 400, detail: 'Content-Length must be a number of bytes.' };
const TWO_LENGTHS: Refusal = { status: 400, detail: 'Content-Length and Transfer-Encoding exclude each other.' };
const BAD_CODING: Refusal = { status: 501, detail: 'The only transfer coding that is understood is chunked.' };
const TOO_LARGE: Refusal = { status: 413, detail: 'The content is too large.' };
const BAD_EXPECTATION: Refusal = { status: 417, detail: 'The only expectation that is understood is 100-continue.' };
const BAD_UPGRADE: Refusal = { status: 400, detail: 'A request to change the protocol must be a GET without content.' };
const LOOP: Refusal = { status: 508, detail: 'The request has passed this proxy before.' };

const DIGITS = /^[0-9]{1,15}$/;

/**
 * Reads a request's head: what comes out is exactly what is keyed and what the origin is sent; what could be read in two ways is refused.
 * The parser in front (llhttp in its strict mode) has already refused malformed lines; here stands what it lets through.
 */
export class RequestReader {
  readonly #options: RequestReaderOptions;

  constructor(options: RequestReaderOptions) {
    this.#options = options;
  }

  read(head: RequestHead, peer: Peer): ProxyRequest | Refusal {
    const { limits, hosts, pseudonym } = this.#options;
    const { method } = head;
    if (head.version !== '1.1' && head.version !== '2' && head.version !== '1.0') return BAD_VERSION;
    if (REFUSED_METHODS.has(method)) return METHOD_NOT_ALLOWED;
    const target = parseTarget(head.target, method, limits.targetLength);
    if (isRefusal(target)) return target;
    const fields = RequestFields.read(head.rawHeaders, limits.headerFields);
    if (isRefusal(fields)) return fields;

    const named = authorityOf(head, target.authority, fields.host);
    if (named === undefined) return BAD_HOST;
    // A proxy of ours that passes the client's Host on in X-Forwarded-Host speaks for the client: that is what is keyed, too.
    const forwarded = peer.isTrusted && fields.forwardedHost !== undefined ? fields.forwardedHost : undefined;
    const authority = forwarded === undefined ? named : parseAuthority(forwarded);
    if (authority === undefined) return BAD_HOST;
    if (hosts?.has(authority) === false) return FOREIGN_HOST;
    if (target.scheme !== undefined && target.scheme !== peer.scheme) return FOREIGN_SCHEME;
    if (fields.via?.includes(pseudonym) === true) return LOOP;
    if (fields.expect !== undefined && fields.expect.toLowerCase() !== '100-continue') return BAD_EXPECTATION;

    const length = contentLengthOf(fields, head);
    if (typeof length === 'object') return length;
    if (length !== undefined && length > limits.bodyBytes) return TOO_LARGE;
    const upgrade = fields.upgrade !== undefined && fields.connectionHas('upgrade') ? fields.upgrade : undefined;
    if (upgrade !== undefined && (method !== 'GET' || length !== 0)) return BAD_UPGRADE;
    if (target.target === '*') return OWN_OPTIONS;
    if (fields.maxForwards !== undefined && !forwardsOn(method, fields)) return OWN_OPTIONS;

    const drops = method === 'GET' || method === 'HEAD';
    if (!drops && fields.contentLength !== undefined) fields.kept.push('Content-Length', fields.contentLength);
    const scheme = peer.isTrusted ? schemeOf(fields.forwardedProto, peer.scheme) : peer.scheme;
    addForwarded(fields, peer, scheme, authority);
    return new ProxyRequest({
      method,
      scheme,
      authority,
      target: target.target,
      headers: HeaderFields.fromRaw(fields.kept),
      contentLength: drops ? 0 : length,
      expectsContinue: fields.expect !== undefined,
      upgrade: upgrade?.toLowerCase(),
      acceptsTrailers: head.version === '2' || (fields.te !== undefined && /\btrailers\b/i.test(fields.te)),
      sentRequestId: fields.requestId,
    });
  }
}

/** RFC 9112 §3.2: exactly one Host; the authority of an absolute-form target goes before it, but it must be valid all the same. */
function authorityOf(head: RequestHead, inTarget: string | undefined, host: string | undefined): string | undefined {
  if (head.version === '2') {
    const named = head.authority ?? host;
    const authority = named === undefined ? undefined : parseAuthority(named);
    // RFC 9113 §8.3.1: Host and :authority must not contradict each other.
    if (host !== undefined && parseAuthority(host) !== authority) return undefined;
    return authority;
  }
  if (host === undefined) return undefined;
  const fromHost = parseAuthority(host);
  if (inTarget === undefined || fromHost === undefined) return fromHost;
  return parseAuthority(inTarget);
}

/** Bytes of content, 0 for none, undefined for chunked (RFC 9112 §6). */
function contentLengthOf(fields: RequestFields, head: RequestHead): number | undefined | Refusal {
  const { contentLength, transferEncoding } = fields;
  if (transferEncoding !== undefined) {
    if (contentLength !== undefined || head.version !== '1.1') return TWO_LENGTHS;
    return transferEncoding.toLowerCase() === 'chunked' ? undefined : BAD_CODING;
  }
  if (contentLength === undefined) return head.isWhole === false ? undefined : 0;
  return DIGITS.test(contentLength) ? Number(contentLength) : BAD_LENGTH;
}

/** RFC 9110 §7.6.2: counts for OPTIONS (and TRACE, which is not served); the next hop gets one less. */
function forwardsOn(method: string, fields: RequestFields): boolean {
  const sent = fields.maxForwards!;
  if (method !== 'OPTIONS') {
    fields.kept.push('Max-Forwards', sent);
    return true;
  }
  if (!DIGITS.test(sent)) return true;
  const left = Number(sent);
  if (left === 0) return false;
  fields.kept.push('Max-Forwards', String(left - 1));
  return true;
}

function schemeOf(forwardedProto: string | undefined, own: 'http' | 'https'): 'http' | 'https' {
  const first = forwardedProto?.split(',', 1)[0]!.trim().toLowerCase();
  return first === 'http' || first === 'https' ? first : own;
}

/** Says who the client is. What it said about that itself counts only when it is a proxy of ours. */
function addForwarded(fields: RequestFields, peer: Peer, scheme: string, authority: string): void {
  const { kept } = fields;
  const chain = peer.isTrusted && fields.forwardedFor !== undefined ? `${fields.forwardedFor}, ` : '';
  kept.push('X-Forwarded-For', chain + peer.address, 'X-Forwarded-Proto', scheme, 'X-Forwarded-Host', authority);
}
