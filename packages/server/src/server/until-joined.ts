import type { InvalidationLog } from '@cachewarp/core';

/**
 * Waits until the log of a shared store is joined: before that nothing is read from the store, and what it has would look absent. A store
 * that is away for longer is joined when it comes.
 */
export function untilJoined(log: InvalidationLog, timeoutMs: number): Promise<void> {
  if (log.isShared !== true) return Promise.resolve();
  return new Promise((resolve) => {
    // Not the clock's: at the start nothing else keeps the process alive.
    const timer = setTimeout(resolve, timeoutMs);
    const stop = log.subscribe({
      onRecord: () => undefined,
      onRestart: () => {
        clearTimeout(timer);
        resolve();
        // Not within subscribe, which has not answered yet where the log is joined already.
        queueMicrotask(() => stop());
      },
    });
  });
}
