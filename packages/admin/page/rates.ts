import type { Histogram, Totals, Words } from './totals.js';

/** Words that a stored answer stands behind. */
const ANSWERED = ['hit', 'stale', 'revalidated'];
/** Words that ask the cache at all. */
const ASKED = [...ANSWERED, 'miss'];

/** A counter's growth. One that went back belongs to a process that began anew: no growth. */
export function grown(now: number | undefined, then: number | undefined): number {
  return Math.max(0, (now ?? 0) - (then ?? 0));
}

/** A counter's growth a second between two moments. */
export function perSecond(read: (totals: Totals) => number | undefined, now: Totals, then: Totals): number {
  const seconds = now.at - then.at;
  return seconds <= 0 ? 0 : grown(read(now), read(then)) / seconds;
}

/** Of what could be answered from the cache, the part that was; undefined where nothing asked it. */
export function hitRatio(now: Words | undefined, then: Words | undefined): number | undefined {
  const grownOf = (words: readonly string[]): number =>
    words.reduce((total, word) => total + grown(now?.[word], then?.[word]), 0);
  const asked = grownOf(ASKED);
  return asked === 0 ? undefined : grownOf(ANSWERED) / asked;
}

/** The value below which a part of what was measured between two moments lies, in ms; within its bucket taken as even. */
export function quantileMs(
  quantile: number,
  now: Histogram | undefined,
  then: Histogram | undefined,
): number | undefined {
  const earlier = new Map(then);
  const counts = (now ?? []).map(([bound, count]) => [bound, grown(count, earlier.get(bound))] as const);
  const wanted = quantile * (counts.at(-1)?.[1] ?? 0);
  if (wanted === 0) return undefined;
  const at = counts.findIndex(([, count]) => count >= wanted);
  const [upper, count] = counts[at]!;
  const [lower, below] = at === 0 ? [0, 0] : counts[at - 1]!;
  // Above the last bound nothing is known but that.
  if (!Number.isFinite(upper)) return lower * 1_000;
  return (lower + (upper - lower) * ((wanted - below) / (count - below))) * 1_000;
}

export function sum(values: Words | undefined): number {
  return Object.values(values ?? {}).reduce((total, value) => total + value, 0);
}
