import { isUtf8 } from 'node:buffer';
import { ProblemError } from '@cachewarp/admin';
import { isWellFormed } from '../base/is-well-formed.js';

/**
 * Keys are bytes to clients and text inside. Bytes that are UTF-8 are that text; a byte that is no part of any is written as U+FFFF and two
 * hexadecimal digits, and so are the bytes of U+FFFF itself. So different bytes are different keys, a prefix stays a prefix, and the text
 * is well-formed: a store may encode it as UTF-8 without making two keys one.
 */
const ESCAPE = '\uffff';

/** Reads what stands behind `/cache/` in a path. Every byte may be percent-encoded; `/` may, but need not. */
export function keyOfPath(encoded: string, maxBytes: number): string {
  if (encoded === '') throw new ProblemError(400, 'The key must not be empty.', { field: 'key', value: '' });
  // Three characters for a byte at most: what is longer need not be decoded to be refused.
  if (encoded.length > 3 * maxBytes) throw tooLong(maxBytes, encoded);
  if (!encoded.includes('%')) {
    if (encoded.length > maxBytes) throw tooLong(maxBytes, encoded);
    return encoded;
  }
  const bytes = percentDecode(encoded);
  if (bytes.length > maxBytes) throw tooLong(maxBytes, encoded);
  return textOfBytes(bytes);
}

/** Reads a key or prefix that came as text in JSON. */
export function keyOfText(field: string, value: unknown, maxBytes: number): string {
  if (typeof value !== 'string' || value === '') {
    throw new ProblemError(400, `${field} must be text that is not empty.`, { field, value });
  }
  if (!isWellFormed(value)) {
    throw new ProblemError(400, `${field} must be text without half characters (lone surrogates).`, {
      field,
      value: 'ill-formed text',
    });
  }
  if (value.length > maxBytes || Buffer.byteLength(value) > maxBytes) {
    throw new ProblemError(422, `${field} must not be longer than ${maxBytes} bytes.`, { field, value });
  }
  return value.includes(ESCAPE) ? textOfBytes(Buffer.from(value)) : value;
}

function percentDecode(encoded: string): Buffer {
  const bytes = Buffer.allocUnsafe(encoded.length);
  let length = 0;
  for (let at = 0; at < encoded.length; at++) {
    const code = encoded.charCodeAt(at);
    if (code !== 0x25) {
      bytes[length++] = code;
      continue;
    }
    const digits = encoded.slice(at + 1, at + 3);
    if (!/^[0-9a-f]{2}$/i.test(digits)) {
      throw new ProblemError(400, 'A % in the key must be followed by two hexadecimal digits.', {
        field: 'key',
        value: `%${digits}`,
      });
    }
    bytes[length++] = Number.parseInt(digits, 16);
    at += 2;
  }
  return bytes.subarray(0, length);
}

function textOfBytes(bytes: Buffer): string {
  if (isUtf8(bytes)) {
    const text = bytes.toString('utf8');
    if (!text.includes(ESCAPE)) return text;
  }
  let text = '';
  for (let at = 0; at < bytes.length;) {
    const length = sequenceLength(bytes, at);
    const part = length === 0 ? '' : bytes.toString('utf8', at, at + length);
    if (part === '' || part === ESCAPE) {
      for (const byte of bytes.subarray(at, at + Math.max(length, 1)))
        text += ESCAPE + byte.toString(16).padStart(2, '0');
    } else {
      text += part;
    }
    at += Math.max(length, 1);
  }
  return text;
}

/** Bytes of the UTF-8 sequence that begins here; 0 where none does. */
function sequenceLength(bytes: Buffer, at: number): number {
  const lead = bytes[at]!;
  const length = lead < 0x80 ? 1 : lead < 0xc0 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : lead < 0xf8 ? 4 : 0;
  return length > 0 && at + length <= bytes.length && isUtf8(bytes.subarray(at, at + length)) ? length : 0;
}

function tooLong(maxBytes: number, value: string): ProblemError {
  return new ProblemError(414, `The key must not be longer than ${maxBytes} bytes.`, { field: 'key', value });
}
