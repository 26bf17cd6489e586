import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ServerProcess } from './server-process.js';

/**
 * Runs something that starts servers. However it ends, they are ended, and the folder that it was given is removed.
 *
 * @param run - hands each server that it starts to its second argument
 */
export async function withServers(
  run: (folder: string, started: (server: Promise<ServerProcess>) => Promise<ServerProcess>) => Promise<void>,
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'cachewarp-bench-'));
  const servers: ServerProcess[] = [];
  try {
    await run(folder, async (starting) => {
      const server = await starting;
      servers.push(server);
      return server;
    });
  } finally {
    await Promise.all(servers.map((server) => server.end()));
    rmSync(folder, { recursive: true, force: true });
  }
}
