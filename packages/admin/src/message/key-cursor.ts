import { ProblemError } from './problem.js';

/*
 * Lists of keys are told page by page. A cursor names the place behind the last key of a page by that key, so that pages stay whole while
 * entries come and go.
 */

/** The cursor of the page behind this key. */
export function cursorBehind(key: string): string {
  return Buffer.from(key).toString('base64url');
}

/**
 * The key that a cursor stands behind.
 * @param giver - who gave it out, for the message
 * @throws ProblemError when it is none
 */
export function readCursor(text: string, giver: string): string {
  const key = Buffer.from(text, 'base64url').toString('utf8');
  if (key !== '' && cursorBehind(key) === text) return key;
  throw new ProblemError(400, `cursor must be one that ${giver} gave out.`, { field: 'cursor', value: text });
}

/** Index of the first of these sorted keys that sorts behind `after`. */
export function firstBehind(keys: readonly string[], after: string): number {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (keys[middle]! <= after) low = middle + 1;
    else high = middle;
  }
  return low;
}
