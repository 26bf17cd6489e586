import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RedisClient } from './redis-client.js';
import type { Opened } from './opened.js';
import { programPath } from './programs.js';

/** A real Redis that the test starts, stops, freezes and starts again on the same port. */
export class RedisServer {
  readonly port: number;
  readonly #options: readonly string[];
  readonly #folder = mkdtempSync(join(tmpdir(), 'cachewarp-redis-'));
  #config: string | undefined;
  #process: ChildProcess | undefined;
  /** Talks to it for the test itself. */
  client: RedisClient;

  private constructor(port: number, options: readonly string[]) {
    this.port = port;
    this.#options = options;
    this.client = new RedisClient(port);
  }

  /** @param options - of redis-server, as on its command line */
  static async start(opened: Opened, ...options: string[]): Promise<RedisServer> {
    const server = new RedisServer(await freePort(), options);
    opened.add(server, () => server.#close());
    await server.start();
    return server;
  }

  /** @param config - path of its own configuration file, which it writes to */
  static async startSentinel(opened: Opened, config: string): Promise<RedisServer> {
    const server = new RedisServer(await freePort(), ['--sentinel']);
    server.#config = config;
    opened.add(server, () => server.#close());
    await server.start();
    return server;
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  async start(...more: string[]): Promise<void> {
    const place = ['--port', String(this.port), '--bind', '127.0.0.1', '--dir', this.#folder];
    const kind = this.#config === undefined ? ['--save', ''] : [];
    const first = this.#config === undefined ? [] : [this.#config];
    const child = spawn(programPath('redis'), [...first, ...place, ...kind, ...this.#options, ...more], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    this.#process = child;
    let output = '';
    // Sentinel says less when it is there.
    const isThere = (): boolean => output.includes('Ready to accept connections') || output.includes('Sentinel ID is');
    await new Promise<void>((resolve, reject) => {
      child.stdout.on('data', (chunk: Buffer) => {
        if (!isThere()) output += chunk.toString();
        if (isThere()) resolve();
      });
      child.once('exit', () => reject(new Error(`redis-server did not start: ${output}`)));
    });
    this.client.close();
    this.client = new RedisClient(this.port);
  }

  /** Ends it at once, as a crash does. */
  async kill(): Promise<void> {
    this.client.close();
    const child = this.#process;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGCONT');
    child.kill('SIGKILL');
    await ended;
  }

  freeze(): void {
    this.#process?.kill('SIGSTOP');
  }

  thaw(): void {
    this.#process?.kill('SIGCONT');
  }

  /** Writes into its folder. */
  path(name: string): string {
    return join(this.#folder, name);
  }

  async #close(): Promise<void> {
    await this.kill();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

export async function freePort(): Promise<number> {
  // A cluster's nodes also take the port that is 10,000 above.
  for (;;) {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    server.close();
    await once(server, 'close');
    if (port < 55_000) return port;
  }
}
