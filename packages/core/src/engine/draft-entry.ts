import { parseDuration } from '../base/duration.js';
import { checkTags, type CachePolicy } from '../policy/cache-policy.js';
import type { EntryDraft } from './fill-lease.js';

/** A settled load: what came, when (ms since the epoch), and how long it took (ms). */
export interface LoadResult {
  readonly value: unknown;
  readonly isError: boolean;
  readonly at: number;
  readonly loadMs: number;
}

/**
 * Turns a result into the entry that the policy makes of it, or into nothing when the policy does not keep it.
 * @throws whatever the policy's functions of the result throw, and InvalidOptionError for what they answer
 */
export function draftEntry(result: LoadResult, policy: CachePolicy, random: () => number): EntryDraft | undefined {
  const ttlMs = result.isError ? errorTtlMs(result.value, policy) : valueTtlMs(result.value, policy);
  if (ttlMs === undefined) return undefined;
  const freshUntil = result.at + ttlMs * (1 - policy.jitter * random());
  const hasWindows = !result.isError;
  return {
    value: result.value,
    isError: result.isError,
    freshUntil,
    staleUntil: hasWindows ? freshUntil + policy.staleWhileRevalidateMs : 0,
    errorUntil: hasWindows ? freshUntil + policy.staleIfErrorMs : 0,
    loadMs: result.loadMs,
    tags: tagsOf(result, policy),
    residence: policy,
  };
}

function errorTtlMs(error: unknown, policy: CachePolicy): number | undefined {
  return policy.errorTtlMs !== undefined && policy.errorMatches(error) ? policy.errorTtlMs : undefined;
}

function valueTtlMs(value: unknown, policy: CachePolicy): number | undefined {
  if (policy.when?.(value) === false || policy.unless?.(value) === true) return undefined;
  if ((value === null || value === undefined) && policy.negativeTtlMs !== undefined) {
    return policy.negativeTtlMs === 0 ? undefined : policy.negativeTtlMs;
  }
  return policy.ttlOf === undefined ? policy.ttlMs : parseDuration('ttl', policy.ttlOf(value));
}

function tagsOf(result: LoadResult, policy: CachePolicy): readonly string[] {
  if (policy.tagsOf === undefined || result.isError) return policy.tags;
  return checkTags('tags', policy.tagsOf(result.value));
}
