import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Redis } from 'ioredis';

const finder = fileURLToPath(new URL('../../../tools/programs.mjs', import.meta.url));
let program: string | undefined;

/** A real Redis of its own, on a free port, without anything on disk. */
export class RedisServer {
  readonly #process: ChildProcess;
  readonly #folder: string;
  /** A client for the test itself. */
  readonly client: Redis;

  private constructor(
    readonly port: number,
    process: ChildProcess,
    folder: string,
  ) {
    this.#process = process;
    this.#folder = folder;
    this.client = new Redis({ port, host: '127.0.0.1', protocol: 2 });
    this.client.on('error', () => {
      // Tests stop servers.
    });
  }

  static async start(...options: string[]): Promise<RedisServer> {
    const port = await freePort();
    const folder = mkdtempSync(join(tmpdir(), 'cachewarp-redis-'));
    const args = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--dir', folder, ...options];
    const child = spawn(serverProgram(), args, { stdio: ['ignore', 'pipe', 'inherit'] });
    let output = '';
    for await (const chunk of child.stdout) {
      output += String(chunk);
      if (output.includes('Ready to accept connections')) break;
    }
    if (!output.includes('Ready to accept connections')) throw new Error(`redis-server did not start: ${output}`);
    child.stdout.resume();
    return new RedisServer(port, child, folder);
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  async stop(): Promise<void> {
    this.client.disconnect();
    if (this.#process.exitCode === null && this.#process.signalCode === null) {
      const ended = once(this.#process, 'exit');
      this.#process.kill('SIGKILL');
      await ended;
    }
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

function serverProgram(): string {
  if (program !== undefined) return program;
  const { status, stdout, stderr } = spawnSync(process.execPath, [finder, 'redis'], { encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr.trim());
  return (program = stdout.trim());
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
