import { MemoryStore, type CacheEntry, type MemoryOptions } from '@cachewarp/core';
import { FakeClock } from '@cachewarp/core/testing';
import type { Trace } from './trace.js';

/** Hits by requests and by bytes, as parts of all. */
export interface Ratios {
  readonly hits: number;
  readonly bytes: number;
}

/** Plays a trace through a memory store: every request looks its key up, and keeps an entry where there was none. */
export function replay({ keys, sizes }: Trace, options: MemoryOptions): Ratios {
  const clock = new FakeClock();
  const store = new MemoryStore({ ...options, clock });
  const names: string[] = [];
  let hits = 0;
  let hitBytes = 0;
  let allBytes = 0;
  for (let request = 0; request < keys.length; request++) {
    const number = keys[request]!;
    const size = sizes?.[request] ?? 1;
    const name = (names[number] ??= String(number));
    allBytes += size;
    if (store.record(name) === undefined) {
      store.put(name, entryOf(size, clock.now()));
    } else {
      hits++;
      hitBytes += size;
    }
  }
  return { hits: hits / keys.length, bytes: hitBytes / allBytes };
}

const HOUR_MS = 3_600_000;

function entryOf(size: number, now: number): CacheEntry {
  return {
    value: undefined,
    isError: false,
    createdAt: now,
    freshUntil: now + HOUR_MS,
    staleUntil: 0,
    errorUntil: 0,
    keepUntil: 0,
    loadMs: 1,
    tags: [],
    parent: undefined,
    epoch: '',
    position: 0,
    size,
  };
}
