import type { Cache, Target } from '@cachewarp/core';

/** What an invalidation concerns in this process's memory. */
export interface Affected {
  readonly entries: number;
  /** The first of their keys, sorted. */
  readonly keys: readonly string[];
}

/** The entries in memory that targets name. Looks at every entry once: for an operator's call, not for a request path. */
export function affectedBy(cache: Cache, targets: readonly Target[], maxKeys: number): Affected {
  // What can never be served again, but lies there still, is not what an operator asks about.
  cache.parts.sweeper.sweepNow();
  const matches = targets.map(matcher);
  const keys = new Set<string>();
  let entries = 0;
  for (const { key, entry } of cache.parts.memory.records()) {
    const isNamed = matches.some((match) => match(key, entry.parent, entry.tags));
    if (!isNamed) continue;
    entries++;
    keys.add(entry.parent ?? key);
  }
  return { entries, keys: [...keys].toSorted().slice(0, maxKeys) };
}

type Match = (key: string, parent: string | undefined, tags: readonly string[]) => boolean;

function matcher(target: Target): Match {
  if (typeof target === 'string') return (key, parent) => key === target || parent === target;
  if ('key' in target) return (key, parent) => key === target.key || parent === target.key;
  if ('tag' in target) return (_key, _parent, tags) => tags.includes(target.tag);
  if ('tags' in target) return (_key, _parent, tags) => target.tags.some((tag) => tags.includes(tag));
  if ('prefix' in target) return (key) => key.startsWith(target.prefix);
  return () => true;
}
