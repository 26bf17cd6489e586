import type { LogRequest } from './log-request.js';

/** Where one log is. */
interface Cursor {
  readonly batches: AsyncIterator<LogRequest[], void>;
  batch: LogRequest[];
  next: number;
}

/** The requests of several logs in the order of their times, in batches: rotated files in any order, or those of several servers. */
export async function* mergeLogs(logs: readonly AsyncIterable<LogRequest[]>[]): AsyncGenerator<LogRequest[], void> {
  if (logs.length === 1) return yield* logs[0]!;
  const cursors: Cursor[] = [];
  for (const log of logs) {
    const cursor = { batches: log[Symbol.asyncIterator]() as Cursor['batches'], batch: [], next: 0 };
    if (await refill(cursor)) cursors.push(cursor);
  }
  while (cursors.length > 0) {
    const merged: LogRequest[] = [];
    let spent: Cursor | undefined;
    while (spent === undefined) {
      const cursor = earliest(cursors);
      merged.push(cursor.batch[cursor.next++]!);
      if (cursor.next === cursor.batch.length) spent = cursor;
    }
    yield merged;
    if (!(await refill(spent))) cursors.splice(cursors.indexOf(spent), 1);
  }
}

function earliest(cursors: readonly Cursor[]): Cursor {
  let first = cursors[0]!;
  for (const cursor of cursors) {
    if (cursor.batch[cursor.next]!.at < first.batch[first.next]!.at) first = cursor;
  }
  return first;
}

/** Takes the next batch that holds something. False at the log's end. */
async function refill(cursor: Cursor): Promise<boolean> {
  for (;;) {
    const next = await cursor.batches.next();
    if (next.done === true) return false;
    if (next.value.length === 0) continue;
    cursor.batch = next.value;
    cursor.next = 0;
    return true;
  }
}
