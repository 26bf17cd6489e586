import type { Context } from 'koa';
import { Problem } from './problem.js';

/** Longest body accepted, in bytes. */
export const MAX_BODY_BYTES = 16_384;

/** How much of a faulty body is told back. */
const EXCERPT = 200;

/**
 * Reads a request's body as a JSON object.
 * @throws Problem of status 413 when it is too long, 400 when it is no JSON object
 */
export async function readJson(ctx: Context): Promise<Record<string, unknown>> {
  const text = await readBody(ctx);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // What exactly the parser did not like depends on the runtime; the client gets to see what we got.
    throw new Problem(400, 'The body must be JSON.', 'body', text.slice(0, EXCERPT));
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw new Problem(400, 'The body must be a JSON object.', 'body', value);
}

/**
 * Reads a text of a body.
 * @throws Problem of status 400 when it is missing, no text, empty or too long
 */
export function readText(body: Record<string, unknown>, field: string, maxLength: number): string {
  const value = Object.hasOwn(body, field) ? body[field] : undefined;
  if (typeof value === 'string' && value.trim() !== '' && value.length <= maxLength) return value;
  throw new Problem(400, `${field} must be text of 1 to ${maxLength} characters.`, field, value ?? null);
}

async function readBody({ req }: Context): Promise<string> {
  if (Number(req.headers['content-length'] ?? 0) > MAX_BODY_BYTES) throw tooLong();
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of req as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > MAX_BODY_BYTES) throw tooLong();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function tooLong(): Problem {
  return new Problem(
    413,
    `The body must not be longer than ${MAX_BODY_BYTES} bytes.`,
    'body',
    `more than ${MAX_BODY_BYTES} bytes`,
  );
}
