import type { Clock, Timer } from '@cachewarp/core';

/**
 * Settles as `promise` does, but no later than in `ms`.
 * @param late - what it fails with then
 */
export async function inTime<T>(clock: Clock, promise: Promise<T>, ms: number, late: () => Error): Promise<T> {
  let timer: Timer | undefined;
  const bound = new Promise<never>((_, reject) => {
    timer = clock.setTimer(() => reject(late()), ms);
  });
  promise.catch(ignore);
  try {
    return await Promise.race([promise, bound]);
  } finally {
    timer?.cancel();
  }
}

function ignore(): void {
  // Told where it is awaited; what fails after its time is nobody's any more.
}
