import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { ProxyOptions } from '@cachewarp/proxy';
import type { Opened } from './opened.js';

/** A proxy in a process of its own. */
export interface ProxyProcess {
  readonly url: string;
  readonly port: number;
  /** Where its admin API is, if it has one. */
  readonly adminUrl: string;
  /** The most memory that the process has had so far (peak RSS), in bytes. */
  peakMemory(): Promise<number>;
  /** Sends SIGTERM; resolves with the exit code when the process has ended. */
  terminate(): Promise<number | null>;
  /** Ends it at once, as a crash does. */
  kill(): Promise<void>;
  freeze(): void;
  thaw(): void;
}

const MAIN = fileURLToPath(new URL('./proxy-main.js', import.meta.url));

/**
 * Starts a proxy in a process of its own; options are those that JSON can say.
 *
 * @param workers - in how many processes below that one; 0: in itself
 * @param redis - URL of the Redis behind its cache
 */
export async function makeProxyProcess(
  opened: Opened,
  options: ProxyOptions,
  workers = 0,
  redis?: string,
): Promise<ProxyProcess> {
  const args = [JSON.stringify({ host: '127.0.0.1', port: 0, ...options }), String(workers)];
  const child = fork(MAIN, redis === undefined ? args : [...args, redis]);
  const ended = once(child, 'exit') as Promise<[number | null]>;
  opened.add(child, async () => {
    child.kill('SIGKILL');
    await ended;
  });
  const failed = ended.then(([code]) => {
    throw new Error(`the proxy ended with ${code} before it listened`);
  });
  const [{ url, adminUrl = '' }] = (await Promise.race([once(child, 'message'), failed])) as [
    { url: string; adminUrl?: string },
  ];
  // From here on its end is what the test is about.
  failed.catch(() => undefined);
  return {
    url,
    port: Number(new URL(url).port),
    adminUrl,
    peakMemory: async () => {
      const told = once(child, 'message') as Promise<[{ peakBytes: number }]>;
      child.send('memory');
      return (await told)[0].peakBytes;
    },
    terminate: async () => {
      child.kill('SIGTERM');
      return (await ended)[0];
    },
    kill: async () => {
      child.kill('SIGCONT');
      child.kill('SIGKILL');
      await ended;
    },
    freeze: () => void child.kill('SIGSTOP'),
    thaw: () => void child.kill('SIGCONT'),
  };
}
