import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Opened } from './opened.js';

/** A process that tells its address, and its ends. */
export interface RestProcess {
  readonly url: string;
  /** What it has printed so far. */
  output(): string;
  /** Kills it at once, as `kill -9` does. */
  kill(): Promise<void>;
  /** Sends SIGTERM; resolves with the exit code when it has ended. */
  terminate(): Promise<number | null>;
}

const CLI = fileURLToPath(new URL('../../packages/cachewarp/bin/cachewarp.js', import.meta.url));

/** Starts `cachewarp server` in a process of its own, on a free port, and waits until it listens. */
export async function makeRestProcess(opened: Opened, args: readonly string[], cwd?: string): Promise<RestProcess> {
  const child = spawn(process.execPath, [CLI, 'server', '--port', '0', ...args], {
    cwd,
    env: { PATH: process.env['PATH'] },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = once(child, 'exit') as Promise<[number | null]>;
  const kill = async (): Promise<void> => {
    child.kill('SIGKILL');
    await ended;
  };
  opened.add(child, kill);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data: Buffer) => (output += data.toString()));
  while (!output.includes('listens on')) {
    if (child.exitCode !== null) throw new Error(`cachewarp server ended with ${child.exitCode}: ${output}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return {
    url: /listens on (\S+)/.exec(output)![1]!,
    output: () => output,
    kill,
    terminate: async () => {
      child.kill('SIGTERM');
      return (await ended)[0];
    },
  };
}
