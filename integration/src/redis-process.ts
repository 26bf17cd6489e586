import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { freePort } from './listen.js';
import type { Opened } from './opened.js';
import { programPath } from './programs.js';
import { makeTemporaryFolder } from './temporary-folder.js';

/** Starts a real Redis on a free port of the loopback, with nothing on disk. @returns its URL */
export async function makeRedisProcess(opened: Opened): Promise<string> {
  const port = await freePort();
  const folder = makeTemporaryFolder(opened);
  const args = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--dir', folder];
  const child = spawn(programPath('redis'), args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(child, 'exit');
  opened.add(child, async () => {
    child.kill('SIGKILL');
    await ended;
  });
  let output = '';
  for await (const chunk of child.stdout) {
    output += String(chunk);
    if (output.includes('Ready to accept connections')) break;
  }
  if (!output.includes('Ready to accept connections')) throw new Error(`redis-server did not start: ${output}`);
  child.stdout.resume();
  return `redis://127.0.0.1:${port}`;
}
