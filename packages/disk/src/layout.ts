import { createHash } from 'node:crypto';
import type { Marker } from '@cachewarp/core';

/*
 * One tree holds everything of one cache. The first byte of a key says what the row is:
 *
 *   1 name                     what there is once: the epoch, the totals
 *   2 place                    the invalidation log: a record as JSON
 *   3 kind, SHA-256 of name    the marker of a target: its places, then kind and name
 *   4 place, key of a marker   the order of markers, by their newest place
 *   5 id                       an entry, id being the cache key as bytes
 *   6 ticket                   the queue of eviction: the id of an entry
 *   7 instant, ticket          the order of expiry: the id of an entry
 *   8 id                       entries that were read since they stood in the queue
 *   9 id                       the lease of a key
 *
 * Numbers in keys are big-endian, so that rows stand in their order.
 */
export const TABLE = {
  single: 1,
  record: 2,
  marker: 3,
  markerOrder: 4,
  entry: 5,
  queue: 6,
  expiry: 7,
  touched: 8,
  lease: 9,
} as const;

export type Table = (typeof TABLE)[keyof typeof TABLE];

/** Keys of up to so many bytes are ids as they are; LMDB allows 1,978 with pages of 4 KiB. Longer ones are hashed. */
const MAX_PLAIN_BYTES = 1_000;
const PLAIN = 0;
const HASHED = 1;

export const EPOCH_KEY = Buffer.from([TABLE.single, 1]);
export const TOTALS_KEY = Buffer.from([TABLE.single, 2]);

/** The id of a cache key: no two keys have the same. */
export function idOf(key: string): Buffer {
  // Text with half a surrogate pair has no UTF-8 of its own.
  if (hasUtf8(key)) {
    const length = Buffer.byteLength(key);
    if (length <= MAX_PLAIN_BYTES) {
      const id = Buffer.allocUnsafe(length + 1);
      id[0] = PLAIN;
      id.write(key, 1);
      return id;
    }
  }
  return Buffer.concat([Buffer.from([HASHED]), createHash('sha256').update(key, 'utf16le').digest()]);
}

/** Whether text has no half of a surrogate pair in it. */
export function hasUtf8(text: string): boolean {
  return !/\p{Surrogate}/u.test(text);
}

/** The cache key of an id; undefined where it was hashed. */
export function keyOf(id: Buffer): string | undefined {
  return id[0] === PLAIN ? id.toString('utf8', 1) : undefined;
}

/** The ids of all keys that begin with `prefix` and are kept as they are: from, and up to but without. */
export function idsWithPrefix(prefix: string): readonly [Buffer, Buffer] {
  const start = Buffer.concat([Buffer.from([PLAIN]), Buffer.from(prefix)]);
  return [start, Buffer.concat([start, Buffer.alloc(8, 0xff)])];
}

export const HASHED_IDS: readonly [Buffer, Buffer] = [Buffer.from([HASHED]), Buffer.from([HASHED + 1])];

export function rowKey(table: Table, rest: Buffer): Buffer {
  const key = Buffer.allocUnsafe(rest.length + 1);
  key[0] = table;
  rest.copy(key, 1);
  return key;
}

/** The key of a row that is found by a number, and bytes behind it. */
export function numberedKey(table: Table, number: number, rest?: Buffer): Buffer {
  const key = Buffer.allocUnsafe(9 + (rest?.length ?? 0));
  key[0] = table;
  key.writeBigUInt64BE(BigInt(number), 1);
  rest?.copy(key, 9);
  return key;
}

export function numberOf(key: Buffer): number {
  return Number(key.readBigUInt64BE(1));
}

/** The whole of a table: from, and up to but without. */
export function tableSpan(table: Table): readonly [Buffer, Buffer] {
  return [Buffer.from([table]), Buffer.from([table + 1])];
}

const MARKER_KINDS: readonly Marker['kind'][] = ['key', 'tag', 'prefix', 'all'];

export function markerKey(marker: Marker): Buffer {
  const name = createHash('sha256').update(marker.name, 'utf16le').digest();
  return Buffer.concat([Buffer.from([TABLE.marker, MARKER_KINDS.indexOf(marker.kind)]), name]);
}
