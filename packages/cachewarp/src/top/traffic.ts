import type { Frame } from '@cachewarp/admin';
import { sumUp, type Totals } from '@cachewarp/admin/figures';

/** What the metrics were, second by second. */
export interface Traffic {
  /** Every series now. */
  readonly samples: ReadonlyMap<string, number>;
  /** From oldest to newest. */
  readonly totals: readonly Totals[];
}

/** Moments kept: what a ratio over 1,000 s needs. */
const CAPACITY = 1_001;

export const NO_TRAFFIC: Traffic = { samples: new Map(), totals: [] };

export function addFrame(traffic: Traffic, { at, samples }: Frame): Traffic {
  const all = new Map(traffic.samples);
  for (const [series, value] of Object.entries(samples)) all.set(series, value);
  if (at === null || all.size === 0) return { samples: all, totals: traffic.totals };
  const kept = traffic.totals.slice(Math.max(0, traffic.totals.length - CAPACITY + 1));
  return { samples: all, totals: [...kept, sumUp(all, at / 1_000)] };
}
