import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Opened } from './opened.js';
import type { NodeOptions, Operations } from './redis-node-main.js';

const MAIN = fileURLToPath(new URL('./redis-node-main.js', import.meta.url));

/** What all processes read when they load, and how often. */
export class Database {
  readonly #values = new Map<string, string>();
  reads = 0;

  read(key: string): string {
    this.reads++;
    return this.#values.get(key) ?? 'nothing';
  }

  write(key: string, value: string): void {
    this.#values.set(key, value);
  }
}

/** A process with a cache over Redis. */
export class RedisNode {
  readonly #child: ChildProcess;
  readonly #calls = new Map<number, { resolve: (value: never) => void; reject: (error: Error) => void }>();
  #made = 0;

  private constructor(child: ChildProcess, database: Database) {
    this.#child = child;
    child.on('message', (message: { type: string; id: number; key: string; value: never; error?: string }) => {
      if (message.type === 'database') {
        const answer = { type: 'database', id: message.id, value: database.read(message.key) };
        if (child.connected) child.send(answer);
        return;
      }
      const call = this.#calls.get(message.id);
      this.#calls.delete(message.id);
      if (message.error === undefined) call?.resolve(message.value);
      else call?.reject(new Error(message.error));
    });
    child.once('exit', (code) => {
      for (const { reject } of this.#calls.values()) reject(new Error(`the process ended with ${code}`));
    });
  }

  static async start(opened: Opened, database: Database, options: NodeOptions): Promise<RedisNode> {
    const child = fork(MAIN, [JSON.stringify(options)], { serialization: 'advanced' });
    const ended = once(child, 'exit');
    opened.add(child, async () => {
      child.kill('SIGCONT');
      child.kill('SIGKILL');
      await ended;
    });
    const failed = ended.then(() => Promise.reject(new Error('the process ended before it was ready')));
    // Also seen where nobody waits any more: the process ends when it is told to.
    failed.catch(() => undefined);
    await Promise.race([once(child, 'message'), failed]);
    return new RedisNode(child, database);
  }

  /** Several at once. */
  static startAll(opened: Opened, database: Database, options: NodeOptions, count: number): Promise<RedisNode[]> {
    return Promise.all(Array.from({ length: count }, () => RedisNode.start(opened, database, options)));
  }

  /** Lets it do something. @throws Error with the message of what was thrown there */
  call<O extends keyof Operations>(
    operation: O,
    ...args: Parameters<Operations[O]>
  ): Promise<Awaited<ReturnType<Operations[O]>>> {
    return new Promise((resolve, reject) => {
      this.#calls.set(++this.#made, { resolve, reject });
      this.#child.send({ type: 'call', id: this.#made, operation, args });
    });
  }

  freeze(): void {
    this.#child.kill('SIGSTOP');
  }

  thaw(): void {
    this.#child.kill('SIGCONT');
  }

  async kill(): Promise<void> {
    const ended = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await ended;
  }
}
