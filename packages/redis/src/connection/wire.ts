import { Cluster } from 'ioredis';
import type { Client } from './connections.js';
import type { Script } from './script.js';

/** An argument of a command. */
export type Argument = string | number | Buffer;

/** One command, for {@link Wire.sendAll}. */
export interface Command {
  readonly script?: Script;
  readonly name: string;
  readonly args: readonly Argument[];
}

/** Sends commands and scripts on a client; replies come as Buffers. */
export class Wire {
  readonly isCluster: boolean;
  readonly #client: Client;
  #pending = 0;

  constructor(client: Client) {
    this.#client = client;
    this.isCluster = client instanceof Cluster;
  }

  get isReady(): boolean {
    return this.#client.status === 'ready';
  }

  /** @throws whatever Redis or the connection says */
  send(name: string, ...args: Argument[]): Promise<unknown> {
    return this.#held(this.#client.callBuffer(name, ...args));
  }

  /** Runs a script by its hash, and by its text where Redis does not know it (any more). */
  async run(script: Script, keys: readonly string[], args: readonly Argument[]): Promise<unknown> {
    const rest = [keys.length, ...keys, ...args];
    try {
      return await this.#held(this.#client.callBuffer('EVALSHA', script.sha, ...rest));
    } catch (error) {
      if (!isUnknownScript(error)) throw error;
      return this.#held(this.#client.callBuffer('EVAL', script.source, ...rest));
    }
  }

  /**
   * Sends commands in one write; on a cluster each to its node. Every reply is a value or an Error: one that fails does not fail the
   * others. Scripts that Redis does not know are sent once more.
   */
  async sendAll(commands: readonly Command[]): Promise<unknown[]> {
    if (this.isCluster) {
      return Promise.all(
        commands.map(async ({ script, name, args }) => {
          try {
            return await this.#held(this.#client.callBuffer(script === undefined ? name : 'EVALSHA', ...args));
          } catch (error) {
            return this.#again({ script, name, args } as Command, error);
          }
        }),
      );
    }
    const pipeline = this.#client.pipeline();
    for (const { name, args } of commands) pipeline.callBuffer(name, ...args);
    const replies = (await this.#held(pipeline.exec())) ?? [];
    for (let index = 0; index < commands.length; index++) {
      const [error, value] = replies[index] ?? [new Error('the connection answered nothing')];
      replies[index] = (error === null ? value : this.#again(commands[index]!, error)) as never;
    }
    return Promise.all(replies as unknown[]);
  }

  #again({ script, args }: Command, error: unknown): Promise<unknown> | Error {
    if (script === undefined || !isUnknownScript(error)) return error as Error;
    const [, ...rest] = args;
    return this.#held(this.#client.callBuffer('EVAL', script.source, ...rest)).catch((other: unknown) => other);
  }

  /** While something is awaited, the connection keeps the process alive. */
  async #held<T>(reply: Promise<T>): Promise<T> {
    if (this.#pending++ === 0) this.#stream?.ref?.();
    try {
      return await reply;
    } finally {
      if (--this.#pending === 0) this.#stream?.unref?.();
    }
  }

  get #stream(): { ref?(): void; unref?(): void } | undefined {
    return (this.#client as unknown as { stream?: { ref?(): void; unref?(): void } }).stream;
  }
}

function isUnknownScript(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith('NOSCRIPT');
}
