import type { Acquired, AcquireOptions, CacheEntry, LeasingStore, StoreStats, TierUser } from '@cachewarp/core';
import { DecodeError, expiresAt } from '@cachewarp/core';
import type { Client } from '../connection/connections.js';
import type { KeySpace } from '../connection/key-space.js';
import type { RedisSettings } from '../connection/redis-options.js';
import { CLEAR, DROP, FILL, RELEASE, RENEW, SET } from '../connection/scripts.js';
import type { ServerTime } from '../connection/server-time.js';
import type { Wire } from '../connection/wire.js';
import { newGeneration } from '../log/new-generation.js';
import type { RedisLog } from '../log/redis-log.js';
import { NotJoinedError } from '../log/log-errors.js';
import { Inventory } from './inventory.js';
import type { LeaseEnds } from './lease-ends.js';
import { ReadBatch, type RawRead } from './read-batch.js';
import { Turns } from './turns.js';
import { isOfGeneration, isOurs, readValue, writeValue } from './stored-value.js';

/** Every key ends some time, also that of an entry which is fresh for ever, in ms. */
const LONGEST_TTL_MS = 30 * 24 * 3_600_000;

/** What a write sends beside the value, about. */
const OVERHEAD_BYTES = 200;

/** What the store stands on. */
export interface RedisEntryStoreParts {
  readonly wire: Wire;
  readonly client: Client;
  readonly keys: KeySpace;
  readonly settings: RedisSettings;
  readonly user: TierUser;
  readonly time: ServerTime;
  readonly log: RedisLog;
  readonly ends: LeaseEnds;
  /** Closes the connections, when nothing is written any more. */
  readonly disconnect: () => Promise<void>;
}

/** The entries and leases of one cache in Redis. See {@link LeasingStore} for what it promises. */
export class RedisEntryStore implements LeasingStore {
  readonly name = 'redis';
  readonly #parts: RedisEntryStoreParts;
  readonly #reads: ReadBatch;
  readonly #inventory: Inventory;
  readonly #turns = new Turns();
  #writes = 0;
  /** Writes that are under way: counted, as a Set of them would keep the last ones alive. */
  #unanswered = 0;
  #onQuiet: (() => void) | undefined;
  #closing: Promise<void> | undefined;

  constructor(parts: RedisEntryStoreParts) {
    this.#parts = parts;
    this.#reads = new ReadBatch(parts.wire, parts.keys, parts.log);
    this.#inventory = new Inventory(parts.client, parts.keys);
  }

  get isAway(): boolean {
    return !this.#parts.log.isJoined;
  }

  get(key: string): Promise<CacheEntry | undefined> {
    return this.#reads.read(key, undefined, this.#decode);
  }

  getMany(keys: readonly string[]): Promise<(CacheEntry | undefined)[]> {
    return Promise.all(keys.map((key) => this.get(key)));
  }

  acquire(key: string, options: AcquireOptions): Promise<Acquired> {
    this.#parts.ends.asked(key);
    return this.#reads.read(key, options, this.#acquired);
  }

  readonly #acquired = (read: RawRead): Acquired | Promise<Acquired> => {
    const entry = this.#decode(read);
    const { key, status, token } = read;
    if (status === 0 && entry !== undefined) return { word: 'entry', entry };
    if (status === 1) return { word: 'lease', token, entry };
    if (status >= 2) {
      this.#parts.ends.taken(key);
      return { word: 'taken', remainingMs: status - 2, entry };
    }
    // It was stored a moment ago; or something is stored that is no entry, or is from before the store was cleared.
    return this.acquire(key, { leaseMs: read.wish!.leaseMs, replaces: read.bytes !== null });
  };

  async fill(key: string, token: string, entry: CacheEntry): Promise<boolean> {
    const { keys } = this.#parts;
    const send = (blob: Buffer): Promise<unknown> =>
      this.#writing(
        this.#parts.wire.runMerged({
          script: FILL,
          keys: [keys.value(key), keys.lease(key)],
          shared: [keys.channel],
          own: [key, token, blob, this.#ttlMs(entry)],
          bytes: blob.length + OVERHEAD_BYTES,
        }),
      );
    return (await this.#turns.take(key, () => this.#encode(entry, token), send)) === 1;
  }

  async release(key: string, token: string): Promise<boolean> {
    const { keys } = this.#parts;
    return (await this.#write(RELEASE, [keys.lease(key)], [keys.channel, key, token])) === 1;
  }

  async renew(key: string, token: string, leaseMs: number): Promise<boolean> {
    const { keys } = this.#parts;
    const args = [keys.channel, key, token, Math.max(1, Math.round(leaseMs))];
    return (await this.#write(RENEW, [keys.lease(key)], args)) === 1;
  }

  ended(key: string, maxMs: number): Promise<void> {
    return this.#parts.ends.wait(key, maxMs);
  }

  async set(key: string, entry: CacheEntry): Promise<void> {
    const { keys, wire } = this.#parts;
    const send = (blob: Buffer): Promise<unknown> =>
      this.#writing(
        wire.runMerged({
          script: SET,
          keys: [keys.value(key)],
          shared: [],
          own: [blob, this.#ttlMs(entry)],
          bytes: blob.length + OVERHEAD_BYTES,
        }),
      );
    await this.#turns.take(key, () => this.#encode(entry, undefined), send);
  }

  async delete(key: string): Promise<boolean> {
    const { keys } = this.#parts;
    const send = (): Promise<unknown> => this.#write(DROP, [keys.value(key), keys.lease(key)], [keys.channel, key]);
    return (await this.#turns.take(key, nothing, send)) === 1;
  }

  /** Costs one round trip, whatever is stored: what is there is no longer read, and goes when its time has come. */
  async clear(): Promise<void> {
    const { keys, log } = this.#parts;
    const names = [keys.log, keys.marks, keys.stream, keys.reserve];
    if ((await this.#write(CLEAR, names, [newGeneration()])) === 1) return;
    // The log is gone, and with it everything that was stored.
    log.doubt();
  }

  async keys(prefix: string, limit: number): Promise<string[]> {
    return this.#inventory.list(prefix, limit, await this.#generation());
  }

  async stats(): Promise<StoreStats> {
    return this.#inventory.count(await this.#generation(), this.#parts.user.clock.now(), this.#writes);
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    if (this.#unanswered > 0) await new Promise<void>((resolve) => (this.#onQuiet = resolve));
    await this.#parts.log.close();
    await this.#parts.disconnect();
  }

  /** The present generation; asks, because another process may have cleared. */
  #generation(): Promise<string> {
    return this.#reads.read('', undefined, ({ generation }) => generation);
  }

  readonly #decode = ({ bytes, generation }: RawRead): CacheEntry | undefined => {
    if (bytes === null) return undefined;
    const entry = readValue(bytes, generation, this.#parts.time.shiftMs);
    // What was stored before the store was cleared is whole, but not there any more.
    if (entry === undefined && (!isOurs(bytes) || isOfGeneration(bytes, generation))) this.#tellUnreadable();
    return entry;
  };

  #tellUnreadable(): void {
    const error = new DecodeError('it is torn, of another version, or not of our making');
    this.#parts.user.events.emit('storeError', { store: this.name, operation: 'decode', error });
  }

  #encode(entry: CacheEntry, token: string | undefined): Buffer | Promise<Buffer> {
    const { log, time, settings } = this.#parts;
    const { generation } = log;
    if (generation === '') throw new NotJoinedError();
    const { compression, compressAbove } = settings;
    return writeValue(entry, { generation, token, shiftMs: time.shiftMs, compression, compressAbove });
  }

  #ttlMs(entry: CacheEntry): number {
    return Math.min(LONGEST_TTL_MS, Math.ceil(expiresAt(entry) - this.#parts.user.clock.now()));
  }

  #write(script: Parameters<Wire['run']>[0], names: string[], args: Parameters<Wire['run']>[2]): Promise<unknown> {
    return this.#writing(this.#parts.wire.run(script, names, args));
  }

  /** Counts a write, until it is answered. */
  #writing(written: Promise<unknown>): Promise<unknown> {
    this.#writes++;
    this.#unanswered++;
    written.then(this.#answered, this.#answered);
    return written;
  }

  readonly #answered = (): void => {
    this.#unanswered--;
    if (this.#unanswered === 0) this.#onQuiet?.();
  };
}

function nothing(): void {
  // A deletion has nothing to prepare.
}
