import type { HttpRequest } from '../message/http-message.js';

/**
 * Whether a request is the simple case that a fresh response answers without a second thought: GET or HEAD, with no field that asks for
 * more. One pass over the field names; only names of a telling length are read.
 */
export function isPlainRequest({ method, headers }: HttpRequest): boolean {
  if (method !== 'GET' && method !== 'HEAD') return false;
  const { raw } = headers;
  for (let at = 0; at < raw.length; at += 2) {
    const name = raw[at]!;
    const telling = TELLING[name.length];
    if (telling?.includes(name.toLowerCase()) === true) return false;
  }
  return true;
}

/** Fields that a plain request has not, by the length of their names. */
const TELLING: readonly (readonly string[] | undefined)[] = byLength([
  'authorization',
  'cache-control',
  'if-match',
  'if-modified-since',
  'if-none-match',
  'if-range',
  'if-unmodified-since',
  'pragma',
  'range',
]);

function byLength(names: readonly string[]): (readonly string[] | undefined)[] {
  const table: string[][] = [];
  for (const name of names) (table[name.length] ??= []).push(name);
  return table;
}
