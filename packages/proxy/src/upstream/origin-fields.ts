import type { HeaderFields, HttpRequest, HttpResponse } from '@cachewarp/http';

/** Fields that are added after a request was keyed. An answer that varies by one of them is for nobody else. */
const ADDED_LATER: ReadonlySet<string> = new Set(['via', 'x-request-id', 'te', 'traceparent', 'tracestate']);

/** What is added to the fields of a request on its way to the origin. */
export interface AddedFields {
  readonly pseudonym: string;
  readonly requestId: string;
  readonly acceptsTrailers: boolean;
  /** The place in the trace that the origin continues, flat; in place of what the client sent under these names. */
  readonly trace?: readonly string[];
}

/** The fields that the origin gets, flat: those that were keyed, and behind them ours. */
export function outgoingFields(request: HttpRequest, added: AddedFields): string[] {
  const { trace = [] } = added;
  const headers = trace.length === 0 ? request.headers : request.headers.without(namesOf(trace));
  const fields = headers.has('x-request-id') ? [...headers.raw] : [...headers.raw, 'X-Request-Id', added.requestId];
  fields.push(...trace, 'Via', `1.1 ${added.pseudonym}`);
  if (added.acceptsTrailers) fields.push('TE', 'trailers');
  return fields;
}

function namesOf(flat: readonly string[]): string[] {
  return flat.filter((_, at) => at % 2 === 0).map((name) => name.toLowerCase());
}

/**
 * The response as this server's own: without the X-Request-Id of the request that fetched it, which is not that of those it is given to.
 *
 * An absolute Location or Content-Location that names the origin's address becomes relative, so that clients are not led past the cache
 * (RFC 9110 §10.2.2 allows both forms); not where the origin was given the client's Host, since then it knows under which name it is asked for. An
 * answer that varies by a field we add ourselves varies by everything.
 */
export function incomingResponse(response: HttpResponse, origin: URL, isHostPreserved: boolean): HttpResponse {
  let headers = response.headers.has('x-request-id') ? response.headers.without(['x-request-id']) : response.headers;
  if (!isHostPreserved) {
    headers = relative(headers, 'location', origin);
    headers = relative(headers, 'content-location', origin);
  }
  const vary = headers.get('vary');
  if (vary !== undefined && vary.split(',').some((name) => ADDED_LATER.has(name.trim().toLowerCase()))) {
    headers = headers.append('Vary', '*');
  }
  return headers === response.headers ? response : { ...response, headers };
}

function relative(headers: HeaderFields, name: string, origin: URL): HeaderFields {
  const value = headers.get(name);
  if (value === undefined || !URL.canParse(value)) return headers;
  const url = new URL(value);
  if (url.origin !== origin.origin || url.username !== '') return headers;
  const path = value.slice(value.indexOf('//') + 2).replace(/^[^/?#]*/, '');
  // `//host` after the cut would name another server.
  if (path.startsWith('//')) return headers;
  return headers.with(name === 'location' ? 'Location' : 'Content-Location', path.startsWith('/') ? path : `/${path}`);
}
