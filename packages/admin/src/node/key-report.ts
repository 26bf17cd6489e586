import type { Cache, EntryReport, LogRecord } from '@cachewarp/core';

/** Everything that is kept under one key: one entry, or one for each user, host or form in which the answer was given. */
export interface KeyReport {
  readonly key: string;
  /** The one that is fresh for longest first. Never empty. */
  readonly entries: readonly KeyEntry[];
}

/** One entry of a key, and what tells it from the others of that key. */
export interface KeyEntry extends EntryReport {
  /** Undefined where it stands under the key itself. */
  readonly variant: string | undefined;
}

/** The keys in this process's memory that begin with `prefix`, sorted. Keys of variants are not keys of their own. */
export function keysOf(cache: Cache, prefix: string): string[] {
  const keys = new Set<string>();
  for (const { key, entry } of records(cache)) {
    const own = entry.parent ?? key;
    if (own.startsWith(prefix)) keys.add(own);
  }
  return [...keys].toSorted();
}

/** What is known of each of these keys, in their order; a key of which nothing is kept is left out. */
export async function reportKeys(cache: Cache, keys: readonly string[]): Promise<KeyReport[]> {
  const stored = new Map<string, string[]>(keys.map((key) => [key, []]));
  for (const { key, entry } of records(cache)) stored.get(entry.parent ?? key)?.push(key);
  const reports = await Promise.all([...stored].map(([key, storedAs]) => reportOf(cache, key, storedAs)));
  return reports.filter(({ entries }) => entries.length > 0);
}

async function reportOf(cache: Cache, key: string, storedAs: readonly string[]): Promise<KeyReport> {
  // A key that memory does not hold may be in the tier behind.
  const reports = await Promise.all((storedAs.length === 0 ? [key] : storedAs).map((stored) => cache.inspect(stored)));
  const all = reports.filter((report) => report !== undefined);
  // Beside its variants, a key holds what tells them apart, which is no entry to look at.
  const entries = all.length > 1 ? all.filter((report) => report.key !== key) : all;
  return {
    key,
    entries: entries
      .map((report) => ({ ...report, variant: variantOf(key, report.key) }))
      .toSorted((one, other) => other.ttlLeftMs - one.ttlLeftMs),
  };
}

/** The newest invalidation that concerned a key, or an entry of it, as far back as the log remembers. */
export function lastInvalidationOf(
  cache: Cache,
  key: string,
  entries: readonly Pick<KeyEntry, 'key' | 'tags'>[],
): LogRecord | undefined {
  const tags = new Set(entries.flatMap((entry) => entry.tags));
  return cache.history(Infinity).find(({ markers }) =>
    markers.some(({ kind, name }) => {
      if (kind === 'all') return true;
      if (kind === 'tag') return tags.has(name);
      return kind === 'prefix' ? key.startsWith(name) : name === key || entries.some((entry) => entry.key === name);
    }),
  );
}

/** Every valid record: what is invalid or expired is swept out first. */
function records(cache: Cache): ReturnType<Cache['parts']['memory']['records']> {
  cache.parts.sweeper.sweepNow();
  return cache.parts.memory.records();
}

// eslint-disable-next-line no-control-regex
const SEPARATORS = /[\u0000-\u001f]+/g;

/** What a stored key has behind the key that people name, without the characters that no one can read. */
function variantOf(key: string, storedAs: string): string | undefined {
  if (storedAs === key) return undefined;
  const rest = storedAs.startsWith(key) ? storedAs.slice(key.length) : storedAs;
  return rest.replace(SEPARATORS, ' ').trim();
}
