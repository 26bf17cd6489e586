import { InvalidOptionError } from '../base/errors.js';

/**
 * What an invalidation names: a key (text, or a reference made by a key family), a tag, several tags, every key that begins
 * with a prefix, or everything.
 */
export type Target =
  | string
  | { readonly key: string }
  | { readonly tag: string }
  | { readonly tags: readonly string[] }
  | { readonly prefix: string }
  | { readonly all: true };

/** One target or several. */
export type Targets = Target | readonly Target[];

/** A target as the log and the markers know it: one kind, one name. */
export interface Marker {
  readonly kind: 'key' | 'tag' | 'prefix' | 'all';
  /** The key, tag or prefix; empty for `all`. */
  readonly name: string;
}

/** How a marker is written in events, logs and the audit: `tag:team:7`, `all`. */
export function markerText(marker: Marker): string {
  return marker.kind === 'all' ? 'all' : `${marker.kind}:${marker.name}`;
}

/**
 * Reads targets into markers.
 * @throws InvalidOptionError when a target is none of the known forms, or its name is empty
 */
export function readTargets(targets: Targets): Marker[] {
  const list: readonly unknown[] = Array.isArray(targets) ? targets : [targets];
  return list.flatMap((target, index) => readTarget(Array.isArray(targets) ? `targets[${index}]` : 'target', target));
}

function readTarget(field: string, target: unknown): Marker[] {
  if (typeof target === 'string') return [named(field, 'key', target)];
  if (typeof target === 'object' && target !== null) {
    if ('key' in target) return [named(`${field}.key`, 'key', target.key)];
    if ('tag' in target) return [named(`${field}.tag`, 'tag', target.tag)];
    if ('tags' in target && Array.isArray(target.tags)) {
      return target.tags.map((tag, index) => named(`${field}.tags[${index}]`, 'tag', tag));
    }
    if ('prefix' in target) return [named(`${field}.prefix`, 'prefix', target.prefix)];
    if ('all' in target && target.all === true) return [{ kind: 'all', name: '' }];
  }
  throw new InvalidOptionError(field, 'must be a key, { tag }, { tags }, { prefix } or { all: true }', target);
}

function named(field: string, kind: Marker['kind'], name: unknown): Marker {
  if (typeof name === 'string' && name !== '') return { kind, name };
  throw new InvalidOptionError(field, 'must be text that is not empty', name);
}
