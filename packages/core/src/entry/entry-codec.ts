import { crc32 } from 'node:zlib';
import { toEncodeError } from '../base/encode-fault.js';
import { DecodeError } from '../base/errors.js';
import type { CacheEntry } from './cache-entry.js';
import { tagValue, type TaggedValue } from './tag-value.js';
import { untagValue } from './untag-value.js';

/*
 * Every tier that writes bytes writes these:
 *
 *   offset 0  format, 0xC1; another number is another format, and unreadable
 *          1  what it is: bit 0 an entry (else a value), bit 1 the JSON has tags, bit 2 the entry's value is an error
 *          2  CRC-32 of everything behind it, begun with the two bytes before it; big-endian as all numbers here
 *          6  length of the JSON in bytes
 *         10  of an entry only: its eight numbers as doubles, in the order of NUMBERS
 *    10 / 74  JSON in UTF-8: the value, or of an entry [epoch, parent, tags, value]; then the attachments, which are the binary
 *             parts of the value, one behind the other
 *
 * Numbers stand outside the JSON because instants have fractions, and as text those cost more than the rest of the entry.
 * The checksum is against tearing and foreign writers, not against forgers: whoever can write to the store is trusted.
 */
const FORMAT = 0xc1;
const IS_ENTRY = 1;
const IS_TAGGED = 2;
const IS_ERROR = 4;
const CHECKSUM_AT = 2;
const JSON_LENGTH_AT = 6;
const HEADER_LENGTH = 10;

const NUMBERS = [
  'createdAt',
  'freshUntil',
  'staleUntil',
  'errorUntil',
  'keepUntil',
  'loadMs',
  'position',
  'size',
] as const satisfies readonly (keyof CacheEntry)[];
const ENTRY_HEADER_LENGTH = HEADER_LENGTH + NUMBERS.length * 8;

/** What stands in the JSON of an entry. */
type EntryParts = readonly [epoch: string, parent: string | null, tags: readonly string[], value: unknown];

/**
 * Writes a value so that {@link decodeValue} brings back an equal one: JSON's types, and undefined, bigint, -0, NaN and
 * infinities, Date, Map, Set, RegExp, URL, typed arrays, Buffer, ArrayBuffer, DataView, arrays with holes, objects without
 * prototype, and errors (as their nearest built-in class, with name, message, stack, cause and their own members).
 * Parts that are reached twice come back as two.
 *
 * @throws EncodeError naming the place, as `$.user.avatar`, for functions, symbols and members under symbols, instances of
 * other classes, promises, cycles, more than 500 levels, and more than about 512 MB of JSON
 */
export function encodeValue(value: unknown): Uint8Array {
  const tagged = tagValue(value);
  return frame(tagged, tagged.json, HEADER_LENGTH, 0);
}

/**
 * Reads what {@link encodeValue} wrote.
 * @throws DecodeError when the bytes are torn, foreign or of an unknown format
 */
export function decodeValue(bytes: Uint8Array): unknown {
  return unframe(asBuffer(bytes), HEADER_LENGTH, 0);
}

/**
 * Writes an entry, its value as {@link encodeValue} does.
 * @throws EncodeError as {@link encodeValue} does
 */
export function encodeEntry(entry: CacheEntry): Uint8Array {
  const tagged = tagValue(entry.value);
  const parts: EntryParts = [entry.epoch, entry.parent ?? null, entry.tags, tagged.json];
  return frame(tagged, parts, ENTRY_HEADER_LENGTH, entry.isError ? IS_ENTRY | IS_ERROR : IS_ENTRY, entry);
}

/** Reads what {@link encodeEntry} wrote; undefined for bytes that are torn, foreign or of an unknown format. Never throws. */
export function decodeEntry(bytes: Uint8Array): CacheEntry | undefined {
  try {
    return readEntry(asBuffer(bytes));
  } catch {
    // Whatever it is, it is not an entry of ours: readers treat it as a miss.
    return undefined;
  }
}

function frame(tagged: TaggedValue, content: unknown, headerLength: number, flags: number, entry?: CacheEntry): Buffer {
  const json = stringify(content);
  const jsonLength = Buffer.byteLength(json);
  let length = headerLength + jsonLength;
  for (const attachment of tagged.attachments) length += attachment.byteLength;

  const bytes = Buffer.allocUnsafe(length);
  bytes[0] = FORMAT;
  bytes[1] = tagged.isTagged ? flags | IS_TAGGED : flags;
  bytes.writeUInt32BE(jsonLength, JSON_LENGTH_AT);
  if (entry !== undefined) writeNumbers(entry, bytes);
  bytes.write(json, headerLength);
  let offset = headerLength + jsonLength;
  for (const attachment of tagged.attachments) {
    bytes.set(attachment, offset);
    offset += attachment.byteLength;
  }
  bytes.writeUInt32BE(checksum(bytes), CHECKSUM_AT);
  return bytes;
}

function unframe(bytes: Buffer, headerLength: number, kind: number): unknown {
  if (bytes.length < HEADER_LENGTH || bytes[0] !== FORMAT) throw new DecodeError('it is of another format');
  const flags = bytes[1]!;
  if ((flags & IS_ENTRY) !== kind || bytes.length < headerLength) throw new DecodeError('it holds something else');
  if (checksum(bytes) !== bytes.readUInt32BE(CHECKSUM_AT)) throw new DecodeError('its checksum does not match');
  const jsonEnd = headerLength + bytes.readUInt32BE(JSON_LENGTH_AT);
  try {
    const json: unknown = JSON.parse(bytes.toString('utf8', headerLength, jsonEnd));
    return (flags & IS_TAGGED) === 0 ? json : untagValue(json, bytes.subarray(jsonEnd));
  } catch (error) {
    throw error instanceof DecodeError ? error : new DecodeError('it is not of our making', error);
  }
}

function checksum(bytes: Buffer): number {
  return crc32(bytes.subarray(JSON_LENGTH_AT), bytes.readUInt16BE(0));
}

function stringify(content: unknown): string {
  try {
    return JSON.stringify(content);
  } catch (error) {
    // Longer than a string can be; everything else was refused when it was tagged.
    throw toEncodeError('$', error);
  }
}

function readEntry(bytes: Buffer): CacheEntry {
  const parts = unframe(bytes, ENTRY_HEADER_LENGTH, IS_ENTRY);
  if (!isEntryParts(parts)) throw new DecodeError('it has not the parts of an entry');
  const [epoch, parent, tags, value] = parts;
  return {
    value,
    isError: (bytes[1]! & IS_ERROR) !== 0,
    createdAt: readNumber('createdAt', bytes),
    freshUntil: readNumber('freshUntil', bytes),
    staleUntil: readNumber('staleUntil', bytes),
    errorUntil: readNumber('errorUntil', bytes),
    keepUntil: readNumber('keepUntil', bytes),
    loadMs: readNumber('loadMs', bytes),
    tags,
    parent: parent ?? undefined,
    epoch,
    position: readNumber('position', bytes),
    size: readNumber('size', bytes),
  };
}

function writeNumbers(entry: CacheEntry, bytes: Buffer): void {
  for (let index = 0; index < NUMBERS.length; index++) {
    bytes.writeDoubleBE(entry[NUMBERS[index]!], HEADER_LENGTH + index * 8);
  }
}

function readNumber(name: (typeof NUMBERS)[number], bytes: Buffer): number {
  return bytes.readDoubleBE(HEADER_LENGTH + NUMBERS.indexOf(name) * 8);
}

function isEntryParts(json: unknown): json is EntryParts {
  if (!Array.isArray(json) || json.length !== 4) return false;
  const [epoch, parent, tags] = json as unknown[];
  return (
    typeof epoch === 'string' &&
    (parent === null || typeof parent === 'string') &&
    Array.isArray(tags) &&
    tags.every((tag) => typeof tag === 'string')
  );
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
