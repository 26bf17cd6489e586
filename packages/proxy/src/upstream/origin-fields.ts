import type { HeaderFields, HttpRequest, HttpResponse } from '@cachewarp/http';

/** Fields that are added after a request was keyed. An answer that varies by one of them is for nobody else. */
const ADDED_LATER: ReadonlySet<string> = new Set(['via', 'x-request-id', 'te']);

/** What is added to the fields of a request on its way to the origin. */
export interface AddedFields {
  readonly pseudonym: string;
  readonly requestId: string;
  readonly acceptsTrailers: boolean;
}

/** The fields that the origin gets, flat: those that were keyed, and behind them ours. */
export function outgoingFields(request: HttpRequest, added: AddedFields): string[] {
  const fields = request.headers.has('x-request-id')
    ? [...request.headers.raw]
    : [...request.headers.raw, 'X-Request-Id', added.requestId];
  fields.push('Via', `1.1 ${added.pseudonym}`);
  if (added.acceptsTrailers) fields.push('TE', 'trailers');
  return fields;
}

/**
 * The response as this server's own.
 *
 * An absolute Location or Content-Location that names the origin's address becomes relative, so that clients are not led past the cache
 * (RFC 9110 §10.2.2 allows both forms); not where the origin was given the client's Host, since then it knows under which name it is asked for. An
 * answer that varies by a field we add ourselves varies by everything.
 */
export function incomingResponse(response: HttpResponse, origin: URL, isHostPreserved: boolean): HttpResponse {
  let { headers } = response;
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
