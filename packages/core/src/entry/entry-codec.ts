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
 *          1  what it is: bit 0 a whole entry (else a value), bit 1 the JSON has tags
 *          2  CRC-32 of everything behind it, begun with the two bytes before it; big-endian as all numbers here
 *          6  length of the JSON in bytes
 *         10  JSON in UTF-8, then the attachments: binary parts of the value, one behind the other
 *
 * The checksum is against tearing and foreign writers, not against forgers: whoever can write to the store is trusted.
 */
const FORMAT = 0xc1;
const IS_ENTRY = 1;
const IS_TAGGED = 2;
const CHECKSUM_AT = 2;
const JSON_LENGTH_AT = 6;
const HEADER_LENGTH = 10;

/** What stands in the JSON of an entry: isError, numbers in the order of `encodeEntry`, epoch, parent, tags, value. */
type EntryParts = readonly [
  isError: 0 | 1,
  numbers: readonly (number | null)[],
  epoch: string,
  parent: string | null,
  tags: readonly string[],
  value: unknown,
];

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
  return frame(tagged, tagged.json, 0);
}

/**
 * Reads what {@link encodeValue} wrote.
 * @throws DecodeError when the bytes are torn, foreign or of an unknown format
 */
export function decodeValue(bytes: Uint8Array): unknown {
  return unframe(bytes, 0);
}

/**
 * Writes an entry, its value as {@link encodeValue} does.
 * @throws EncodeError as {@link encodeValue} does
 */
export function encodeEntry(entry: CacheEntry): Uint8Array {
  const tagged = tagValue(entry.value);
  const { isError, createdAt, freshUntil, staleUntil, errorUntil, keepUntil, loadMs, position, size } = entry;
  const numbers = [createdAt, freshUntil, staleUntil, errorUntil, keepUntil, loadMs, position, size].map(writeNumber);
  const parts: EntryParts = [isError ? 1 : 0, numbers, entry.epoch, entry.parent ?? null, entry.tags, tagged.json];
  return frame(tagged, parts, IS_ENTRY);
}

/** Reads what {@link encodeEntry} wrote; undefined for bytes that are torn, foreign or of an unknown format. Never throws. */
export function decodeEntry(bytes: Uint8Array): CacheEntry | undefined {
  try {
    return readEntry(unframe(bytes, IS_ENTRY));
  } catch {
    // Whatever it is, it is not an entry of ours: readers treat it as a miss.
    return undefined;
  }
}

function frame(tagged: TaggedValue, content: unknown, kind: number): Buffer {
  const json = stringify(content);
  const jsonLength = Buffer.byteLength(json);
  let length = HEADER_LENGTH + jsonLength;
  for (const attachment of tagged.attachments) length += attachment.byteLength;

  const bytes = Buffer.allocUnsafe(length);
  bytes[0] = FORMAT;
  bytes[1] = kind | (tagged.isTagged ? IS_TAGGED : 0);
  bytes.writeUInt32BE(jsonLength, JSON_LENGTH_AT);
  bytes.write(json, HEADER_LENGTH);
  let offset = HEADER_LENGTH + jsonLength;
  for (const attachment of tagged.attachments) {
    bytes.set(attachment, offset);
    offset += attachment.byteLength;
  }
  bytes.writeUInt32BE(checksum(bytes), CHECKSUM_AT);
  return bytes;
}

function unframe(input: Uint8Array, kind: number): unknown {
  const bytes = Buffer.from(input.buffer, input.byteOffset, input.byteLength);
  if (bytes.length < HEADER_LENGTH || bytes[0] !== FORMAT) throw new DecodeError('it is of another format');
  if ((bytes[1]! & ~IS_TAGGED) !== kind) throw new DecodeError('it holds something else');
  if (checksum(bytes) !== bytes.readUInt32BE(CHECKSUM_AT)) throw new DecodeError('its checksum does not match');
  const jsonEnd = HEADER_LENGTH + bytes.readUInt32BE(JSON_LENGTH_AT);
  try {
    const json: unknown = JSON.parse(bytes.toString('utf8', HEADER_LENGTH, jsonEnd));
    return (bytes[1]! & IS_TAGGED) === 0 ? json : untagValue(json, bytes.subarray(jsonEnd));
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

/** Instants may be Infinity, which JSON lacks. */
function writeNumber(value: number): number | null {
  return value === Infinity ? null : value;
}

function readNumber(value: number | null): number {
  return value ?? Infinity;
}

function isEntryParts(json: unknown): json is EntryParts {
  if (!Array.isArray(json) || json.length !== 6) return false;
  const [isError, numbers, epoch, parent, tags] = json as unknown[];
  return (
    (isError === 0 || isError === 1) &&
    isListOf(numbers, (item) => item === null || typeof item === 'number') &&
    numbers.length === 8 &&
    typeof epoch === 'string' &&
    (parent === null || typeof parent === 'string') &&
    isListOf(tags, (item) => typeof item === 'string')
  );
}

function isListOf(value: unknown, isItem: (item: unknown) => boolean): value is unknown[] {
  return Array.isArray(value) && value.every(isItem);
}

function readEntry(json: unknown): CacheEntry {
  if (!isEntryParts(json)) throw new DecodeError('it has not the parts of an entry');
  const [isError, numbers, epoch, parent, tags, value] = json;
  const [createdAt, freshUntil, staleUntil, errorUntil, keepUntil, loadMs, position, size] = numbers.map(readNumber);
  return {
    value,
    isError: isError === 1,
    createdAt: createdAt!,
    freshUntil: freshUntil!,
    staleUntil: staleUntil!,
    errorUntil: errorUntil!,
    keepUntil: keepUntil!,
    loadMs: loadMs!,
    tags,
    parent: parent ?? undefined,
    epoch,
    position: position!,
    size: size!,
  };
}
