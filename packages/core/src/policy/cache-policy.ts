import { assertFunction, assertKnownOptions, assertNumber, assertObject } from '../base/assert.js';
import { parseDuration } from '../base/duration.js';
import { InvalidOptionError } from '../base/errors.js';
import type { EntryOptions } from './cache-options.js';

/** Entry options, checked and resolved once: durations in ms, every default filled in. Frozen. */
export interface CachePolicy {
  readonly ttlMs: number;
  /** Reads the ttl from the result; beats `ttlMs`. */
  readonly ttlOf: ((value: unknown) => unknown) | undefined;
  readonly staleWhileRevalidateMs: number;
  readonly staleIfErrorMs: number;
  /** Factor of refresh-ahead, 0 when it is off. */
  readonly refreshAhead: number;
  readonly jitter: number;
  readonly tags: readonly string[];
  /** Reads the tags from the result; added to none, it replaces `tags`. */
  readonly tagsOf: ((value: unknown) => unknown) | undefined;
  readonly negativeTtlMs: number | undefined;
  readonly softTimeoutMs: number | undefined;
  readonly hardTimeoutMs: number | undefined;
  readonly memoryTtlMs: number;
  readonly when: ((value: unknown) => boolean) | undefined;
  readonly unless: ((value: unknown) => boolean) | undefined;
  readonly errorTtlMs: number | undefined;
  readonly errorMatches: (error: unknown) => boolean;
}

/** The defaults of every entry option, in one place. */
export const DEFAULT_POLICY: CachePolicy = Object.freeze({
  ttlMs: 30_000,
  ttlOf: undefined,
  staleWhileRevalidateMs: 0,
  staleIfErrorMs: 0,
  refreshAhead: 0,
  jitter: 0,
  tags: Object.freeze([]),
  tagsOf: undefined,
  negativeTtlMs: undefined,
  softTimeoutMs: undefined,
  hardTimeoutMs: undefined,
  memoryTtlMs: Infinity,
  when: undefined,
  unless: undefined,
  errorTtlMs: undefined,
  errorMatches: () => true,
});

const MAX_TAGS = 128;
const MAX_TAG_LENGTH = 512;

const ENTRY_OPTIONS = [
  'ttl',
  'staleWhileRevalidate',
  'staleIfError',
  'refreshAhead',
  'jitter',
  'tags',
  'negativeTtl',
  'softTimeout',
  'hardTimeout',
  'memoryTtl',
  'when',
  'unless',
  'errors',
] as const satisfies readonly (keyof EntryOptions)[];

/**
 * Checks entry options and lays them over `base`.
 * @param field - where the options stand, for messages: `''`, `defaults`, …
 * @param extra - names that the caller accepts beside the entry options and reads itself
 * @throws InvalidOptionError naming the first faulty field and its value
 */
export function resolvePolicy<V>(
  options: EntryOptions<V> | undefined,
  base: CachePolicy = DEFAULT_POLICY,
  field = '',
  extra: readonly string[] = [],
): CachePolicy {
  if (options === undefined) return base;
  assertObject(field === '' ? 'options' : field, options);
  assertKnownOptions(field, options, [...ENTRY_OPTIONS, ...extra]);
  const at = (name: string): string => (field === '' ? name : `${field}.${name}`);
  const policy = { ...base };
  const { ttl, tags, refreshAhead, jitter, errors } = options as EntryOptions;

  if (typeof ttl === 'function') policy.ttlOf = ttl;
  else if (ttl !== undefined) Object.assign(policy, { ttlMs: parseDuration(at('ttl'), ttl), ttlOf: undefined });

  if (typeof tags === 'function') policy.tagsOf = tags;
  else if (tags !== undefined) Object.assign(policy, { tags: checkTags(at('tags'), tags), tagsOf: undefined });

  for (const name of ['staleWhileRevalidate', 'staleIfError', 'negativeTtl'] as const) {
    if (options[name] !== undefined) policy[`${name}Ms`] = parseDuration(at(name), options[name], { allowZero: true });
  }
  for (const name of ['softTimeout', 'hardTimeout', 'memoryTtl'] as const) {
    if (options[name] !== undefined) policy[`${name}Ms`] = parseDuration(at(name), options[name]);
  }
  if (jitter !== undefined) {
    assertNumber(at('jitter'), jitter, 0, 1);
    policy.jitter = jitter;
  }
  if (refreshAhead !== undefined) policy.refreshAhead = refreshAheadFactor(at('refreshAhead'), refreshAhead);
  for (const name of ['when', 'unless'] as const) {
    if (options[name] === undefined) continue;
    assertFunction(at(name), options[name]);
    policy[name] = options[name] as (value: unknown) => boolean;
  }
  if (errors !== undefined) {
    assertObject(at('errors'), errors);
    assertKnownOptions(at('errors'), errors, ['ttl', 'match']);
    policy.errorTtlMs = parseDuration(at('errors.ttl'), errors.ttl);
    if (errors.match !== undefined) {
      assertFunction(at('errors.match'), errors.match);
      policy.errorMatches = errors.match;
    }
  }
  return Object.freeze(policy);
}

/** @throws InvalidOptionError unless `value` is a list of at most 128 tags of 1 to 512 characters */
export function checkTags(field: string, value: unknown): readonly string[] {
  if (!Array.isArray(value) || value.length > MAX_TAGS) {
    throw new InvalidOptionError(field, `must be a list of at most ${MAX_TAGS} tags`, value);
  }
  for (const [index, tag] of (value as unknown[]).entries()) {
    if (typeof tag === 'string' && tag.length >= 1 && tag.length <= MAX_TAG_LENGTH) continue;
    throw new InvalidOptionError(`${field}[${index}]`, `must be text of 1 to ${MAX_TAG_LENGTH} characters`, tag);
  }
  return Object.freeze([...(value as string[])]);
}

function refreshAheadFactor(field: string, value: unknown): number {
  if (value === true) return 1;
  if (value === false) return 0;
  assertNumber(field, value, 0, 100);
  return value;
}
