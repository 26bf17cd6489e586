import type { Readable } from 'node:stream';

/** A request to the admin API, as any server can state it. */
export interface AdminRequest {
  readonly method: string;
  /** Path and query exactly as sent. */
  readonly target: string;
  /** Fields by lower-case name, as Node's `IncomingMessage.headers`. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  /**
   * Reads the body; called at most once, and only by operations that take one.
   * @param maxBytes - a reader may stop and reject with a {@link ProblemError} of status 413 as soon as there is more
   */
  readonly body?: (maxBytes: number) => Promise<Uint8Array>;
  /** The address of the socket's other end; `undefined` where it is not known, which counts as not local. */
  readonly remoteAddress: string | undefined;
}

/** An answer of the admin API. */
export interface AdminResponse {
  readonly status: number;
  /** Fields by lower-case name. */
  readonly headers: Readonly<Record<string, string>>;
  /** Text; or a stream of server-sent events, to be piped to the client and destroyed when it leaves. */
  readonly body: string | Readable;
}

/** Fields of every answer: none of them may be kept or guessed at. */
const ALWAYS = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' };

export function jsonResponse(value: unknown, status = 200): AdminResponse {
  return textResponse(`${JSON.stringify(value)}\n`, 'application/json; charset=utf-8', status);
}

export function textResponse(
  body: string,
  contentType: string,
  status = 200,
  headers: Readonly<Record<string, string>> = {},
): AdminResponse {
  return { status, headers: { 'content-type': contentType, ...ALWAYS, ...headers }, body };
}

/** The first line of a field, or undefined. */
export function field(request: AdminRequest, name: string): string | undefined {
  const value = request.headers[name];
  return typeof value === 'string' || value === undefined ? value : value[0];
}
