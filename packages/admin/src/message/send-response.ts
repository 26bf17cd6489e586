import type { ServerResponse } from 'node:http';
import type { AdminResponse } from './admin-message.js';

/**
 * Sends an answer of the admin API by Node's own server. A stream of events is piped to the client, and ended when it leaves.
 *
 * @param isHead - whether the request was HEAD: then only the fields are sent
 */
export function sendAdminResponse(
  response: ServerResponse,
  { status, headers, body }: AdminResponse,
  isHead: boolean,
): void {
  if (typeof body === 'string') {
    response.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(body) });
    response.end(isHead ? undefined : body);
    return;
  }
  response.writeHead(status, { ...headers });
  response.flushHeaders();
  response.once('close', () => body.destroy());
  // A stream that is given up, because its reader takes nothing, takes the connection with it.
  body.once('close', () => response.destroy());
  body.pipe(response);
}
