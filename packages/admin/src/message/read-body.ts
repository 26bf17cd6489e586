import type { IncomingMessage } from 'node:http';
import { ProblemError } from './problem.js';

/**
 * Reads the body of a node:http request into memory.
 * @throws ProblemError of status 413 as soon as there is more than `maxBytes`, the rest is not read; of status 400 when the body
 * breaks off
 */
export async function readRequestBody(request: IncomingMessage, maxBytes: number): Promise<Uint8Array> {
  const declared = Number(request.headers['content-length'] ?? 0);
  if (declared > maxBytes) throw tooLarge(maxBytes);
  const chunks: Uint8Array[] = [];
  let length = 0;
  try {
    for await (const chunk of request as AsyncIterable<Uint8Array>) {
      length += chunk.length;
      if (length > maxBytes) throw tooLarge(maxBytes);
      chunks.push(chunk);
    }
  } catch (error) {
    if (error instanceof ProblemError) throw error;
    throw new ProblemError(400, 'The body broke off.');
  }
  return Buffer.concat(chunks, length);
}

/** The connection is given up with the answer: what else comes on it would be the rest of the body. */
export function tooLarge(maxBytes: number): ProblemError {
  return new ProblemError(413, `The body must not be longer than ${maxBytes} bytes.`, {
    headers: { connection: 'close' },
  });
}
