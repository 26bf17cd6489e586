import type { CacheEntry } from '@cachewarp/core';
import type { Database } from './database.js';
import { epochTagOf, frameOf, readFrame, withTicket } from './entry-frame.js';
import {
  HASHED_IDS,
  hasUtf8,
  idsWithPrefix,
  keyOf,
  numberedKey,
  numberOf,
  rowKey,
  TABLE,
  tableSpan,
} from './layout.js';
import type { Transaction } from './transaction.js';

/** Entries that one write may drop to make room: it must not take long. */
const MAX_EVICTIONS = 32;
/** Places of the queue that one write may look at. */
const MAX_LOOKS = 64;
/** Expired entries that one write removes by the way. */
const EXPIRED_PER_WRITE = 4;

/** For so long no more is kept than fitted when the medium was full, in ms; then it is tried whether there is room again. */
const CEILING_MS = 60_000;

const PAGE_BYTES = 4096;
/** Longer rows lie on pages of their own. */
const MAX_INLINE_BYTES = 2_000;
/** Pages of a tree are full to about so much. */
const FILL = 0.67;
/** What LMDB keeps for each row beside key and value. */
const ROW_BYTES = 12;
const PRESENT = Buffer.from([1]);
/** Instants of entries that are fresh for ever. */
const FOR_EVER = Number.MAX_SAFE_INTEGER;

/**
 * The entries of one cache, bounded in bytes. Room is made by FIFO with reinsertion (CLOCK): the oldest goes, unless it was read since it
 * stood in the queue; then it is put at the end. Expired entries go first.
 */
export class EntryTable {
  readonly #maxBytes: number;
  readonly #monotonicNow: () => number;
  #ceiling = Infinity;
  #ceilingUntil = 0;

  constructor(maxBytes: number, monotonicNow: () => number) {
    this.#maxBytes = maxBytes;
    this.#monotonicNow = monotonicNow;
  }

  /** Keeps to what there is now for a while: the medium took no more. Returns whether that is new. */
  stopGrowing(bytes: number): boolean {
    const isNew = this.#monotonicNow() >= this.#ceilingUntil;
    this.#ceiling = bytes;
    this.#ceilingUntil = this.#monotonicNow() + CEILING_MS;
    return isNew;
  }

  get #limit(): number {
    const isLow = this.#monotonicNow() < this.#ceilingUntil;
    return isLow ? Math.min(this.#maxBytes, this.#ceiling) : this.#maxBytes;
  }

  /** The encoded entry; undefined where there is none, or it is past its last window. */
  read(db: Database, id: Buffer, now: number): Buffer | undefined {
    const row = db.get(rowKey(TABLE.entry, id));
    const frame = row && readFrame(row);
    return frame !== undefined && now < frame.expiresAt ? frame.entry : undefined;
  }

  /**
   * Stores an entry and makes room for it, unless what is there is of the same log and has a later position. What is larger than the bound
   * is not stored, and neither stays what was there.
   */
  store(transaction: Transaction, id: Buffer, key: string, entry: CacheEntry, encoded: Uint8Array, now: number): void {
    const { db, totals } = transaction;
    const row = db.get(rowKey(TABLE.entry, id));
    const present = row && readFrame(row);
    if (
      present !== undefined &&
      now < present.expiresAt &&
      present.epochTag === epochTagOf(entry.epoch) &&
      present.position > entry.position
    ) {
      return;
    }
    if (row !== undefined) this.#drop(transaction, id, row);
    const frame = frameOf(entry, encoded, totals.ticket++, keyOf(id) === undefined ? key : undefined);
    const cost = costOf(id, frame);
    if (cost > this.#limit) return;
    this.removeExpired(transaction, now, EXPIRED_PER_WRITE);
    this.makeRoom(transaction, cost);
    this.#add(transaction, id, frame);
  }

  /** Whether something was there. */
  remove(transaction: Transaction, id: Buffer): boolean {
    const row = transaction.db.get(rowKey(TABLE.entry, id));
    if (row === undefined) return false;
    this.#drop(transaction, id, row);
    return true;
  }

  /** Removes up to `limit` entries. Returns how many. */
  removeSome({ db, totals }: Transaction, limit: number): number {
    const [start, end] = tableSpan(TABLE.entry);
    const rows = db.rows({ start, end, limit });
    for (const { key, value } of rows) this.#drop({ db, totals }, key.subarray(1), value);
    return rows.length;
  }

  /** Removes up to `limit` entries past their last window. Returns how many. */
  removeExpired(transaction: Transaction, now: number, limit: number): number {
    const [start] = tableSpan(TABLE.expiry);
    const end = numberedKey(TABLE.expiry, Math.floor(now) + 1);
    const rows = transaction.db.rows({ start, end, limit });
    for (const { key, value: id } of rows) {
      if (!this.remove(transaction, id)) transaction.db.remove(key);
    }
    return rows.length;
  }

  /** Whether there is anything to remove at `now`. */
  hasExpired(db: Database, now: number): boolean {
    const [start] = tableSpan(TABLE.expiry);
    return db.rows({ start, end: numberedKey(TABLE.expiry, Math.floor(now) + 1), limit: 1 }).length > 0;
  }

  /** Drops what was not read for longest, until `bytes` more fit, or as much as one transaction may do. */
  makeRoom(transaction: Transaction, bytes: number): number {
    const { totals } = transaction;
    let dropped = 0;
    for (let looks = 0; looks < MAX_LOOKS && dropped < MAX_EVICTIONS; looks++) {
      if (totals.bytes + bytes <= this.#limit || totals.entries === 0) break;
      if (this.#dropOldest(transaction)) dropped++;
    }
    totals.evictions += dropped;
    return dropped;
  }

  /** Drops up to `count` entries, whether there is room or not: the medium is full. Returns how many. */
  shrink(transaction: Transaction, count: number): number {
    let dropped = 0;
    for (let looks = 0; looks < 2 * count && dropped < count; looks++) if (this.#dropOldest(transaction)) dropped++;
    transaction.totals.evictions += dropped;
    return dropped;
  }

  /** Remembers that entries were read. */
  touch({ db }: Transaction, ids: Iterable<Buffer>): void {
    for (const id of ids) {
      if (db.get(rowKey(TABLE.entry, id)) !== undefined) db.put(rowKey(TABLE.touched, id), PRESENT);
    }
  }

  /** Whether it matters what was read: whether room will have to be made before long. */
  isFillingUp(bytes: number): boolean {
    return bytes > this.#limit / 2;
  }

  keys(db: Database, prefix: string, limit: number, now: number): string[] {
    const keys: string[] = [];
    for (const [from, to] of hasUtf8(prefix) ? [idsWithPrefix(prefix), HASHED_IDS] : [HASHED_IDS]) {
      let start = rowKey(TABLE.entry, from);
      const end = rowKey(TABLE.entry, to);
      while (keys.length < limit) {
        const rows = db.rows({ start, end, limit: 100 });
        for (const { key: rowOf, value } of rows) {
          const frame = readFrame(value);
          const key = keyOf(rowOf.subarray(1)) ?? frame?.key;
          if (key?.startsWith(prefix) && frame !== undefined && now < frame.expiresAt && keys.length < limit)
            keys.push(key);
        }
        if (rows.length < 100) break;
        start = Buffer.concat([rows.at(-1)!.key, Buffer.from([0])]);
      }
    }
    return keys;
  }

  #dropOldest(transaction: Transaction): boolean {
    const { db, totals } = transaction;
    const [start, end] = tableSpan(TABLE.queue);
    const [oldest] = db.rows({ start, end, limit: 1 });
    if (oldest === undefined) return false;
    const id = oldest.value;
    const row = db.get(rowKey(TABLE.entry, id));
    const isCurrent = row !== undefined && readFrame(row)?.ticket === numberOf(oldest.key);
    if (!isCurrent) {
      db.remove(oldest.key);
      return false;
    }
    if (!db.remove(rowKey(TABLE.touched, id))) {
      this.#drop(transaction, id, row);
      return true;
    }
    this.#drop(transaction, id, row);
    this.#add(transaction, id, withTicket(row, totals.ticket++));
    return false;
  }

  #add({ db, totals }: Transaction, id: Buffer, row: Buffer): void {
    const { ticket, expiresAt } = readFrame(row)!;
    db.put(rowKey(TABLE.entry, id), row);
    db.put(numberedKey(TABLE.queue, ticket), id);
    if (expiresAt < FOR_EVER) db.put(expiryKey(expiresAt, ticket), id);
    totals.entries++;
    totals.bytes += costOf(id, row);
  }

  #drop({ db, totals }: Transaction, id: Buffer, row: Buffer): void {
    const frame = readFrame(row);
    db.remove(rowKey(TABLE.entry, id));
    db.remove(rowKey(TABLE.touched, id));
    if (frame !== undefined) {
      db.remove(numberedKey(TABLE.queue, frame.ticket));
      if (frame.expiresAt < FOR_EVER) db.remove(expiryKey(frame.expiresAt, frame.ticket));
    }
    totals.entries--;
    totals.bytes -= costOf(id, row);
  }
}

/** What an entry takes up in the file, in bytes: its row, and its rows in the queue and the order of expiry. */
function costOf(id: Buffer, row: Buffer): number {
  const index = 2 * (id.length + ROW_BYTES) + 9 + 17;
  const own = id.length + 1 + ROW_BYTES;
  const isInline = own + row.length <= MAX_INLINE_BYTES;
  const pages = Math.ceil((row.length + 24) / PAGE_BYTES) * PAGE_BYTES;
  return Math.ceil(isInline ? (index + own + row.length) / FILL : (index + own + 8) / FILL + pages);
}

function expiryKey(expiresAt: number, ticket: number): Buffer {
  const rest = Buffer.allocUnsafe(8);
  rest.writeBigUInt64BE(BigInt(ticket));
  return numberedKey(TABLE.expiry, Math.max(0, Math.ceil(expiresAt)), rest);
}
