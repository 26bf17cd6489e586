import { splitList } from '../message/field-syntax.js';
import type { HeaderFields } from '../message/headers.js';
import { parseList } from '../message/structured-fields.js';

/** How many tags a response may carry, and how long each may be. */
export interface TagLimits {
  /** @defaultValue 128; RFC 9875 §2 wants at least 32 */
  readonly count: number;
  /** In characters. @defaultValue 256; RFC 9875 §2 wants at least 32 */
  readonly length: number;
}

export const DEFAULT_TAG_LIMITS: TagLimits = Object.freeze({ count: 128, length: 256 });

/** Tags, each once, and whether some were left out: a response that lost a tag cannot be invalidated by it, and is better not stored. */
export interface TagList {
  readonly tags: readonly string[];
  readonly isTruncated: boolean;
}

const TAG_FIELDS = ['surrogate-key', 'cache-tag', 'cache-groups'] as const;

const NO_TAGS: TagList = Object.freeze({ tags: Object.freeze([]), isTruncated: false });

/**
 * The tags that a response gives itself: Surrogate-Key (separated by spaces) and Cache-Tag (by commas) as they stand, Cache-Groups (RFC
 * 9875 §2) as {@link groupTag}.
 *
 * @param origin - scheme and authority of the request, `https://example.com`: groups belong to one origin.
 */
export function tagsOf(headers: HeaderFields, origin: string, limits: TagLimits = DEFAULT_TAG_LIMITS): TagList {
  // Most responses give themselves none.
  if (!TAG_FIELDS.some((name) => headers.has(name))) return NO_TAGS;
  const tags = new Set<string>();
  let isTruncated = false;
  const add = (tag: string): void => {
    if (tag === '' || tags.has(tag)) return;
    if (tag.length > limits.length || tags.size >= limits.count) isTruncated = true;
    else tags.add(tag);
  };
  for (const line of headers.getAll('surrogate-key')) for (const tag of line.split(' ')) add(tag.trim());
  for (const line of headers.getAll('cache-tag')) for (const tag of splitList(line)) add(tag);
  for (const group of groupsIn(headers, 'cache-groups')) {
    if (group.length > limits.length) isTruncated = true;
    else if (!tags.has(groupTag(origin, group)) && tags.size >= limits.count) isTruncated = true;
    else tags.add(groupTag(origin, group));
  }
  return { tags: [...tags], isTruncated };
}

/**
 * The tags that an answer to an unsafe request invalidates by Cache-Group-Invalidation (RFC 9875 §3). Ask only where `invalidates` says
 * yes: on an answer to a safe method the field is ignored. Not bounded: dropping one would leave something stale.
 */
export function invalidatedGroups(headers: HeaderFields, origin: string): string[] {
  return [...new Set(groupsIn(headers, 'cache-group-invalidation'))].map((group) => groupTag(origin, group));
}

/** The tag that stands for a group of an origin. Group names are opaque and case-sensitive (RFC 9875 §2). */
export function groupTag(origin: string, group: string): string {
  return `group:${origin.toLowerCase()}:${group}`;
}

/** A structured list of strings; a value that is not one is ignored as a whole, a member's parameters are ignored (RFC 9875 §2). */
function groupsIn(headers: HeaderFields, name: string): string[] {
  const value = headers.get(name);
  if (value === undefined) return [];
  const groups: string[] = [];
  for (const [member] of parseList(value) ?? []) {
    if (typeof member !== 'string') return [];
    groups.push(member);
  }
  return groups;
}
