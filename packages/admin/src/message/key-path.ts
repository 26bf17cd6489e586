import { ProblemError } from './problem.js';

/**
 * The keys that the rest of a request target may mean: as written, and percent-decoded. A key made from a URL may itself hold
 * escapes (`GET:/a%20b`), so which one is meant cannot be told from the target; both are taken.
 */
export function keysIn(rest: string): string[] {
  if (rest === '') throw new ProblemError(400, 'The path must end with a key.', { field: 'key', value: rest });
  const decoded = decode(rest);
  return decoded === undefined || decoded === rest ? [rest] : [decoded, rest];
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    // Not an encoding: then the text stands for itself.
    return undefined;
  }
}
