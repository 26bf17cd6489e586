import type { Writable } from 'node:stream';
import { progress } from '@clack/prompts';
import { bytesText } from '../simulate/report/format.js';
import type { SimulationProgress } from '../simulate/simulate.js';

const STEPS = 100;
/** Part of the bar that stands for the reading. */
const READING = 75;

/** A bar on a terminal, and nothing anywhere else. `end` takes it away. */
export function showProgress(terminal: Writable | undefined): SimulationProgress & { end(): void } {
  if (terminal === undefined) return { reading: () => undefined, reckoning: () => undefined, end: () => undefined };
  const bar = progress({ max: STEPS, output: terminal });
  let done = 0;
  const goOn = (to: number, message: string): void => {
    const step = Math.floor(to) - done;
    if (step <= 0) return;
    done += step;
    bar.advance(step, message);
  };
  bar.start('reading');
  return {
    reading(readBytes, totalBytes) {
      if (totalBytes === undefined) bar.message(`read ${bytesText(readBytes)}`);
      else
        goOn(
          (READING * readBytes) / Math.max(1, totalBytes),
          `read ${bytesText(readBytes)} of ${bytesText(totalBytes)}`,
        );
    },
    reckoning: (step, steps) => goOn(READING + ((STEPS - READING) * step) / steps, 'trying other settings'),
    end: () => bar.clear(),
  };
}
