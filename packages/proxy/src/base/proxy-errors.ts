import { CacheWarpError } from '@cachewarp/core';

/** What went wrong between the proxy and its origin, in one word. */
export type UpstreamFault =
  /** No connection: refused, unreachable, name unknown, or the TLS handshake failed. */
  | 'connect'
  /** No connection within `connectTimeout`. */
  | 'connect-timeout'
  /** The connection broke before the response was complete. */
  | 'reset'
  /** No head of a response within `firstByteTimeout`, no byte of a body within `idleTimeout`, or `totalTimeout` passed. */
  | 'timeout'
  /** What came is not a valid HTTP response, contradicts itself, or exceeds a limit. */
  | 'protocol'
  /** Every upstream is unhealthy or its circuit breaker is open; nothing was tried. */
  | 'unavailable'
  /** The cap on concurrent requests to the origin is reached, and the queue is full or did not move in time. */
  | 'overloaded'
  /** The client's own request broke off or could not be sent on. */
  | 'request'
  /** Nobody wants the answer any more. */
  | 'aborted';

const CODES: Readonly<Record<UpstreamFault, string>> = {
  connect: 'ERR_CACHEWARP_UPSTREAM_CONNECT',
  'connect-timeout': 'ERR_CACHEWARP_UPSTREAM_CONNECT_TIMEOUT',
  reset: 'ERR_CACHEWARP_UPSTREAM_RESET',
  timeout: 'ERR_CACHEWARP_UPSTREAM_TIMEOUT',
  protocol: 'ERR_CACHEWARP_UPSTREAM_PROTOCOL',
  unavailable: 'ERR_CACHEWARP_UPSTREAM_UNAVAILABLE',
  overloaded: 'ERR_CACHEWARP_UPSTREAM_OVERLOADED',
  request: 'ERR_CACHEWARP_UPSTREAM_REQUEST',
  aborted: 'ERR_CACHEWARP_UPSTREAM_ABORTED',
};

/** The origin did not give a complete answer. Clients get 502, 503 or 504, or a stale answer where one is allowed. */
export class UpstreamError extends CacheWarpError {
  readonly fault: UpstreamFault;
  /** Which upstream it was, as `host:port`; undefined when none was chosen. */
  readonly upstream: string | undefined;
  /** After how many milliseconds another try may be worth it, where that is known. */
  readonly retryAfterMs: number | undefined;

  constructor(
    fault: UpstreamFault,
    message: string,
    details: { upstream?: string | undefined; retryAfterMs?: number | undefined; cause?: unknown } = {},
  ) {
    super(CODES[fault], message, 'cause' in details ? { cause: details.cause } : {});
    this.fault = fault;
    this.upstream = details.upstream;
    this.retryAfterMs = details.retryAfterMs;
  }
}

/** Why a proxy cannot start. */
export type StartFault = 'PORT_IN_USE' | 'LISTEN' | 'TLS' | 'WORKER';

/** The proxy could not start: a port is taken, an address is not ours, a certificate cannot be used. One line, one code. */
export class ProxyStartError extends CacheWarpError {
  constructor(fault: StartFault, message: string, cause?: unknown) {
    super(`ERR_CACHEWARP_${fault}`, message, cause === undefined ? {} : { cause });
  }
}

/** Why a server cannot listen. */
export function startError(error: NodeJS.ErrnoException, port: number, host: string | undefined): ProxyStartError {
  const place = host === undefined ? `port ${port}` : `${host}:${port}`;
  if (error.code === 'EADDRINUSE') {
    return new ProxyStartError(
      'PORT_IN_USE',
      `${place} is in use: choose another port, or stop what listens there`,
      error,
    );
  }
  if (error.code === 'EACCES')
    return new ProxyStartError('LISTEN', `${place} may not be listened on by this user`, error);
  if (error.code === 'EADDRNOTAVAIL')
    return new ProxyStartError('LISTEN', `${place} is not an address of this machine`, error);
  return new ProxyStartError('LISTEN', `cannot listen on ${place}: ${error.message}`, error);
}
