import { parseDuration } from '../base/duration.js';
import { checkTags, type CachePolicy } from '../policy/cache-policy.js';
import type { AdaptiveLoads } from './adaptive-loads.js';
import type { EntryDraft } from './fill-lease.js';
import type { LoadResult } from './load-result.js';

/**
 * Turns a result into the entry that the policy makes of it, or into nothing when the policy does not keep it.
 * @throws whatever the policy's functions of the result throw, and InvalidOptionError for what they answer
 */
export function draftEntry(
  result: LoadResult,
  policy: CachePolicy,
  { random, adaptive }: { readonly random: () => number; readonly adaptive: AdaptiveLoads },
): EntryDraft | undefined {
  const ttlMs = result.isError ? errorTtlMs(result.value, policy) : valueTtlMs(result, policy, adaptive);
  if (ttlMs === undefined) return undefined;
  // An adaptive ttl is spread by its own rule, and its bounds are not to be left.
  const jitter = policy.isAdaptive ? 0 : policy.jitter;
  const freshUntil = result.at + ttlMs * (1 - jitter * random());
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

function valueTtlMs(result: LoadResult, policy: CachePolicy, adaptive: AdaptiveLoads): number | undefined {
  const { value } = result;
  if (policy.when?.(value) === false || policy.unless?.(value) === true) return undefined;
  if ((value === null || value === undefined) && policy.negativeTtlMs !== undefined) {
    return policy.negativeTtlMs === 0 ? undefined : policy.negativeTtlMs;
  }
  if (policy.isAdaptive) return adaptive.ttlMsOf(result, policy);
  if (policy.adaptive.isShadow) adaptive.watch(result, policy);
  return policy.ttlOf === undefined ? policy.ttlMs : parseDuration('ttl', policy.ttlOf(value));
}

function tagsOf(result: LoadResult, policy: CachePolicy): readonly string[] {
  if (policy.tagsOf === undefined || result.isError) return policy.tags;
  return checkTags('tags', policy.tagsOf(result.value));
}
