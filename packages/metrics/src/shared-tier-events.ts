import type { Cache, EventBus } from '@cachewarp/core';

/** A call waited for the load of another process, which held the lease of its key. */
export interface LeaseWait {
  readonly key: string;
  readonly durationMs: number;
}

// Both are events of tiers that several processes share, and no cache without such a tier ever emits them.

/** @returns a function that takes the listener off again */
export function onLeaseWait(cache: Cache, listener: (wait: LeaseWait) => void): () => void {
  return listen(cache.events, 'leaseWait', (event) => {
    const { key, durationMs } = (event ?? {}) as Partial<LeaseWait>;
    listener({ key: key ?? '', durationMs: durationMs ?? 0 });
  });
}

/** @returns a function that takes the listener off again */
export function onLogGap(cache: Cache, listener: () => void): () => void {
  return listen(cache.events, 'logGap', () => listener());
}

function listen(events: EventBus, name: string, listener: (event: unknown) => void): () => void {
  return events.on(name as never, listener as never);
}
