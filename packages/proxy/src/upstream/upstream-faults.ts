import { UpstreamError, type UpstreamFault } from '../base/proxy-errors.js';

/** What undici and Node call the ways to fail, in our words. */
const FAULTS: Readonly<Record<string, UpstreamFault>> = {
  UND_ERR_CONNECT_TIMEOUT: 'connect-timeout',
  UND_ERR_HEADERS_TIMEOUT: 'timeout',
  UND_ERR_BODY_TIMEOUT: 'timeout',
  UND_ERR_HEADERS_OVERFLOW: 'protocol',
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: 'protocol',
  UND_ERR_RES_EXCEEDED_MAX_SIZE: 'protocol',
  UND_ERR_REQ_CONTENT_LENGTH_MISMATCH: 'request',
  UND_ERR_INVALID_ARG: 'request',
  UND_ERR_NOT_SUPPORTED: 'request',
  ERR_ASSERTION: 'protocol',
};

/**
 * The fault that an error of the HTTP client stands for.
 *
 * @param wasSent - whether a connection had been found and the request begun
 */
export function upstreamError(error: unknown, upstream: string, wasSent: boolean): UpstreamError {
  if (error instanceof UpstreamError) return error;
  const code = codeOf(error);
  const fault = FAULTS[code] ?? (code.startsWith('HPE_') ? 'protocol' : wasSent ? 'reset' : 'connect');
  const what = error instanceof Error && error.message !== '' ? error.message : code;
  return new UpstreamError(fault, `${upstream}: ${what}`, { upstream, cause: error });
}

function codeOf(error: unknown): string {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' ? code : '';
}
