import { crc32 } from 'node:zlib';
import { expiresAt, type CacheEntry } from '@cachewarp/core';

/*
 * An entry's row:
 *
 *   offset 0  format of the frame
 *          1  ticket in the queue     9  when it may be dropped     17  position     all doubles, big-endian
 *         25  CRC-32 of the epoch     29  length of the key, 0 where the id has it
 *         33  the key as JSON, then the entry as core's codec writes it, with a checksum of its own
 */
const FORMAT = 1;
const HEADER_LENGTH = 33;

/** What is known of a stored entry without decoding it. */
export interface Frame {
  readonly ticket: number;
  readonly expiresAt: number;
  readonly position: number;
  readonly epochTag: number;
  /** The cache key, where the id does not have it. */
  readonly key: string | undefined;
  readonly entry: Buffer;
}

export function frameOf(entry: CacheEntry, encoded: Uint8Array, ticket: number, key: string | undefined): Buffer {
  const name = key === undefined ? '' : JSON.stringify(key);
  const nameLength = Buffer.byteLength(name);
  const bytes = Buffer.allocUnsafe(HEADER_LENGTH + nameLength + encoded.length);
  bytes[0] = FORMAT;
  bytes.writeDoubleBE(ticket, 1);
  bytes.writeDoubleBE(expiresAt(entry), 9);
  bytes.writeDoubleBE(entry.position, 17);
  bytes.writeUInt32BE(epochTagOf(entry.epoch), 25);
  bytes.writeUInt32BE(nameLength, 29);
  bytes.write(name, HEADER_LENGTH);
  bytes.set(encoded, HEADER_LENGTH + nameLength);
  return bytes;
}

/** The same frame, with another ticket. */
export function withTicket(frame: Buffer, ticket: number): Buffer {
  frame.writeDoubleBE(ticket, 1);
  return frame;
}

/** Undefined for what is no frame of this format. */
export function readFrame(bytes: Buffer): Frame | undefined {
  if (bytes.length < HEADER_LENGTH || bytes[0] !== FORMAT) return undefined;
  const nameLength = bytes.readUInt32BE(29);
  if (nameLength > bytes.length - HEADER_LENGTH) return undefined;
  const entryAt = HEADER_LENGTH + nameLength;
  return {
    ticket: bytes.readDoubleBE(1),
    expiresAt: bytes.readDoubleBE(9),
    position: bytes.readDoubleBE(17),
    epochTag: bytes.readUInt32BE(25),
    key: nameLength === 0 ? undefined : readName(bytes.toString('utf8', HEADER_LENGTH, entryAt)),
    entry: bytes.subarray(entryAt),
  };
}

export function epochTagOf(epoch: string): number {
  return crc32(epoch);
}

function readName(json: string): string | undefined {
  try {
    return JSON.parse(json) as string;
  } catch {
    // Torn: the entry behind it is found to be so, too.
    return undefined;
  }
}
