import type { Histogram, Totals } from './traffic-history.js';

/** Words that a stored answer stands behind. */
const ANSWERED = ['hit', 'stale', 'revalidated'];
/** Words that ask the cache at all. */
const ASKED = [...ANSWERED, 'miss'];

/** A counter's growth between two moments, a second. A counter that went back belongs to a process that began anew: no growth. */
export function perSecond(now: number, then: number, seconds: number): number {
  return seconds <= 0 || now < then ? 0 : (now - then) / seconds;
}

/** Requests a second, all or of one word. */
export function requestRate(now: Totals, then: Totals, word?: string): number {
  const read = ({ requests }: Totals): number => (word === undefined ? sum(requests) : (requests[word] ?? 0));
  return perSecond(read(now), read(then), now.at - then.at);
}

/** Of the requests that could be answered from the cache, the part that was; undefined where there were none. */
export function hitRatio(
  now: Readonly<Record<string, number>>,
  then: Readonly<Record<string, number>>,
): number | undefined {
  const grown = (words: readonly string[]): number =>
    words.reduce((total, word) => total + Math.max(0, (now[word] ?? 0) - (then[word] ?? 0)), 0);
  const asked = grown(ASKED);
  return asked === 0 ? undefined : grown(ANSWERED) / asked;
}

/** The value below which a part of what was measured between two moments lies, in ms; within its bucket taken as even. */
export function quantileMs(
  quantile: number,
  now: Histogram | undefined,
  then: Histogram | undefined,
): number | undefined {
  if (now === undefined) return undefined;
  const grown = now.counts.map((count, at) => Math.max(0, count - (then?.counts[at] ?? 0)));
  const total = grown.at(-1) ?? 0;
  if (total === 0) return undefined;
  const wanted = quantile * total;
  const at = grown.findIndex((count) => count >= wanted);
  const upper = now.bounds[at]!;
  const lower = at === 0 ? 0 : now.bounds[at - 1]!;
  // Above the last bound nothing is known but that.
  if (!Number.isFinite(upper)) return lower * 1000;
  const below = at === 0 ? 0 : grown[at - 1]!;
  const within = grown[at]! - below;
  return (lower + (within === 0 ? 0 : (upper - lower) * ((wanted - below) / within))) * 1000;
}

export function sum(values: Readonly<Record<string, number>>): number {
  return Object.values(values).reduce((total, value) => total + value, 0);
}
