import { decodeEntry, encodeEntry, expiresAt, type CacheEntry } from '@cachewarp/core';

/** An entry with the versions that its targets had before it was loaded. */
export interface StampedEntry {
  readonly key: string;
  readonly entry: CacheEntry;
  /** Versions by the names of their items. */
  readonly versions: Readonly<Record<string, string>>;
}

/** @throws EncodeError where the value has no encoding */
export function writeStamped({ key, entry, versions }: StampedEntry): string {
  return JSON.stringify([key, versions, Buffer.from(encodeEntry(entry)).toString('base64')]);
}

/** Undefined for what is torn, foreign, another key's, or past its last window. */
export function readStamped(text: string | undefined, now: number, key?: string): StampedEntry | undefined {
  if (text === undefined) return undefined;
  let parts: unknown;
  try {
    parts = JSON.parse(text);
  } catch {
    // Not of our making: a miss.
    return undefined;
  }
  if (!Array.isArray(parts) || parts.length !== 3) return undefined;
  const [stored, versions, bytes] = parts as unknown[];
  if (typeof stored !== 'string' || typeof bytes !== 'string' || typeof versions !== 'object' || versions === null)
    return;
  if (key !== undefined && stored !== key) return undefined;
  const entry = decodeEntry(Buffer.from(bytes, 'base64'));
  if (entry === undefined || now >= expiresAt(entry)) return undefined;
  return { key: stored, entry, versions: versions as Record<string, string> };
}
