import type { Print } from './print.js';

/** What runs until it is told to end. */
interface Running {
  /** Answers what was asked, then ends. */
  drain(): Promise<unknown>;
  /** Ends at once. */
  close(): Promise<unknown>;
}

/** Drains on SIGTERM and SIGINT; a second signal ends at once. Resolves when it has ended. */
export function endOnSignal(running: Running, print: Print): Promise<void> {
  return new Promise((resolve, reject) => {
    let signals = 0;
    const onSignal = (signal: NodeJS.Signals): void => {
      signals++;
      if (signals === 1) print(`${signal}: answering what was asked, then ending`);
      const ending = signals === 1 ? running.drain() : running.close();
      ending.then(() => {
        process.off('SIGTERM', onSignal).off('SIGINT', onSignal);
        resolve();
      }, reject);
    };
    process.on('SIGTERM', onSignal).on('SIGINT', onSignal);
  });
}
