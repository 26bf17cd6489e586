import type { HeaderFields } from '../message/headers.js';
import type { HttpRequest } from '../message/http-message.js';

/** RFC 9110 §9.2.1. Method names are case-sensitive: `get` is an unknown, hence unsafe, method. */
const SAFE_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE']);

/** Whether a request of this method leaves the origin unchanged, as far as HTTP knows. */
export function isSafeMethod(method: string): boolean {
  return SAFE_METHODS.has(method);
}

/**
 * Whether an answer invalidates what is stored (RFC 9111 §4.4): a non-error answer (2xx or 3xx) to an unsafe method, or to one whose
 * safety is unknown.
 */
export function invalidates(method: string, status: number): boolean {
  return !isSafeMethod(method) && status >= 200 && status < 400;
}

/**
 * The targets (path and query, on the request's own origin) that such an answer invalidates: the request's target, and what Location
 * and Content-Location name when they are of the same origin; another origin's may not be invalidated from here (RFC 9111 §4.4). The
 * request's target comes first; each is listed once.
 */
export function invalidatedTargets(
  request: Pick<HttpRequest, 'scheme' | 'authority' | 'target'>,
  response: HeaderFields,
): string[] {
  const targets = new Set([request.target]);
  for (const name of ['location', 'content-location']) {
    const reference = response.getAll(name)[0];
    if (reference === undefined) continue;
    for (const target of sameOriginTargets(reference, request)) targets.add(target);
  }
  return [...targets];
}

/** As written, where it is written as a path or an absolute URI, because keys hold targets as sent; and as a URL parser reads it. */
function sameOriginTargets(reference: string, request: Pick<HttpRequest, 'scheme' | 'authority' | 'target'>): string[] {
  const base = parseUrl(`${request.scheme}://${request.authority}${request.target}`);
  const url = base === undefined ? undefined : parseUrl(reference, base);
  if (base === undefined || url === undefined || url.origin !== base.origin) return [];
  const written = writtenTarget(reference);
  const resolved = url.pathname + url.search;
  return written === undefined || written === resolved ? [resolved] : [written, resolved];
}

function writtenTarget(reference: string): string | undefined {
  const hash = reference.indexOf('#');
  const uri = hash === -1 ? reference : reference.slice(0, hash);
  if (uri.startsWith('/') && !uri.startsWith('//')) return uri;
  const authority = uri.indexOf('://');
  const path = authority === -1 ? -1 : uri.indexOf('/', authority + 3);
  return path === -1 ? undefined : uri.slice(path);
}

function parseUrl(text: string, base?: URL): URL | undefined {
  return URL.canParse(text, base?.href) ? new URL(text, base) : undefined;
}
