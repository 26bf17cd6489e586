import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { DiskOrder } from './disk-main.js';
import type { Opened } from './opened.js';

/** A process with a cache on a directory. */
export interface DiskProcess {
  readonly child: ChildProcess;
  /** Sends an order; resolves with the answer. Rejects when the process fails at it, or ends. */
  readonly tell: (order: DiskOrder) => Promise<unknown>;
  /** Lets it close its cache; resolves with the exit code. */
  readonly end: () => Promise<number | null>;
}

const MAIN = fileURLToPath(new URL('./disk-main.js', import.meta.url));

/**
 * Starts a process with a cache on the directory `path`.
 *
 * @param truth - the file whose content loads answer with
 * @param maxFileBlocks - how large a file it may write, in units of 512 bytes: beyond it, the disk seems to be full
 */
export async function makeDiskProcess(
  opened: Opened,
  path: string,
  truth: string,
  { maxFileBlocks, uid }: { maxFileBlocks?: number; uid?: number } = {},
): Promise<DiskProcess> {
  const limit = maxFileBlocks === undefined ? '' : `ulimit -f ${maxFileBlocks}; `;
  const child = spawn('/bin/sh', ['-c', `${limit}exec "$0" "$@"`, process.execPath, MAIN, path, truth], {
    stdio: ['ignore', 'inherit', 'pipe', 'ipc'],
    ...(uid !== undefined && { uid, gid: uid }),
  });
  let said = '';
  child.stderr!.on('data', (bytes: Buffer) => (said += bytes.toString()));
  const ended = once(child, 'exit') as Promise<[number | null, string | null]>;
  opened.add(child, async () => {
    child.kill('SIGKILL');
    await ended;
  });
  const waiting = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>();
  const begun = new Promise<unknown>((resolve, reject) => waiting.set(0, { resolve, reject }));
  child.on('message', ({ id, value, error }: { id: number; value?: unknown; error?: string }) => {
    const waiter = waiting.get(id);
    waiting.delete(id);
    if (error === undefined) waiter?.resolve(value);
    else waiter?.reject(new Error(error));
  });
  void ended.then(([code, signal]) => {
    for (const { reject } of waiting.values()) reject(new Error(`the process ended with ${signal ?? code}: ${said}`));
    waiting.clear();
  });
  await begun;
  let orders = 0;
  const tell = (order: DiskOrder): Promise<unknown> =>
    new Promise((resolve, reject) => {
      const id = ++orders;
      waiting.set(id, { resolve, reject });
      child.send({ id, order });
    });
  return {
    child,
    tell,
    end: async () => {
      // It may be gone before its answer is sent.
      tell({ do: 'close' }).catch(() => undefined);
      return (await ended)[0];
    },
  };
}

/** What a process said it stored: key, round, number, and the place of the log then. */
export type Stored = readonly [key: string, round: number, number: number, position: number];

/** Lets a process store values into `path` as fast as it can, and kills it after `lifeMs`. Resolves with what it said it stored. */
export async function writeUntilKilled(opened: Opened, path: string, round: number, lifeMs: number): Promise<Stored[]> {
  const child = spawn(process.execPath, [MAIN, path, String(round), 'write'], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(child, 'exit');
  opened.add(child, async () => {
    child.kill('SIGKILL');
    await ended;
  });
  const stored: Stored[] = [];
  const lines = createInterface(child.stdout);
  const read = once(lines, 'close');
  lines.once('line', () => setTimeout(() => child.kill('SIGKILL'), lifeMs));
  lines.on('line', (line) => {
    // The last line may be cut.
    if (line.endsWith(']')) stored.push(JSON.parse(line) as Stored);
  });
  await ended;
  await read;
  return stored;
}
