import type { CacheEntry } from '@cachewarp/core';
import { decodeEntry, encodeEntry } from '@cachewarp/core';
import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import {
  brotliCompress as brotliCompressCallback,
  brotliDecompressSync,
  constants,
  gunzipSync,
  gzip as gzipCallback,
} from 'node:zlib';
import type { Compression } from '../connection/redis-options.js';

/*
 * What stands under a value's key:
 *
 *   offset 0  format, 0xCB; another number is another format, and a miss
 *          1  compression of the entry: 0 none, 1 gzip, 2 brotli
 *          2  the entry's position, a big-endian double, so that scripts can compare
 *         10  generation of the store, 8 characters: a value of another one was cleared, or is of a lost log
 *         18  8 bytes that stand for the entry's epoch
 *         26  token of the lease that it was filled under, 12 characters; zeroes where it was set
 *         38  length of what follows
 *         42  the entry as core writes it, with its instants in the time of Redis
 *
 * Corruption of what is behind the header is found by the entry's own checksum. The header is compared with the entry.
 */
const FORMAT = 0xcb;
const POSITION_AT = 2;
const GENERATION_AT = 10;
const EPOCH_AT = 18;
const TOKEN_AT = 26;
const LENGTH_AT = 38;
const HEADER_LENGTH = 42;

/** How much of a value tells whether it is one of ours and of the present. */
export const HEADER_PEEK = EPOCH_AT;

const METHODS = ['none', 'gzip', 'brotli'] as const satisfies readonly Compression[];

/** A hostile or torn value must not fill the memory. */
const MAX_INFLATED_BYTES = 512 * 1024 * 1024;

const gzip = promisify(gzipCallback);
const brotli = promisify(brotliCompressCallback);

/** How an entry is to be written. */
export interface WriteOptions {
  readonly generation: string;
  readonly token: string | undefined;
  /** From this process's time to that of Redis. */
  readonly shiftMs: number;
  readonly compression: Compression;
  readonly compressAbove: number;
}

/**
 * Writes an entry; at once where it is not compressed.
 * @throws EncodeError as `encodeEntry` does
 */
export function writeValue(entry: CacheEntry, options: WriteOptions): Buffer | Promise<Buffer> {
  const encoded = encodeEntry(shifted(entry, options.shiftMs));
  const { compression, compressAbove } = options;
  if (compression === 'none' || encoded.length < compressAbove) return framed(entry, encoded, 'none', options);
  return compressed(encoded, compression).then((smaller) =>
    smaller.length < 0.9 * encoded.length
      ? framed(entry, smaller, compression, options)
      : framed(entry, encoded, 'none', options),
  );
}

/** Reads what {@link writeValue} wrote; undefined for bytes that are not of our making, torn, or of another generation. Never throws. */
export function readValue(bytes: Buffer, generation: string, shiftMs: number): CacheEntry | undefined {
  if (!isOfGeneration(bytes, generation)) return undefined;
  const body = inflated(bytes);
  const entry = body === undefined ? undefined : decodeEntry(body);
  if (entry === undefined || entry.position !== bytes.readDoubleBE(POSITION_AT)) return undefined;
  return shiftMs === 0 ? entry : shifted(entry, -shiftMs);
}

/** Whether bytes, of which the first {@link HEADER_PEEK} do, are a value of ours that was stored since the store was last cleared. */
export function isOfGeneration(bytes: Buffer, generation: string): boolean {
  if (bytes.length < HEADER_PEEK || bytes[0] !== FORMAT) return false;
  for (let at = 0; at < 8; at++) if (bytes[GENERATION_AT + at] !== generation.charCodeAt(at)) return false;
  return true;
}

/** Whether bytes are of this format at all: what is not was written by somebody else, or by another version. */
export function isOurs(bytes: Buffer): boolean {
  return bytes.length >= HEADER_LENGTH && bytes[0] === FORMAT;
}

function framed(entry: CacheEntry, body: Uint8Array, method: Compression, options: WriteOptions): Buffer {
  const bytes = Buffer.allocUnsafe(HEADER_LENGTH + body.length);
  bytes.fill(0, 0, HEADER_LENGTH);
  bytes[0] = FORMAT;
  bytes[1] = METHODS.indexOf(method);
  bytes.writeDoubleBE(entry.position, POSITION_AT);
  bytes.write(options.generation, GENERATION_AT, 8, 'latin1');
  bytes.set(epochBytes(entry.epoch), EPOCH_AT);
  if (options.token !== undefined) bytes.write(options.token, TOKEN_AT, 12, 'latin1');
  bytes.writeUInt32BE(body.length, LENGTH_AT);
  bytes.set(body, HEADER_LENGTH);
  return bytes;
}

function compressed(bytes: Uint8Array, method: 'gzip' | 'brotli'): Promise<Buffer> {
  if (method === 'gzip') return gzip(bytes, { level: 1 });
  return brotli(bytes, {
    params: { [constants.BROTLI_PARAM_QUALITY]: 4, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length },
  });
}

function inflated(bytes: Buffer): Buffer | undefined {
  if (bytes.length < HEADER_LENGTH || bytes.length - HEADER_LENGTH !== bytes.readUInt32BE(LENGTH_AT)) return undefined;
  const body = bytes.subarray(HEADER_LENGTH);
  try {
    switch (bytes[1]) {
      case 0:
        return body;
      case 1:
        return gunzipSync(body, { maxOutputLength: MAX_INFLATED_BYTES });
      case 2:
        return brotliDecompressSync(body, { maxOutputLength: MAX_INFLATED_BYTES });
      default:
        return undefined;
    }
  } catch {
    // Torn: a miss.
    return undefined;
  }
}

function shifted(entry: CacheEntry, byMs: number): CacheEntry {
  if (byMs === 0) return entry;
  return {
    ...entry,
    createdAt: entry.createdAt + byMs,
    freshUntil: shiftedWindow(entry.freshUntil, byMs),
    staleUntil: shiftedWindow(entry.staleUntil, byMs),
    errorUntil: shiftedWindow(entry.errorUntil, byMs),
    keepUntil: shiftedWindow(entry.keepUntil, byMs),
  };
}

/** 0 says that there is no window. */
function shiftedWindow(instant: number, byMs: number): number {
  return instant === 0 ? 0 : instant + byMs;
}

let lastEpoch: { readonly epoch: string; readonly bytes: Buffer } = { epoch: '', bytes: Buffer.alloc(8) };

function epochBytes(epoch: string): Buffer {
  if (epoch !== lastEpoch.epoch) {
    lastEpoch = { epoch, bytes: createHash('sha1').update(epoch).digest().subarray(0, 8) };
  }
  return lastEpoch.bytes;
}
