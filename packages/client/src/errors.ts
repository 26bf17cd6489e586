/** What the service says of a refusal (RFC 9457). */
export interface Problem {
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  /** What is at fault. */
  readonly field?: string;
  /** What stood there. */
  readonly value?: unknown;
}

/** Every error of the client. `code` is stable. */
export class CacheClientError extends Error {
  readonly code: string;

  constructor(code: string, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = new.target.name;
    this.code = code;
  }
}

/** The service refused, or failed. */
export class CacheResponseError extends CacheClientError {
  readonly status: number;
  /** Undefined where the answer was none of the service's own, but of something between. */
  readonly problem: Problem | undefined;

  constructor(status: number, problem: Problem | undefined, request: string) {
    super(
      'ERR_CACHEWARP_CLIENT_RESPONSE',
      `${request} was answered ${status}: ${problem?.detail ?? 'no reason given'}`,
    );
    this.status = status;
    this.problem = problem;
  }
}

/** Nobody answered: the connection was refused or broke, and so did the tries after it. */
export class CacheConnectionError extends CacheClientError {
  constructor(request: string, cause: unknown) {
    const inner = (cause as { cause?: { message?: string } } | undefined)?.cause?.message;
    super(
      'ERR_CACHEWARP_CLIENT_CONNECTION',
      `${request} failed: ${inner ?? (cause instanceof Error ? cause.message : String(cause))}`,
      cause,
    );
  }
}

/** No answer came within `timeout`. */
export class CacheTimeoutError extends CacheClientError {
  constructor(request: string, timeoutMs: number, cause: unknown) {
    super('ERR_CACHEWARP_CLIENT_TIMEOUT', `${request} took longer than ${timeoutMs} ms`, cause);
  }
}
