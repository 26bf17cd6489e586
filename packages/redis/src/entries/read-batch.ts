import type { KeySpace } from '../connection/key-space.js';
import { ACQUIRE } from '../connection/scripts.js';
import type { Argument, Command, Wire } from '../connection/wire.js';
import type { Permit, RedisLog } from '../log/redis-log.js';

/** What a read wants beside the value: the lease, under a token. */
export interface LeaseWish {
  readonly token: string;
  readonly leaseMs: number;
  readonly replaces: boolean;
}

/** What was read, and of which generation it has to be. */
export interface RawRead {
  readonly bytes: Buffer | null;
  /** 0 read only, 1 leased, 2 and more: taken by another for so many ms, less 2. */
  readonly status: number;
  readonly generation: string;
}

interface Waiting {
  readonly key: string;
  readonly wish: LeaseWish | undefined;
  readonly resolve: (read: RawRead) => void;
  readonly reject: (error: unknown) => void;
}

/** One command reads no more keys than this: a longer one would keep Redis from others. */
const MAX_KEYS = 256;

/**
 * Gathers the reads of a tick into one write: an MGET for those that only want values, a script for those that want leases, and the
 * question where the log is. On a cluster each key is asked for by itself, because keys of one slot are rare.
 */
export class ReadBatch {
  readonly #wire: Wire;
  readonly #keys: KeySpace;
  readonly #log: RedisLog;
  #waiting: Waiting[] = [];

  constructor(wire: Wire, keys: KeySpace, log: RedisLog) {
    this.#wire = wire;
    this.#keys = keys;
    this.#log = log;
  }

  /** @throws NotJoinedError, or what the connection says */
  read(key: string, wish?: LeaseWish): Promise<RawRead> {
    return new Promise((resolve, reject) => {
      // Behind all promises that are due now, so that their reads come along.
      if (this.#waiting.length === 0) process.nextTick(() => this.#flush());
      this.#waiting.push({ key, wish, resolve, reject });
    });
  }

  #flush(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    const plain = waiting.filter(({ wish }) => wish === undefined);
    const leasing = waiting.filter(({ wish }) => wish !== undefined);
    const size = this.#wire.isCluster ? 1 : MAX_KEYS;
    const parts = [...chunks(plain, size), ...chunks(leasing, size)];
    this.#send(parts).catch((error: unknown) => {
      for (const { reject } of waiting) reject(error);
    });
  }

  async #send(parts: readonly Waiting[][]): Promise<void> {
    const permit = this.#log.permit();
    const commands = [...parts.map((part) => this.#commandFor(part)), this.#log.whereCommand()];
    const replies = await this.#wire.sendAll(commands);
    const generation = await this.#generationOf(permit, replies.at(-1));
    for (const [index, part] of parts.entries()) settle(part, replies[index], generation);
  }

  #generationOf(permit: Permit, reply: unknown): string | Promise<string> {
    return this.#log.reached(permit, reply);
  }

  #commandFor(part: readonly Waiting[]): Command {
    if (part[0]!.wish === undefined) return { name: 'MGET', args: part.map(({ key }) => this.#keys.value(key)) };
    const names: string[] = [];
    const wishes: Argument[] = [];
    for (const { key, wish } of part) {
      names.push(this.#keys.value(key), this.#keys.lease(key));
      wishes.push(wish!.token, Math.max(1, Math.round(wish!.leaseMs)), wish!.replaces ? '1' : '0');
    }
    return { script: ACQUIRE, name: 'EVALSHA', args: [ACQUIRE.sha, names.length, ...names, ...wishes] };
  }
}

function settle(part: readonly Waiting[], reply: unknown, generation: string): void {
  if (reply instanceof Error) {
    for (const { reject } of part) reject(reply);
    return;
  }
  const isLeasing = part[0]!.wish !== undefined;
  const values = (isLeasing ? (reply as unknown[])[0] : reply) as (Buffer | null)[];
  const statuses = isLeasing ? ((reply as unknown[])[1] as (number | Buffer)[]) : undefined;
  for (const [index, { resolve, reject }] of part.entries()) {
    const status = statuses?.[index] ?? 0;
    if (typeof status === 'number') resolve({ bytes: values[index] ?? null, status, generation });
    else reject(new Error(`no lease: ${status.toString('latin1')}`));
  }
}

function chunks<T>(list: readonly T[], size: number): T[][] {
  const parts: T[][] = [];
  for (let at = 0; at < list.length; at += size) parts.push(list.slice(at, at + size));
  return parts;
}
