import { HeaderFields, type HeaderFieldsInit } from '#src/message/headers.js';
import { formatHttpDate } from '#src/message/http-date.js';
import type { RequestFacts, ResponseFacts, StoredFacts } from '#src/semantics/facts.js';
import { computeFreshness } from '#src/semantics/freshness.js';
import { semanticsOptions, type SemanticsOptions } from '#src/semantics/semantics-options.js';

/** The instant all tests of the rules are set in: a whole second. */
export const T0 = Date.UTC(2026, 10, 20, 12, 0, 0);

/** An HTTP-date so many seconds after T0. */
export function dateAt(seconds: number): string {
  return formatHttpDate(T0 + seconds * 1000);
}

export function makeRequest(headers: HeaderFieldsInit = {}, method = 'GET'): RequestFacts {
  return { method, headers: HeaderFields.fromObject(headers) };
}

export function makeResponse(headers: HeaderFieldsInit = {}, status = 200): ResponseFacts {
  return { status, headers: HeaderFields.fromObject(headers) };
}

/** A response that was asked for and received at T0, and stored. */
export function makeStored(
  headers: HeaderFieldsInit = {},
  options: Partial<SemanticsOptions> = {},
  status = 200,
): StoredFacts {
  const response = makeResponse(headers, status);
  return {
    ...response,
    requestTime: T0,
    responseTime: T0,
    freshness: computeFreshness(response, T0, T0, semanticsOptions(options)),
  };
}
