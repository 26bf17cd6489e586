import { DecodeError } from '../base/errors.js';
import { copyBytes } from './copy-bytes.js';
import { putTogether } from './error-parts.js';
import { MAX_VALUE_DEPTH, type ValueTag } from './value-tag.js';

/** A level of the value takes up to three in JSON: the tag, its list, and the parts of an error. */
const MAX_JSON_DEPTH = 3 * MAX_VALUE_DEPTH + 3;

/**
 * The value that `tagValue` was given. Builds it in the place of `json`, which must come from `JSON.parse`.
 * @throws DecodeError, or what a built-in constructor throws, when it is not of that making
 */
export function untagValue(json: unknown, attachments: Uint8Array): unknown {
  return new TagReader(attachments).read(json, 0);
}

class TagReader {
  readonly #attachments: Uint8Array;

  constructor(attachments: Uint8Array) {
    this.#attachments = attachments;
  }

  read(json: unknown, depth: number): unknown {
    if (!isObject(json)) return json;
    // A writer of ours stops earlier; foreign bytes must not exhaust the stack.
    if (depth > MAX_JSON_DEPTH) throw new DecodeError('nested too deeply');
    if (Array.isArray(json)) return this.#readItems(json, depth);
    return Object.hasOwn(json, '$') ? this.#readTag(json as ValueTag, depth) : this.#readMembers(json, depth);
  }

  #readItems(items: unknown[], depth: number): unknown[] {
    for (let index = 0; index < items.length; index++) {
      const item = items[index];
      if (isObject(item)) items[index] = this.read(item, depth + 1);
    }
    return items;
  }

  #readMembers(object: object, depth: number): Record<string, unknown> {
    const members = object as Record<string, unknown>;
    for (const name of Object.keys(members)) {
      const member = members[name];
      // Also for __proto__: JSON.parse made it a member of its own, which hides the setter.
      if (isObject(member)) members[name] = this.read(member, depth + 1);
    }
    return members;
  }

  #readTag({ $: name, v }: ValueTag, depth: number): unknown {
    switch (name) {
      case 'undefined':
        return undefined;
      case 'number':
        return Number(v);
      case 'bigint':
        return BigInt(v as string);
      case 'object':
        return this.#readMembers(v as object, depth + 1);
      case 'null-prototype':
        return Object.assign(Object.create(null) as object, this.#readMembers(v as object, depth + 1));
      case 'Array':
        return this.#readSparse(v as [number, unknown], depth + 1);
      case 'Date':
        return new Date(v === null ? NaN : (v as number));
      case 'Map':
        return readMap(this.#readList(v, depth));
      case 'Set':
        return new Set(this.#readList(v, depth));
      case 'RegExp':
        return readRegExp(v as [string, string, number]);
      case 'URL':
        return new URL(v as string);
      case 'Error':
        return this.#readError(v as [string, object, object], depth + 1);
      case 'bytes':
        return this.#readBytes(v as [string, number, number]);
      default:
        throw new DecodeError(`unknown tag ${JSON.stringify(name)}`);
    }
  }

  #readList(v: unknown, depth: number): unknown[] {
    if (!Array.isArray(v)) throw new DecodeError('a list is missing');
    return this.#readItems(v, depth + 1);
  }

  #readSparse([length, present]: [number, unknown], depth: number): unknown[] {
    const items: unknown[] = [];
    items.length = length;
    const pairs = this.#readList(present, depth);
    for (let index = 0; index < pairs.length; index += 2) items[pairs[index] as number] = pairs[index + 1];
    return items;
  }

  #readError([type, hidden, own]: [string, object, object], depth: number): Error {
    return putTogether({
      type,
      hidden: this.#readMembers(hidden, depth + 1),
      own: this.#readMembers(own, depth + 1),
    });
  }

  /** Always a copy: a view would keep the whole message it came in alive, and typed arrays need their alignment. */
  #readBytes([type, offset, length]: [string, number, number]): unknown {
    const isPlace = Number.isInteger(offset) && Number.isInteger(length) && offset >= 0 && length >= 0;
    if (!isPlace || offset + length > this.#attachments.length) throw new DecodeError('an attachment is missing');
    return copyBytes(type, this.#attachments.subarray(offset, offset + length));
  }
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

function readMap(pairs: readonly unknown[]): Map<unknown, unknown> {
  const map = new Map<unknown, unknown>();
  for (let index = 0; index < pairs.length; index += 2) map.set(pairs[index], pairs[index + 1]);
  return map;
}

function readRegExp([source, flags, lastIndex]: [string, string, number]): RegExp {
  const pattern = new RegExp(source, flags);
  pattern.lastIndex = lastIndex;
  return pattern;
}
