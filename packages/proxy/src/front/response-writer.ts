import type { HttpResponse } from '@cachewarp/http';
import type { ClientResponse } from './client-response.js';

/**
 * Writes a response to a client: the head with the first content, the rest as it comes, no faster than the client takes it. A body that
 * fails is broken off, so that what the client has can be told from the whole.
 *
 * @param fields - to send, flat
 * @returns bytes of content written; a promise of them where that takes more than one turn
 */
export function writeResponse(
  client: ClientResponse,
  response: HttpResponse,
  fields: readonly string[],
  options: WritingOptions,
): Promise<number> | number {
  const { status, reason, body, trailers } = response;
  const isWhole = (body === null || body instanceof Uint8Array) && (trailers === undefined || !options.sendsTrailers);
  if (!isWhole || client.isClosed) return writeInPieces(client, response, fields, options);
  client.answer(status, reason, fields, body);
  return body?.length ?? 0;
}

/** How a response is written. */
interface WritingOptions {
  /** How long the client may take nothing. */
  readonly writeTimeoutMs: number;
  readonly sendsTrailers: boolean;
}

async function writeInPieces(
  client: ClientResponse,
  response: HttpResponse,
  fields: readonly string[],
  options: WritingOptions,
): Promise<number> {
  const { status, reason, body, trailers } = response;
  if (client.isClosed) {
    await leave(body);
    return 0;
  }
  try {
    client.writeHead(status, reason, fields);
  } catch (error) {
    await leave(body);
    throw error;
  }
  if (body === null || body instanceof Uint8Array) {
    client.trailers((await trailers!).raw);
    client.end(body ?? undefined);
    return body?.length ?? 0;
  }
  // A stream that has nothing to say yet must not keep its head back. What comes in this turn goes out with the head.
  setImmediate(() => client.flush());
  let written = 0;
  try {
    for await (const chunk of body) {
      if (client.isClosed) return written;
      written += chunk.length;
      if (!client.write(chunk)) await ready(client, options.writeTimeoutMs);
    }
  } catch (error) {
    client.abort();
    throw error;
  }
  if (client.isClosed) return written;
  if (trailers !== undefined && options.sendsTrailers) {
    const { raw } = await trailers;
    if (raw.length > 0) client.trailers(raw);
  }
  client.end();
  return written;
}

/** Nobody reads this body: whoever sends it should know. */
async function leave(body: HttpResponse['body']): Promise<void> {
  if (body === null || body instanceof Uint8Array) return;
  await body[Symbol.asyncIterator]().return?.();
}

/** Resolves when the client can take more or is gone. One that takes nothing for too long is cut off. */
function ready(client: ClientResponse, timeoutMs: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => client.abort(), Math.min(timeoutMs, 2 ** 31 - 1)).unref();
    client.onceReady(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}
