import { Cluster } from 'ioredis';
import type { Client } from './connections.js';
import type { Script } from './script.js';

/** An argument of a command. */
export type Argument = string | number | Buffer;

/** A command; or a script, whose name is EVALSHA and whose first argument is its hash. */
export interface Command {
  readonly script?: Script;
  readonly name: string;
  readonly args: readonly Argument[];
}

interface Sending {
  readonly command: Command;
  readonly settle: (reply: unknown) => void;
}

/** One call of a script that takes the keys and arguments of many calls at once, and answers a list. */
export interface MergingCall {
  readonly script: Script;
  readonly keys: readonly string[];
  /** Arguments that all calls have in common; calls with others go by themselves. */
  readonly shared: readonly Argument[];
  readonly own: readonly Argument[];
  /** About how many bytes it sends. */
  readonly bytes: number;
}

/** A script runs by itself: one that does more than this would keep Redis from others. */
const MAX_MERGED = 64;
const MAX_MERGED_BYTES = 256 * 1024;

/** The command that runs a script on keys. */
export function scriptCommand(script: Script, keys: readonly string[], args: readonly Argument[]): Command {
  return { script, name: 'EVALSHA', args: [script.sha, keys.length, ...keys, ...args] };
}

/**
 * Sends commands and scripts on a client, those of a tick in one write; replies come as Buffers. Scripts go by their hash, and by their
 * text where Redis does not know them (any more).
 */
export class Wire {
  readonly isCluster: boolean;
  readonly #client: Client;
  readonly #keepsAlive: boolean;
  #queue: (Sending | { readonly merged: Merged })[] = [];
  /** The last of the queue, where others may join it. */
  #merging: Merged | undefined;
  #pending = 0;

  /** @param keepsAlive - whether the process must not end while an answer is awaited */
  constructor(client: Client, keepsAlive = true) {
    this.#client = client;
    this.#keepsAlive = keepsAlive;
    this.isCluster = client instanceof Cluster;
  }

  get isReady(): boolean {
    return this.#client.status === 'ready';
  }

  /** @throws whatever Redis or the connection says */
  send(name: string, ...args: Argument[]): Promise<unknown> {
    return this.#queued({ name, args });
  }

  /** @throws whatever Redis or the connection says */
  run(script: Script, keys: readonly string[], args: readonly Argument[]): Promise<unknown> {
    return this.#queued(scriptCommand(script, keys, args));
  }

  /**
   * Runs a script that takes many calls at once, together with those of the tick that come right before and behind.
   * @throws whatever Redis or the connection says
   */
  runMerged(call: MergingCall): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const settle = (reply: unknown): void => (reply instanceof Error ? reject(reply) : resolve(reply));
      const last = this.#merging;
      if (last !== undefined && !this.isCluster && isMergeable(last, call)) {
        last.calls.push(call);
        last.settles.push(settle);
        last.bytes += call.bytes;
        return;
      }
      const merged: Merged = { calls: [call], settles: [settle], bytes: call.bytes };
      this.#enqueue({ merged });
      this.#merging = merged;
    });
  }

  /**
   * Sends commands at once and in one write; on a cluster each to its node. Every reply is a value or an Error: one that fails does not
   * fail the others.
   */
  async sendAll(commands: readonly Command[]): Promise<unknown[]> {
    if (this.#pending++ === 0 && this.#keepsAlive) this.#stream?.ref?.();
    try {
      return await (this.isCluster || commands.length === 1
        ? Promise.all(commands.map((command) => this.#sendOne(command)))
        : this.#sendTogether(commands));
    } finally {
      // Only while something is awaited does the connection keep the process alive.
      if (--this.#pending === 0) this.#stream?.unref?.();
    }
  }

  #queued(command: Command): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const settle = (reply: unknown): void => (reply instanceof Error ? reject(reply) : resolve(reply));
      this.#enqueue({ command, settle });
    });
  }

  #enqueue(sending: Sending | { readonly merged: Merged }): void {
    // Behind all promises that are due now, so that what they send comes along.
    if (this.#queue.length === 0) process.nextTick(() => this.#flush());
    this.#queue.push(sending);
    // What follows something else must not overtake it.
    this.#merging = undefined;
  }

  #flush(): void {
    const queue = this.#queue.map((sending) => ('merged' in sending ? sendingOf(sending.merged) : sending));
    this.#queue = [];
    this.#merging = undefined;
    const answered = (replies: readonly unknown[]): void =>
      queue.forEach(({ settle }, index) => settle(replies[index]));
    const failed = (error: unknown): void => queue.forEach(({ settle }) => settle(asError(error)));
    this.sendAll(queue.map(({ command }) => command)).then(answered, failed);
  }

  async #sendTogether(commands: readonly Command[]): Promise<unknown[]> {
    const pipeline = this.#client.pipeline();
    for (const { name, args } of commands) pipeline.callBuffer(name, ...args);
    const replies = (await pipeline.exec()) ?? [];
    let isIncomplete = false;
    const values = commands.map((_, index): unknown => {
      const [error, value] = replies[index] ?? [new Error('the connection did not answer')];
      isIncomplete ||= isUnknownScript(error);
      return error ?? value;
    });
    if (!isIncomplete) return values;
    return Promise.all(values.map((value, index) => this.#again(commands[index]!, value)));
  }

  async #sendOne(command: Command): Promise<unknown> {
    try {
      return await this.#client.callBuffer(command.name, ...command.args);
    } catch (error) {
      return this.#again(command, asError(error));
    }
  }

  /** Sends a script by its text that Redis did not know by its hash. */
  async #again({ script, args }: Command, reply: unknown): Promise<unknown> {
    if (script === undefined || !isUnknownScript(reply)) return reply;
    try {
      return await this.#client.callBuffer('EVAL', script.source, ...args.slice(1));
    } catch (error) {
      return asError(error);
    }
  }

  /** Not public in ioredis' types; where it is not there, nothing is lost but that the process may end. */
  get #stream(): { ref?(): void; unref?(): void } | undefined {
    return (this.#client as unknown as { stream?: { ref?(): void; unref?(): void } }).stream;
  }
}

/** Calls that go out as one. */
interface Merged {
  readonly calls: MergingCall[];
  readonly settles: ((reply: unknown) => void)[];
  bytes: number;
}

function isMergeable({ calls, bytes }: Merged, call: MergingCall): boolean {
  const { script, shared } = calls[0]!;
  return (
    calls.length < MAX_MERGED &&
    bytes + call.bytes <= MAX_MERGED_BYTES &&
    call.script === script &&
    call.shared.length === shared.length &&
    call.shared.every((argument, index) => argument === shared[index])
  );
}

function sendingOf({ calls, settles }: Merged): Sending {
  const { script, shared } = calls[0]!;
  const args: Argument[] = [script.sha, 0];
  for (const { keys } of calls) args.push(...keys);
  args[1] = args.length - 2;
  args.push(...shared);
  for (const { own } of calls) args.push(...own);
  const settle = (reply: unknown): void =>
    settles.forEach((settleOne, index) => settleOne(Array.isArray(reply) ? resultOf(reply[index]) : reply));
  return { command: { script, name: 'EVALSHA', args }, settle };
}

/** A call that failed among others is answered in words. */
function resultOf(result: unknown): unknown {
  return Buffer.isBuffer(result) ? new Error(result.toString('latin1')) : result;
}

function isUnknownScript(reply: unknown): boolean {
  return reply instanceof Error && reply.message.startsWith('NOSCRIPT');
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
