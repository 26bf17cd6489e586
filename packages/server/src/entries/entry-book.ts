import { ProblemError } from '@cachewarp/admin';
import type { Cache, CacheEntry, LoadOptions, MaybePromise, MemoryRecord, Targets } from '@cachewarp/core';
import type { BackedValue, Backing, WritePolicy } from '../backing/backing.js';
import type { ConfirmedWrites } from '../backing/confirmed-writes.js';
import type { WriteBehindQueue } from '../backing/write-behind-queue.js';
import { judgeConditions, type Conditions } from '../message/conditions.js';
import type { Room } from '../access/room.js';
import { KeyLocks } from './key-locks.js';
import { FOREVER_SECONDS, isServedValue, serveValue, type Draft, type ServedValue } from './served-value.js';

export type ServedEntry = CacheEntry<ServedValue>;

/** What became of a write. `unconfirmed`: it is in the cache, but the store did not say to have it. */
type PutWord = 'created' | 'replaced' | 'unconfirmed' | 'condition-failed' | 'too-large' | 'full' | 'queue-full';

export interface PutResult {
  readonly word: PutWord;
  readonly etag: string;
}

export interface EntryBookParts {
  readonly cache: Cache;
  /** Bytes of memory, where what is full refuses; undefined where it evicts. */
  readonly refusesBeyond: number | undefined;
  /** Bytes of the largest entry that memory takes. */
  readonly maxEntryBytes: number;
  readonly policy: WritePolicy;
  readonly backing: Backing | undefined;
  /** For write-behind with a backing. */
  readonly queue: WriteBehindQueue | undefined;
  readonly confirmed: ConfirmedWrites;
  /** Seconds for what a backing gave no ttl. */
  readonly defaultTtl: number | null;
  /** Writes that the store has not answered yet, for write-behind without a backing. */
  readonly maxUnwritten: number;
}

/** That there is nothing in the backing is not kept: what is written there by others would not be seen. */
const ONLY_VALUES: LoadOptions<ServedValue | undefined> = { when: (value) => value !== undefined };

/** The entries by key: find, put, remove, under conditions, and towards what is behind the cache. */
export class EntryBook {
  readonly #parts: EntryBookParts;
  readonly #cache: Cache;
  readonly #locks = new KeyLocks();
  #unwritten = 0;

  constructor(parts: EntryBookParts) {
    this.#parts = parts;
    this.#cache = parts.cache;
  }

  /** The fresh entry of a key, and counts the request. At once where memory has it. */
  find(room: Room, name: string): MaybePromise<ServedEntry | undefined> {
    const { leases } = this.#cache;
    const key = room.inside(name);
    const record = leases.fresh(key);
    if (record !== undefined && isServedValue(record.entry.value)) {
      leases.countHit(record);
      return record.entry as ServedEntry;
    }
    if (this.#parts.backing !== undefined) return this.#load(room, key, this.#parts.backing);
    if (!leases.hasStore) return this.#count(key, undefined);
    const behind = leases.behind(key);
    return behind instanceof Promise ? behind.then((found) => this.#count(key, found)) : this.#count(key, behind);
  }

  /** Makes ready to find many keys: what memory does not have comes from the store in one round trip. */
  async prefetch(room: Room, names: readonly string[]): Promise<void> {
    const { leases } = this.#cache;
    if (!leases.hasStore || this.#parts.backing !== undefined) return;
    const absent = names.map((name) => room.inside(name)).filter((key) => leases.fresh(key) === undefined);
    if (absent.length > 0) await leases.behindMany(absent);
  }

  /** Puts a value unless a condition forbids it. Writes of one key wait for each other. */
  put(room: Room, key: string, draft: Draft, conditions: Conditions): Promise<PutResult> {
    const id = room.inside(key);
    return this.#locks.run(id, () => this.#put(room, key, id, draft, conditions));
  }

  /** Removes a key unless a condition forbids it. */
  remove(
    room: Room,
    name: string,
    conditions: Conditions,
  ): Promise<'removed' | 'absent' | 'condition-failed' | 'queue-full'> {
    const key = room.inside(name);
    return this.#locks.run(key, async () => {
      const present = await this.#present(room, key);
      if (judgeConditions(conditions, present?.value.etag) !== 'go') return 'condition-failed';
      const { backing, queue } = this.#parts;
      if (queue !== undefined && !queue.add(key, undefined)) return 'queue-full';
      if (queue === undefined) await this.#behind(key, () => backing?.remove(key));
      await this.#cache.invalidate({ key });
      return present === undefined ? 'absent' : 'removed';
    });
  }

  async invalidate(targets: Targets, by: string): Promise<void> {
    await this.#cache.invalidate(targets, { by });
  }

  async #put(room: Room, key: string, id: string, draft: Draft, conditions: Conditions): Promise<PutResult> {
    const value = serveValue(key, draft);
    const { etag } = value;
    if (sizeOf(value, id) > this.#parts.maxEntryBytes) return { word: 'too-large', etag };
    const isConditional = conditions.ifMatch !== undefined || conditions.ifNoneMatch !== undefined;
    const present = isConditional ? await this.#present(room, id) : this.#local(id);
    if (judgeConditions(conditions, present?.value.etag) !== 'go') return { word: 'condition-failed', etag };

    if (this.#isFull(sizeOf(value, id), id)) return { word: 'full', etag };
    const { backing, policy, queue } = this.#parts;
    const word = present === undefined ? 'created' : 'replaced';
    if (queue !== undefined) {
      if (!queue.add(id, backedValueOf(draft))) return { word: 'queue-full', etag };
    } else if (backing !== undefined) {
      await this.#behind(id, () => backing.write(id, backedValueOf(draft)));
      if (policy === 'write-around') {
        await this.#cache.invalidate({ key: id });
        return { word, etag };
      }
    }
    const tags = draft.tags.map((tag) => room.inside(tag));
    const written = this.#cache.set(id, value, { ttl: draft.ttl ?? FOREVER_SECONDS, tags });
    return { word: (await this.#isKept(id, value, written)) ? word : 'unconfirmed', etag };
  }

  /** Whether a new value would have to take the place of others, and may not. */
  #isFull(size: number, id: string): boolean {
    const { refusesBeyond } = this.#parts;
    if (refusesBeyond === undefined) return false;
    const { memory } = this.#cache.parts;
    const isOver = (): boolean =>
      (memory.stats().bytes ?? 0) - (memory.peekRecord(id)?.size ?? 0) + size > refusesBeyond;
    // What has expired makes room, but is found only bit by bit.
    if (isOver()) memory.sweep(SWEPT_WHEN_FULL);
    return isOver();
  }

  /** Waits for the store as the write policy says; whether the write may be acknowledged. */
  async #isKept(id: string, value: ServedValue, written: Promise<void>): Promise<boolean> {
    const { backing, policy, confirmed, maxUnwritten } = this.#parts;
    const { leases, parts } = this.#cache;
    if (backing === undefined && policy === 'write-behind' && leases.hasStore && this.#unwritten < maxUnwritten) {
      this.#unwritten++;
      void written.finally(() => this.#unwritten--);
      return true;
    }
    await written;
    // With a backing the value is safe there already.
    if (backing !== undefined || !leases.hasStore) return true;
    const isConfirmed = confirmed.has(value);
    if (policy === 'write-around' && isConfirmed) parts.memory.drop(id);
    return isConfirmed;
  }

  /** A change of the backing. When it fails, nobody knows what is there: the key is dropped, and the next read asks. */
  async #behind(key: string, change: () => Promise<void> | undefined): Promise<void> {
    try {
      await change();
    } catch (error) {
      await this.#cache.invalidate({ key });
      throw new BackingError(error);
    }
  }

  /** What a condition is judged by: as much as can be known. */
  async #present(room: Room, key: string): Promise<ServedEntry | undefined> {
    const local = this.#local(key);
    if (local !== undefined) return local;
    const { backing } = this.#parts;
    if (backing !== undefined) return this.#load(room, key, backing);
    return this.#fresh(await this.#cache.leases.behind(key));
  }

  #local(key: string): ServedEntry | undefined {
    return this.#fresh(this.#cache.leases.fresh(key));
  }

  #fresh(record: MemoryRecord | undefined): ServedEntry | undefined {
    if (record === undefined || record.entry.isError || !isServedValue(record.entry.value)) return undefined;
    return this.#cache.clock.now() < record.entry.freshUntil ? (record.entry as ServedEntry) : undefined;
  }

  #count(key: string, record: MemoryRecord | undefined): ServedEntry | undefined {
    const entry = this.#fresh(record);
    const { counters, topKeys } = this.#cache.parts;
    if (entry !== undefined) {
      this.#cache.leases.countHit(record!);
      return entry;
    }
    counters.misses++;
    topKeys.add(key, 1);
    return undefined;
  }

  /** Reads through: one load for all who ask. The newest value may still be on its way to the backing. */
  async #load(room: Room, key: string, backing: Backing): Promise<ServedEntry | undefined> {
    const { defaultTtl, queue } = this.#parts;
    let keptFor = defaultTtl;
    const value = await this.#cache
      .getOrLoad<ServedValue | undefined>(
        key,
        async (context) => {
          const waiting = queue?.pending(key);
          const found = waiting === undefined ? await backing.load(key) : waiting.value;
          if (found === undefined) return undefined;
          const { ttl = defaultTtl, tags = [] } = found;
          keptFor = ttl;
          context.setOptions({ ttl: ttl ?? FOREVER_SECONDS, tags: tags.map((tag) => room.inside(tag)) });
          return serveValue(room.outside(key), draftOf(found, ttl, tags));
        },
        ONLY_VALUES,
      )
      .catch((error: unknown) => {
        throw new BackingError(error);
      });
    if (value === undefined) return undefined;
    const entry = this.#local(key);
    if (entry?.value === value) return entry;
    // It was not kept, for want of room or because it was invalidated meanwhile; who asked before that gets it all the same.
    const now = this.#cache.clock.now();
    return { ...UNKEPT, value, createdAt: now, freshUntil: now + (keptFor ?? FOREVER_SECONDS) * 1000 };
  }
}

const UNKEPT: Omit<ServedEntry, 'value' | 'createdAt' | 'freshUntil'> = {
  tags: [],
  isError: false,
  staleUntil: 0,
  errorUntil: 0,
  keepUntil: 0,
  loadMs: 0,
  parent: undefined,
  epoch: '',
  position: 0,
  size: 0,
};

/** The backing failed: for the client a fault behind us. */
export class BackingError extends ProblemError {
  constructor(cause: unknown) {
    super(502, 'What is behind the cache failed.');
    this.cause = cause;
  }
}

/** About what memory will charge: the engine's own estimate adds a fixed overhead. */
function sizeOf({ body }: ServedValue, key: string): number {
  return key.length + OVERHEAD_BYTES + (typeof body === 'string' ? Buffer.byteLength(body) : body.byteLength);
}

const OVERHEAD_BYTES = 800;
/** Entries that a refused write looks at for expired ones. */
const SWEPT_WHEN_FULL = 1000;

function backedValueOf({ content, ttl, tags }: Draft): BackedValue {
  const more = { ttl, tags };
  if ('json' in content) return { contentType: 'application/json', body: Buffer.from(content.json), ...more };
  return { contentType: content.contentType, body: new Uint8Array(content.bytes), ...more };
}

function draftOf({ contentType, body }: BackedValue, ttl: number | null, tags: readonly string[]): Draft {
  if (contentType !== 'application/json') return { content: { bytes: body, contentType }, ttl, tags };
  const json = Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8');
  JSON.parse(json);
  return { content: { json }, ttl, tags };
}
