import type { ReadStream, WriteStream } from 'node:tty';
import type { Looks } from '../top/paint.js';
import { readSnapshot } from '../top/read-snapshot.js';
import { runTop } from '../top/run-top.js';
import { snapshotLines, snapshotOf } from '../top/snapshot.js';
import type { AdminAddress } from './admin-client.js';
import type { Print } from './print.js';

/** How `cachewarp top` is asked for. */
export interface TopOptions {
  /** Print what is known now, and end. */
  readonly once?: boolean;
  /** As JSON; it is printed once. */
  readonly json?: boolean;
}

/** Where it is shown. */
export interface Screen {
  readonly input: ReadStream;
  readonly output: WriteStream;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Columns of text that goes to no terminal. */
const COLUMNS = 110;

/** `cachewarp top`: a cache, live, on a terminal; elsewhere, and with `--once`, what is known now. */
export async function top(address: AdminAddress, options: TopOptions, screen: Screen, print: Print): Promise<void> {
  const { input, output, env } = screen;
  // Without a cursor that can be moved, or keys that can be read, there is one look.
  const isLive = output.isTTY && input.isTTY && env['TERM'] !== 'dumb';
  if (options.json === true) return print(JSON.stringify(snapshotOf(await readSnapshot(address))));
  const looks = looksOf(screen);
  if (options.once === true || !isLive) {
    const columns = output.isTTY ? output.columns || COLUMNS : COLUMNS;
    for (const line of snapshotLines(await readSnapshot(address), columns, looks.isUnicode)) print(line);
    return;
  }
  const signal = await runTop(address, { input, output, looks });
  // Who sent it is to see that it was the signal that ended it.
  if (signal !== undefined) process.kill(process.pid, signal);
}

function looksOf({ output, env }: Screen): Looks {
  const locale = env['LC_ALL'] || env['LC_CTYPE'] || env['LANG'] || '';
  return {
    // NO_COLOR, NODE_DISABLE_COLORS, FORCE_COLOR and TERM decide, as for all of Node's own output.
    hasColors: output.isTTY && output.hasColors({ ...env }),
    isUnicode: process.platform === 'win32' || /utf-?8/i.test(locale),
  };
}
