import type { MemoryOptions } from '@cachewarp/core';
import { ratio } from '../stats/route-stats.js';
import type { KeySample } from '../stats/key-sample.js';
import { SimulatedCache } from './simulated-cache.js';

/** What is to be tried on the sample. */
export interface Trial {
  readonly memory: { readonly maxBytes: number; readonly maxEntries: number | undefined; readonly policy: MemoryOptions['policy'] };
  /** In place of the lifetimes that the configuration gives; undefined: those. */
  readonly ttlMs?: number;
}

/** What the whole log's figures would be, as reckoned from the sample. */
export interface TrialResult {
  readonly hitRatio: number;
  readonly byteHitRatio: number;
  /** Part of the hits that were answered with something else than the log has. */
  readonly outdatedShare: number;
  /** Whether more memory, or another policy, would change nothing. */
  readonly hasRoom: boolean;
}

/** What the whole log had: requests and bytes, and what of that passes every cache. */
export interface LogTotals {
  readonly requests: number;
  readonly bytes: number;
  readonly passedRequests: number;
  readonly passedBytes: number;
}

/** One entry may take as much of the true memory as the engine allows by itself. */
const ENTRY_FRACTION = 0.05;
const ALWAYS_ACCEPTED_BYTES = 64 * 1024;

/**
 * Runs the sample through a real engine with a memory that is smaller by the rate of the sample (SHARDS; see {@link KeySample}).
 */
export async function runSample(sample: KeySample, trial: Trial, totals: LogTotals): Promise<TrialResult> {
  const cache = new SimulatedCache(scaledMemory(trial.memory, sample.rate));
  let [misses, missBytes, hits, outdated] = [0, 0, 0, 0];
  for (const visit of sample.visits()) {
    if (trial.ttlMs !== undefined) {
      visit.ttlMs = trial.ttlMs;
      visit.staleMs = 0;
    }
    const { outcome, isOutdated } = cache.visit(visit);
    if (outcome === 'hit' || outcome === 'stale') hits++;
    if (isOutdated) outdated++;
    if (outcome !== 'miss') continue;
    misses++;
    missBytes += Math.max(0, visit.bytes);
  }
  const { hasRoom } = cache;
  await cache.close();
  const { requests, bytes, passedRequests, passedBytes } = totals;
  return {
    hitRatio: clamp(1 - ratio(passedRequests + misses / sample.rate, requests)),
    byteHitRatio: bytes === 0 ? 0 : clamp(1 - ratio(passedBytes + missBytes / sample.rate, bytes)),
    outdatedShare: ratio(outdated, hits),
    hasRoom,
  };
}

function scaledMemory({ maxBytes, maxEntries, policy = 's3fifo' }: Trial['memory'], rate: number): MemoryOptions {
  const scaled = Math.max(1, Math.floor(maxBytes * rate));
  const largest = Math.min(maxBytes, Math.max(ALWAYS_ACCEPTED_BYTES, maxBytes * ENTRY_FRACTION));
  return {
    maxBytes: scaled,
    policy,
    maxEntryFraction: Math.min(1, largest / scaled),
    ...(maxEntries !== undefined && { maxEntries: Math.max(1, Math.round(maxEntries * rate)) }),
  };
}

/** By chance of the sample, an estimate may leave what is possible. */
function clamp(value: number): number {
  return Math.min(1, Math.max(0, value));
}
