import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { createServer, type AddressInfo } from 'node:net';
import { MissingProgramError } from '../harness/program-path.js';
import { fileURLToPath } from 'node:url';

const finder = fileURLToPath(new URL('../../../tools/programs.mjs', import.meta.url));

/** What the benchmarks use of ioredis: the very one that the store stands on. */
export interface PlainClient {
  getBuffer(key: string): Promise<Buffer | null>;
  get(key: string): Promise<string | null>;
  set(key: string, value: string | Buffer): Promise<unknown>;
  info(section: string): Promise<string>;
  flushall(): Promise<unknown>;
  call(...args: (string | number)[]): Promise<unknown>;
  disconnect(): void;
}

type Ioredis = { Redis: new (url: string, options?: { enableAutoPipelining?: boolean }) => PlainClient };

/** Resolved from the store's package, so that both are measured on the same version. */
export const ioredis = createRequire(import.meta.resolve('@cachewarp/redis'))('ioredis') as Ioredis;

/** A Redis for a benchmark, without anything on disk. */
export async function startRedis(): Promise<{ url: string; stop: () => void }> {
  const { status, stdout, stderr } = spawnSync(process.execPath, [finder, 'redis'], { encoding: 'utf8' });
  if (status !== 0) throw new MissingProgramError(stderr.trim());
  const port = await freePort();
  const args = ['--port', String(port), '--bind', '127.0.0.1', '--save', ''];
  const child = spawn(stdout.trim(), args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  while (!output.includes('Ready to accept connections')) {
    const [chunk] = (await once(child.stdout, 'data')) as [Buffer];
    output += chunk.toString();
  }
  child.stdout.resume();
  return { url: `redis://127.0.0.1:${port}`, stop: () => child.kill('SIGKILL') };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
