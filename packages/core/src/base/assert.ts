import { InvalidOptionError, show } from './errors.js';

/** @throws InvalidOptionError unless `value` is a plain options object */
export function assertObject(field: string, value: unknown): asserts value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new InvalidOptionError(field, 'must be an object', value);
  }
}

/** Refuses options that do not exist: a misspelt option must not be ignored in silence. */
export function assertKnownOptions(field: string, value: object, known: readonly string[]): void {
  for (const name of Object.keys(value)) {
    if (known.includes(name)) continue;
    const path = field === '' ? name : `${field}.${name}`;
    throw new InvalidOptionError(path, `is not an option (known: ${known.join(', ')})`, (value as never)[name]);
  }
}

/** @throws InvalidOptionError unless `value` is a number within the bounds, both included */
export function assertNumber(field: string, value: unknown, min: number, max: number): asserts value is number {
  if (typeof value === 'number' && value >= min && value <= max) return;
  throw new InvalidOptionError(field, `must be a number from ${min} to ${max}`, value);
}

/** @throws InvalidOptionError unless `value` is one of the words */
export function assertOneOf<const W extends string>(
  field: string,
  value: unknown,
  words: readonly W[],
): asserts value is W {
  if (words.includes(value as W)) return;
  throw new InvalidOptionError(field, `must be one of ${words.map(show).join(', ')}`, value);
}

/** @throws InvalidOptionError unless `value` is a function */
export function assertFunction(field: string, value: unknown): void {
  if (typeof value !== 'function') throw new InvalidOptionError(field, 'must be a function', value);
}

/** @throws InvalidOptionError unless `value` is text of 1 to `maxLength` characters */
export function assertText(field: string, value: unknown, maxLength: number): asserts value is string {
  if (typeof value === 'string' && value.length >= 1 && value.length <= maxLength) return;
  throw new InvalidOptionError(field, `must be text of 1 to ${maxLength} characters`, value);
}

const BYTES_PER_UNIT = { b: 1, kb: 1024, mb: 1024 ** 2, gb: 1024 ** 3 };
const BYTES_PATTERN = /^(\d{1,12}(?:\.\d{1,6})?) ?(b|kb|mb|gb)$/i;

/**
 * Reads a number of bytes: a number, or text such as `'64mb'` (units of 1,024).
 * @throws InvalidOptionError when it is neither, or not above 0
 */
export function parseBytes(field: string, value: unknown): number {
  let bytes = typeof value === 'number' ? value : NaN;
  const match = typeof value === 'string' ? BYTES_PATTERN.exec(value) : null;
  if (match !== null) bytes = Number(match[1]) * BYTES_PER_UNIT[match[2]!.toLowerCase() as keyof typeof BYTES_PER_UNIT];
  if (!(bytes >= 1) || bytes > Number.MAX_SAFE_INTEGER) {
    throw new InvalidOptionError(field, "must be a number of bytes above 0 (or text such as '64mb')", value);
  }
  return Math.floor(bytes);
}
