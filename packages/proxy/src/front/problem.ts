import { STATUS_CODES } from 'node:http';

/** An error answer of the proxy's own (RFC 9457). Never stored by anybody. */
export interface Problem {
  readonly status: number;
  /** For people; says nothing about the inside of the origin. */
  readonly detail: string;
  /** After how many seconds another try may be worth it. */
  readonly retryAfterSeconds?: number | undefined;
  /** Value of Allow, for 405. */
  readonly allow?: string | undefined;
  readonly requestId?: string | undefined;
  /** Further fields, flat. */
  readonly fields?: readonly string[] | undefined;
}

/** An answer in the form in which it is written: fields flat, body whole. */
export interface RenderedProblem {
  readonly status: number;
  readonly fields: readonly string[];
  readonly body: Buffer;
}

const EMPTY = Buffer.alloc(0);

/** A problem as fields and body. A status without content, such as 204, has no body. */
export function renderProblem(problem: Problem): RenderedProblem {
  const { status, detail, retryAfterSeconds, allow, requestId, fields = [] } = problem;
  const own = ['Cache-Control', 'no-store', ...fields];
  if (requestId !== undefined) own.push('X-Request-Id', requestId);
  if (allow !== undefined) own.push('Allow', allow);
  if (retryAfterSeconds !== undefined) own.push('Retry-After', String(retryAfterSeconds));
  if (status === 204) return { status, fields: own, body: EMPTY };
  const title = STATUS_CODES[status] ?? 'Error';
  const body = Buffer.from(`${JSON.stringify({ type: 'about:blank', title, status, detail, requestId })}\n`);
  own.push('Content-Type', 'application/problem+json', 'Content-Length', String(body.length));
  return { status, fields: own, body };
}

/** A whole answer as bytes, for a connection whose requests are not, or can no longer be, answered in the ordinary way. */
export function renderClosing(status: number, fields: readonly string[], body: Uint8Array): Buffer {
  const date = new Date().toUTCString();
  let head = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'Error'}\r\nDate: ${date}\r\nConnection: close\r\n`;
  for (let at = 0; at < fields.length; at += 2) head += `${fields[at]!}: ${fields[at + 1]!}\r\n`;
  return Buffer.concat([Buffer.from(`${head}\r\n`, 'latin1'), body]);
}
