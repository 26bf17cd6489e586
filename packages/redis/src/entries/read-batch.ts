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
  readonly key: string;
  /** Absent where no lease was wanted. */
  readonly wish: LeaseWish | undefined;
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
  readonly answer: (read: RawRead) => unknown;
  readonly resolve: (answer: unknown) => void;
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

/** While fewer reads than this part find nothing, leases are asked for only when that is known. */
const RARE_MISSES = 0.05;

/** So many reads ago counts half of what is known of misses. */
const MISS_MEMORY = 200;

/**
 * Gathers the reads of a tick into one write: an MGET, a script for those that want leases where nothing is stored, and the question where
 * the log is. On a cluster each key is asked for by itself, because keys of one slot are rare.
 *
 * To ask for leases that are not needed costs more than the read. So where misses are rare, it is read only; what is missing is asked for
 * again with the lease, and these few take two round trips.
 */
export class ReadBatch {
  readonly #wire: Wire;
  readonly #keys: KeySpace;
  readonly #log: RedisLog;
  #waiting: Waiting[] = [];
  /** Which part of the last reads that would have loaded found nothing. */
  #missShare = 1;

  constructor(wire: Wire, keys: KeySpace, log: RedisLog) {
    this.#wire = wire;
    this.#keys = keys;
    this.#log = log;
  }

  /**
   * @param answer - makes the answer of what was read
   * @throws NotJoinedError, or what the connection says
   */
  read<T>(key: string, wish: LeaseWish | undefined, answer: (read: RawRead) => T | Promise<T>): Promise<T> {
    return new Promise<unknown>((resolve, reject) => {
      // Behind all promises that are due now, so that their reads come along.
      if (this.#waiting.length === 0) process.nextTick(flush, this);
      this.#waiting.push({ key, wish, answer, resolve, reject });
    }) as Promise<T>;
  }

  /** Sends what has gathered. */
  flush(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    const isReadFirst = this.#missShare < RARE_MISSES;
    const eager = isReadFirst ? waiting.filter(({ wish }) => wish?.replaces === true) : waiting;
    if (eager.length > 0) this.#ask(eager, true);
    if (eager.length < waiting.length) this.#ask(isReadFirst ? waiting.filter(isPatient) : waiting, false);
  }

  /** @param isLeased - whether leases are asked for at once, where they are wanted */
  #ask(waiting: readonly Waiting[], isLeased: boolean): void {
    const size = this.#wire.isCluster ? 1 : MAX_KEYS;
    const alike = isLeased ? [...byWish(waiting)] : [waiting];
    this.#send(alike.flatMap((reads) => partsOf(reads, isLeased ? reads[0]!.wish : undefined, size))).catch(
      (error: unknown) => {
        for (const { reject } of waiting) reject(error);
      },
    );
  }

  async #send(parts: readonly Part[]): Promise<void> {
    const permit = await this.#log.admit();
    const commands = parts.flatMap((part) => this.#commandsFor(part));
    const replies = await this.#wire.sendAll([...commands, this.#log.whereCommand()]);
    const generation = await this.#log.reached(permit, replies.at(-1));
    const missing: Waiting[] = [];
    let at = 0;
    for (const part of parts) {
      const values = replies[at++];
      const statuses = part.wish === undefined ? NOTHING : replies[at++];
      this.#settle(part, values, statuses, generation, missing);
    }
    if (missing.length > 0) this.#ask(missing, true);
  }

  #settle(
    { reads, wish, firstToken }: Part,
    values: unknown,
    statuses: unknown,
    generation: string,
    missing: Waiting[],
  ): void {
    if (values instanceof Error || statuses instanceof Error) {
      for (const { reject } of reads) reject(values instanceof Error ? values : statuses);
      return;
    }
    let wished = 0;
    let missed = 0;
    for (let index = 0; index < reads.length; index++) {
      const read = reads[index]!;
      const bytes = (values as readonly (Buffer | null)[])[index] ?? null;
      if (read.wish !== undefined) {
        wished++;
        if (bytes === null) missed++;
        if (bytes === null && wish === undefined) {
          missing.push(read);
          continue;
        }
      }
      // Nothing is said where everything is there.
      const status = (statuses as readonly unknown[])[index] ?? 0;
      if (typeof status === 'number') {
        const token = status === 1 ? tokenOf(firstToken + index) : '';
        settle(read, { key: read.key, wish: read.wish, bytes, status, generation, token });
      } else read.reject(new Error(`no lease: ${(status as Buffer).toString('latin1')}`));
    }
    if (wished > 0) this.#learn(missed / wished, wished);
  }

  #learn(missShare: number, reads: number): void {
    this.#missShare += (reads / (reads + MISS_MEMORY)) * (missShare - this.#missShare);
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

function flush(batch: ReadBatch): void {
  batch.flush();
}

function isPatient({ wish }: Waiting): boolean {
  return wish?.replaces !== true;
}

function settle({ answer, resolve, reject }: Waiting, read: RawRead): void {
  try {
    resolve(answer(read));
  } catch (error) {
    reject(error);
  }
}

function partsOf(reads: readonly Waiting[], wish: LeaseWish | undefined, size: number): Part[] {
  const parts: Part[] = [];
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
