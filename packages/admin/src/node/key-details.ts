import type { EntryDetails, KeyDetails, KeySummary } from '../message/admin-answers.js';
import type { KeyEntry, KeyReport } from './key-report.js';

export function summaryOf({ key, entries }: KeyReport): KeySummary {
  const [first] = entries as [KeyEntry, ...KeyEntry[]];
  const size = entries.reduce((sum, entry) => sum + entry.size, 0);
  const tags = [...new Set(entries.flatMap((entry) => entry.tags))];
  return { key, entries: entries.length, ...times(first), size, tags };
}

export function detailsOf({ key, entries }: KeyReport): KeyDetails {
  const [first] = entries as [KeyEntry, ...KeyEntry[]];
  const isPlain = entries.length === 1 && first.variant === undefined;
  return {
    key,
    ...entryDetails(first),
    variants: isPlain ? [] : entries.map((entry) => ({ variant: entry.variant, ...entryDetails(entry) })),
  };
}

function entryDetails({ tier, size, tags, loadMs, isError, position, ...entry }: KeyEntry): EntryDetails {
  return { tier, ...times(entry), size, tags, loadMs: Math.round(loadMs), isError, position };
}

function times({
  freshness,
  ageMs,
  ttlLeftMs,
}: Pick<KeyEntry, 'freshness' | 'ageMs' | 'ttlLeftMs'>): Pick<KeySummary, 'freshness' | 'ageMs' | 'ttlLeftMs'> {
  return { freshness, ageMs: Math.round(ageMs), ttlLeftMs: ttl(ttlLeftMs) };
}

/** JSON has no Infinity: an entry that never expires has no time left to tell. */
function ttl(ms: number): number | null {
  return Number.isFinite(ms) ? Math.round(ms) : null;
}
