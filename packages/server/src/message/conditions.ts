import { ProblemError } from '@cachewarp/admin';

/** `*`, or a list of entity tags as they were sent, weak ones with their `W/`. */
type TagList = '*' | readonly string[];

/** The conditions of a request (RFC 9110 section 13.1). */
export interface Conditions {
  readonly ifMatch: TagList | undefined;
  readonly ifNoneMatch: TagList | undefined;
}

export const NO_CONDITIONS: Conditions = Object.freeze({ ifMatch: undefined, ifNoneMatch: undefined });

/** @throws ProblemError of status 400 for a list that is none */
export function readConditions(ifMatch: string | undefined, ifNoneMatch: string | undefined): Conditions {
  if (ifMatch === undefined && ifNoneMatch === undefined) return NO_CONDITIONS;
  return { ifMatch: readTags('If-Match', ifMatch), ifNoneMatch: readTags('If-None-Match', ifNoneMatch) };
}

/**
 * Judges in the order of RFC 9110 section 13.2.2: If-Match by strong comparison, then If-None-Match by weak comparison.
 * @param etag - of what is there; undefined for nothing
 */
export function judgeConditions(
  { ifMatch, ifNoneMatch }: Conditions,
  etag: string | undefined,
): 'go' | 'failed' | 'not-modified' {
  if (ifMatch !== undefined) {
    const matches = etag !== undefined && (ifMatch === '*' || ifMatch.includes(etag));
    if (!matches) return 'failed';
  }
  if (ifNoneMatch === undefined || etag === undefined) return 'go';
  const matches = ifNoneMatch === '*' || ifNoneMatch.some((tag) => tag === etag || tag === `W/${etag}`);
  return matches ? 'not-modified' : 'go';
}

// RFC 9110 section 8.8.3: etagc leaves out the quote and control characters.
const TAG = /[ \t]*(?:((?:W\/)?"[\x21\x23-\x7e\x80-\xff]*")[ \t]*)?(?:,|$)/y;

function readTags(field: string, value: string | undefined): TagList | undefined {
  if (value === undefined) return undefined;
  if (value.trim() === '*') return '*';
  const tags: string[] = [];
  TAG.lastIndex = 0;
  while (TAG.lastIndex < value.length) {
    const at = TAG.lastIndex;
    const match = TAG.exec(value);
    if (match === null || TAG.lastIndex === at) throw malformed(field, value);
    if (match[1] !== undefined) tags.push(match[1]);
  }
  if (tags.length === 0) throw malformed(field, value);
  return tags;
}

function malformed(field: string, value: string): ProblemError {
  return new ProblemError(400, `${field} must be * or a list of entity tags such as "abc".`, { field, value });
}
