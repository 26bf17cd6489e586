import { randomBytes } from 'node:crypto';
import type { KeySpace } from '../connection/key-space.js';
import { LEASE } from '../connection/scripts.js';
import { scriptCommand, type Command, type Wire } from '../connection/wire.js';
import type { RedisLog } from '../log/redis-log.js';

/** What a read wants beside the value: the lease. */
export interface LeaseWish {
  readonly leaseMs: number;
  readonly replaces: boolean;
}

/** What was read, and of which generation it has to be. */
export interface RawRead {
  readonly bytes: Buffer | null;
  /** 0 read only, 1 leased, 2 and more: taken by another for so many ms, less 2. */
  readonly status: number;
  /** Of the lease. */
  readonly token: string;
  readonly generation: string;
}

interface Waiting {
  readonly key: string;
  readonly wish: LeaseWish | undefined;
  readonly resolve: (read: RawRead) => void;
  readonly reject: (error: unknown) => void;
}

/** Reads that want the same, and are asked for by one command. */
interface Part {
  readonly reads: readonly Waiting[];
  readonly wish: LeaseWish | undefined;
  /** Number of the first one's token. */
  readonly firstToken: number;
}

const NOTHING: readonly unknown[] = [];

/** One command reads no more keys than this: a longer one would keep Redis from others. */
const MAX_KEYS = 256;

/**
 * Gathers the reads of a tick into one write: an MGET, a script for those that want leases where nothing is stored, and the question where
 * the log is. On a cluster each key is asked for by itself, because keys of one slot are rare.
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
    const size = this.#wire.isCluster ? 1 : MAX_KEYS;
    this.#send([...byWish(waiting)].flatMap((alike) => partsOf(alike, size))).catch((error: unknown) => {
      for (const { reject } of waiting) reject(error);
    });
  }

  async #send(parts: readonly Part[]): Promise<void> {
    const permit = await this.#log.admit();
    const commands = parts.flatMap((part) => this.#commandsFor(part));
    const replies = await this.#wire.sendAll([...commands, this.#log.whereCommand()]);
    const generation = await this.#log.reached(permit, replies.at(-1));
    let at = 0;
    for (const part of parts) {
      const values = replies[at++];
      settle(part, values, part.wish === undefined ? NOTHING : replies[at++], generation);
    }
  }

  #commandsFor({ reads, wish, firstToken }: Part): Command[] {
    const values = reads.map(({ key }) => this.#keys.value(key));
    const read: Command = { name: 'MGET', args: values };
    if (wish === undefined) return [read];
    const names = reads.flatMap(({ key }, index) => [values[index]!, this.#keys.lease(key)]);
    const leaseMs = Math.max(1, Math.round(wish.leaseMs));
    return [read, scriptCommand(LEASE, names, [leaseMs, wish.replaces ? '1' : '0', PROCESS, firstToken])];
  }
}

function settle({ reads, firstToken }: Part, values: unknown, statuses: unknown, generation: string): void {
  for (const [index, { resolve, reject }] of reads.entries()) {
    // Nothing is said where everything is there.
    const status = (statuses as readonly unknown[])[index] ?? 0;
    if (values instanceof Error || statuses instanceof Error) reject(values instanceof Error ? values : statuses);
    else if (typeof status !== 'number') reject(new Error(`no lease: ${(status as Buffer).toString('latin1')}`));
    else {
      const bytes = (values as (Buffer | null)[])[index] ?? null;
      resolve({ bytes, status, generation, token: status === 1 ? tokenOf(firstToken + index) : '' });
    }
  }
}

function partsOf(reads: readonly Waiting[], size: number): Part[] {
  const parts: Part[] = [];
  const { wish } = reads[0]!;
  for (let at = 0; at < reads.length; at += size) {
    const some = reads.slice(at, at + size);
    parts.push({ reads: some, wish, firstToken: wish === undefined ? 0 : reserveTokens(some.length) });
  }
  return parts;
}

/** Reads together with those that want the same; usually all leases of a tick are to last equally long. */
function byWish(waiting: readonly Waiting[]): Iterable<Waiting[]> {
  const alike = new Map<number, Waiting[]>();
  for (const one of waiting) {
    const { wish } = one;
    const name = wish === undefined ? 0 : wish.replaces ? -wish.leaseMs : wish.leaseMs;
    const others = alike.get(name);
    if (others === undefined) alike.set(name, [one]);
    else others.push(one);
  }
  return alike.values();
}

/** What tokens of this process begin with: 6 characters; 6 more are the number of the lease. */
const PROCESS = randomBytes(5).toString('base64url').slice(0, 6);
const MAX_TOKENS = 16 ** 6;
let nextToken = 0;

function reserveTokens(count: number): number {
  if (nextToken + count > MAX_TOKENS) nextToken = 0;
  nextToken += count;
  return nextToken - count;
}

/** As the script makes it. */
function tokenOf(number: number): string {
  return PROCESS + number.toString(16).padStart(6, '0');
}
