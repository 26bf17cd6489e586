import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { onCore, type Role } from '../harness/cores.js';
import { cpuTimeOf } from './cpu-time.js';
import type { ServerName } from './servers/main.js';

const START_MS = 10_000;
const main = fileURLToPath(new URL('./servers/main.js', import.meta.url));

/** A server in a process of its own, on a core of its own where there are two. */
export class ServerProcess {
  readonly url: string;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, port: number) {
    this.#child = child;
    this.url = `http://127.0.0.1:${port}`;
  }

  /** One of the servers of `servers/`. */
  static async ofNode(name: ServerName, originUrl?: string): Promise<ServerProcess> {
    const port = await freePort();
    const args = [main, name, String(port), ...(originUrl === undefined ? [] : [originUrl])];
    return ServerProcess.start('server', [process.execPath, ...args], port);
  }

  /** Any program that will listen on `port` of 127.0.0.1. Resolves when it does. */
  static async start(role: Role, command: readonly string[], port: number): Promise<ServerProcess> {
    const [program, ...args] = onCore(role, command);
    const child = spawn(program!, args, { stdio: ['ignore', 'inherit', 'inherit'] });
    const server = new ServerProcess(child, port);
    try {
      await server.#untilItAnswers(command.join(' '));
    } catch (error) {
      await server.end();
      throw error;
    }
    return server;
  }

  /** CPU time used so far, children included, in µs. */
  get cpuTime(): number {
    return cpuTimeOf(this.#child.pid!);
  }

  async end(): Promise<void> {
    const { exitCode, signalCode } = this.#child;
    if (exitCode !== null || signalCode !== null) return;
    const exited = once(this.#child, 'exit');
    this.#child.kill('SIGTERM');
    const isOver = await Promise.race([exited, sleep(3000, false, { ref: false })]);
    if (isOver === false) this.#child.kill('SIGKILL');
    await exited;
  }

  async #untilItAnswers(command: string): Promise<void> {
    const failed = once(this.#child, 'exit').then(([code]) => {
      throw new Error(`${command} ended with ${String(code)} before it listened`);
    });
    // Also seen where nobody waits any more: the process ends when it is told to.
    failed.catch(() => undefined);
    for (const until = Date.now() + START_MS; Date.now() < until;) {
      const answer = fetch(this.url, { signal: AbortSignal.timeout(1000) }).then(
        async (response) => (await response.arrayBuffer(), true),
        // Not listening yet.
        () => false,
      );
      if (await Promise.race([answer, failed])) return;
      await Promise.race([sleep(50), failed]);
    }
    throw new Error(`${command} did not answer within ${START_MS} ms`);
  }
}

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, 'close');
  return port;
}
