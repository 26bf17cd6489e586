import { STATUS_CODES } from 'node:http';
import { InvalidOptionError } from '@cachewarp/core';
import { textResponse, type AdminResponse } from './admin-message.js';

/** What a {@link ProblemError} says beside its status and detail. */
export interface ProblemParts {
  /** The faulty part of the request: a body field, a query parameter, a header field. */
  readonly field?: string;
  /** What stood there. */
  readonly value?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** Further members of the problem object. */
  readonly members?: Readonly<Record<string, unknown>>;
}

/** A refusal that the caller is told as problem+json (RFC 9457). */
export class ProblemError extends Error {
  readonly status: number;
  readonly parts: ProblemParts;

  constructor(status: number, detail: string, parts: ProblemParts = {}) {
    super(detail);
    this.name = new.target.name;
    this.status = status;
    this.parts = parts;
  }
}

/** Renders any error. What is not a refusal of ours is a 500 that tells the caller nothing of its cause. */
export function problemResponse(error: unknown): AdminResponse {
  const { status, message, parts } = toProblem(error);
  // RFC 9457 4.2.1: with about:blank the title is that of the status.
  const problem = {
    type: 'about:blank',
    title: STATUS_CODES[status] ?? 'Error',
    status,
    detail: message,
    ...('field' in parts && { field: parts.field, value: parts.value ?? null }),
    ...parts.members,
  };
  return textResponse(`${JSON.stringify(problem)}\n`, 'application/problem+json', status, parts.headers);
}

function toProblem(error: unknown): ProblemError {
  if (error instanceof ProblemError) return error;
  if (error instanceof InvalidOptionError) {
    return new ProblemError(400, error.message, { field: error.field, value: error.value });
  }
  return new ProblemError(500, 'The request could not be served.');
}
