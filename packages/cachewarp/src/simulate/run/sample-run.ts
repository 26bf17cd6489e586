import type { MemoryOptions } from '@cachewarp/core';
import type { KeySample } from '../stats/key-sample.js';
import { SimulatedCache } from './simulated-cache.js';
import type { TtlChoice } from './ttl-choice.js';

/** What is to be tried on the sample. */
export interface Trial {
  readonly memory: TrialMemory;
  /** In place of the lifetimes that the configuration gives; undefined: those. */
  readonly ttl: TtlChoice | undefined;
}

/** A memory with every default filled in. */
export interface TrialMemory {
  readonly maxBytes: number;
  readonly maxEntries: number | undefined;
  readonly policy: NonNullable<MemoryOptions['policy']>;
}

/** What came of the sample's requests. */
export interface SampleResult {
  readonly misses: number;
  readonly missBytes: number;
  /** Hits that were answered with something else than the log has. */
  readonly outdated: number;
  /** Whether more memory, or another policy, would change nothing. */
  readonly hasRoom: boolean;
}

/** One entry may take as much of the true memory as the engine allows by itself. */
const ENTRY_FRACTION = 0.05;
const ALWAYS_ACCEPTED_BYTES = 64 * 1024;

/**
 * Runs the sample through a real engine with a memory that is smaller by the rate of the sample (SHARDS; see {@link KeySample}).
 */
export async function runSample(
  sample: KeySample,
  { memory, ttl }: Trial,
  ttlsMs: readonly number[],
): Promise<SampleResult> {
  const cache = new SimulatedCache(scaledMemory(memory, sample.rate));
  let [misses, missBytes, outdated] = [0, 0, 0];
  for (const visit of sample.visits()) {
    if (ttl !== undefined) {
      visit.ttlMs = ttlsMs[ttl.stepOf(visit.key)]!;
      visit.staleMs = 0;
    }
    const { outcome, isOutdated } = cache.visit(visit);
    if (isOutdated) outdated++;
    if (outcome !== 'miss') continue;
    misses++;
    missBytes += Math.max(0, visit.bytes);
  }
  const { hasRoom } = cache;
  await cache.close();
  return { misses, missBytes, outdated, hasRoom };
}

function scaledMemory({ maxBytes, maxEntries, policy }: TrialMemory, rate: number): MemoryOptions {
  const scaled = Math.max(1, Math.floor(maxBytes * rate));
  const largest = Math.min(maxBytes, Math.max(ALWAYS_ACCEPTED_BYTES, maxBytes * ENTRY_FRACTION));
  return {
    maxBytes: scaled,
    policy,
    maxEntryFraction: Math.min(1, largest / scaled),
    ...(maxEntries !== undefined && { maxEntries: Math.max(1, Math.round(maxEntries * rate)) }),
  };
}
