import { ProblemError } from './problem.js';

const MAX_LIMIT = 1_000;

/** @throws ProblemError of status 400 for a parameter that is not among the known ones */
export function refuseUnknown(query: URLSearchParams, known: readonly string[]): void {
  for (const name of query.keys()) {
    if (known.includes(name)) continue;
    const detail = `${name} is not a parameter (known: ${known.join(', ')}).`;
    throw new ProblemError(400, detail, { field: name, value: query.get(name) });
  }
}

/** @throws ProblemError of status 400 for what is no whole number from 1 to 1000 */
export function readLimit(text: string | null, whenAbsent: number): number {
  if (text === null) return whenAbsent;
  const limit = /^\d{1,4}$/.test(text) ? Number(text) : 0;
  if (limit >= 1 && limit <= MAX_LIMIT) return limit;
  throw new ProblemError(400, `limit must be a whole number from 1 to ${MAX_LIMIT}.`, { field: 'limit', value: text });
}
