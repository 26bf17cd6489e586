import { assertFunction, assertKnownOptions, assertNumber, assertObject } from '../base/assert.js';
import { parseDuration } from '../base/duration.js';
import { InvalidOptionError } from '../base/errors.js';
import { DEFAULT_ADAPTIVE, resolveAdaptive, type AdaptiveSettings } from './adaptive/adaptive-options.js';
import type { EntryOptions } from './cache-options.js';

/** Entry options, checked and resolved once: durations in ms, every default filled in. Frozen. */
export interface CachePolicy {
  readonly ttlMs: number;
  /** Reads the ttl from the result; beats `ttlMs`. */
  readonly ttlOf: ((value: unknown) => unknown) | undefined;
  /** Whether the ttl is chosen by what is seen; then `ttlMs` is for results that cannot be compared. */
  readonly isAdaptive: boolean;
  readonly adaptive: AdaptiveSettings;
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
  isAdaptive: false,
  adaptive: DEFAULT_ADAPTIVE,
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
  'adaptive',
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

  if (typeof ttl === 'function') Object.assign(policy, { ttlOf: ttl, isAdaptive: false });
  else if (ttl === 'adaptive') Object.assign(policy, { ttlOf: undefined, isAdaptive: true });
  else if (ttl !== undefined) {
    Object.assign(policy, { ttlMs: parseDuration(at('ttl'), ttl), ttlOf: undefined, isAdaptive: false });
  }
  Object.assign(policy, readAdaptive(options as EntryOptions, policy, at('adaptive')));

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

/** @param policy - with the ttl of the same options read */
function readAdaptive(
  { ttl, adaptive }: EntryOptions,
  policy: CachePolicy,
  field: string,
): Partial<Pick<CachePolicy, 'isAdaptive' | 'adaptive' | 'ttlOf'>> {
  if (adaptive === undefined) return {};
  if (adaptive === false) {
    if (ttl === 'adaptive') throw new InvalidOptionError(field, "must not be false beside ttl 'adaptive'", adaptive);
    return { isAdaptive: false };
  }
  const settings = resolveAdaptive(adaptive === true ? {} : adaptive, policy.adaptive, field);
  const turnsOn = ttl === undefined && !settings.isShadow;
  const isAdaptive = policy.isAdaptive || turnsOn;
  if (isAdaptive && settings.isShadow) {
    throw new InvalidOptionError(`${field}.shadow`, "needs a ttl of its own beside it, not 'adaptive'", true);
  }
  return { adaptive: settings, isAdaptive, ttlOf: turnsOn ? undefined : policy.ttlOf };
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
