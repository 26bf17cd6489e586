import { EVICTION_POLICIES, type EvictionPolicyName } from '@cachewarp/core';
import { beladyHitRatio } from './belady.js';
import { replay } from './replay.js';
import type { Trace } from './trace.js';

/** Hit ratios of every policy on one trace with one capacity. */
export interface Cell {
  readonly trace: Trace;
  /** In entries. */
  readonly capacity: number;
  readonly opt: number;
  readonly ratios: Readonly<Record<EvictionPolicyName, number>>;
}

/** Capacities as parts of the keys that a trace has. */
const FRACTIONS = [0.005, 0.01, 0.02, 0.05, 0.1, 0.2];

/** Plays a trace with every policy and at every capacity, bounded in entries. */
export function measureTrace(trace: Trace): Cell[] {
  return FRACTIONS.map((fraction) => {
    const capacity = Math.max(1, Math.round(trace.unique * fraction));
    const bounds = { maxEntries: capacity, maxBytes: Number.MAX_SAFE_INTEGER };
    const ratios = Object.fromEntries(
      EVICTION_POLICIES.map((policy) => [policy, replay(trace, { ...bounds, policy }).hits]),
    ) as Record<EvictionPolicyName, number>;
    return { trace, capacity, opt: beladyHitRatio(trace.keys, capacity), ratios };
  });
}

/** Hit ratios by requests and by bytes of every policy, bounded in bytes. */
export interface ByteCell {
  readonly trace: Trace;
  readonly maxBytes: number;
  /** By policy: with the default bound of one entry, and with none. */
  readonly ratios: readonly {
    readonly policy: EvictionPolicyName;
    readonly bounded: { readonly hits: number; readonly bytes: number };
    readonly unbounded: { readonly hits: number; readonly bytes: number };
  }[];
}

/** Plays a trace that knows sizes, bounded to a part of the bytes of all its keys. */
export function measureBytes(trace: Trace, fraction: number): ByteCell {
  const sizeOf = new Map<number, number>();
  for (const [request, key] of trace.keys.entries()) sizeOf.set(key, trace.sizes![request]!);
  const maxBytes = Math.round([...sizeOf.values()].reduce((sum, size) => sum + size, 0) * fraction);
  const ratios = EVICTION_POLICIES.map((policy) => ({
    policy,
    bounded: replay(trace, { maxBytes, policy }),
    unbounded: replay(trace, { maxBytes, policy, maxEntryFraction: 1 }),
  }));
  return { trace, maxBytes, ratios };
}
