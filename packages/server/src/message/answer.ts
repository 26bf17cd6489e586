import { STATUS_CODES } from 'node:http';
import { ProblemError, type ProblemParts } from '@cachewarp/admin';
import { CacheClosedError, InvalidOptionError } from '@cachewarp/core';

/** An answer as it is written: fields flat, body whole. */
export interface Answer {
  readonly status: number;
  readonly fields: readonly string[];
  readonly body: string | Uint8Array | undefined;
  /** Whether the connection ends with it: what else is on it cannot be told apart from the rest of a body. */
  readonly closes?: boolean;
}

const JSON_TYPE = 'application/json; charset=utf-8';

/** JSON that nobody may keep: what a report says is true now. */
export function jsonAnswer(value: unknown, status = 200, fields: readonly string[] = []): Answer {
  return textAnswer(`${JSON.stringify(value)}\n`, status, fields);
}

/** JSON that is text already. */
export function textAnswer(body: string, status = 200, fields: readonly string[] = []): Answer {
  return { status, fields: ['Content-Type', JSON_TYPE, 'Cache-Control', 'no-store', ...fields], body };
}

export function emptyAnswer(status: number, fields: readonly string[] = []): Answer {
  return { status, fields, body: undefined };
}

/** A refusal as problem+json (RFC 9457). With `about:blank` the title is that of the status. */
export function problemAnswer(status: number, detail: string, parts: ProblemParts = {}, closes = false): Answer {
  const problem = {
    type: 'about:blank',
    title: STATUS_CODES[status] ?? 'Error',
    status,
    detail,
    ...('field' in parts && { field: parts.field, value: shown(parts.value) }),
    ...parts.members,
  };
  const fields = ['Content-Type', 'application/problem+json', 'Cache-Control', 'no-store'];
  for (const [name, value] of Object.entries(parts.headers ?? {})) fields.push(name, value);
  return { status, fields, body: `${JSON.stringify(problem)}\n`, closes };
}

/** Renders any error; undefined for one that is a fault of ours, which the client is told nothing of. */
export function knownProblem(error: unknown): Answer | undefined {
  if (error instanceof ProblemError) {
    const closes = error.parts.headers?.['connection'] === 'close';
    return problemAnswer(error.status, error.message, closes ? { ...error.parts, headers: {} } : error.parts, closes);
  }
  // The engine's own bounds, such as the length of a tag.
  if (error instanceof InvalidOptionError) {
    return problemAnswer(400, error.message, { field: error.field, value: error.value });
  }
  if (error instanceof CacheClosedError) return overloaded('The service is closing.');
  return undefined;
}

export function overloaded(detail: string): Answer {
  return problemAnswer(503, detail, { headers: { 'Retry-After': '1' } });
}

/** What stood there, short enough for a message. */
function shown(value: unknown): unknown {
  if (value === undefined) return null;
  if (typeof value === 'string') return value.length > MAX_SHOWN ? `${value.slice(0, MAX_SHOWN)}…` : value;
  return typeof value === 'object' && value !== null ? (Array.isArray(value) ? 'a list' : 'an object') : value;
}

const MAX_SHOWN = 200;
