import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ServerProcess } from './server-process.js';

/**
 * Runs something that starts servers. However it ends, also by a signal, they are ended, and the folder that it was given is removed.
 *
 * @param run - hands each server that it starts to its second argument
 */
export async function withServers(
  run: (folder: string, started: (server: Promise<ServerProcess>) => Promise<ServerProcess>) => Promise<void>,
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'cachewarp-bench-'));
  const servers: ServerProcess[] = [];
  const end = async (): Promise<void> => {
    await Promise.all(servers.map((server) => server.end()));
    rmSync(folder, { recursive: true, force: true });
  };
  const onSignal = (): void => void end().finally(() => process.exit(130));
  for (const signal of SIGNALS) process.once(signal, onSignal);
  try {
    await run(folder, async (starting) => {
      const server = await starting;
      servers.push(server);
      return server;
    });
  } finally {
    for (const signal of SIGNALS) process.off(signal, onSignal);
    await end();
  }
}

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;
