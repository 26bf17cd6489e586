import { setTimeout as pause } from 'node:timers/promises';

/** Resolves when something has come about that tells nobody. A test that waits in vain fails by its time limit. */
export async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isSo())) await pause(2);
}
