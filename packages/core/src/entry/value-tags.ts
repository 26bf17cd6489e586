import {
  descend,
  EncodeFault,
  faultAt,
  memberStep,
  refuseExtraMembers,
  refuseSymbolKeys,
  toEncodeError,
} from '../base/encode-fault.js';
import { DecodeError } from '../base/errors.js';
import { bytesOf, classNameOf, kindOf, TYPED_ARRAYS } from '../base/value-kind.js';
import { restoreError, takeApart, type ErrorParts } from './error-parts.js';

/** Values nested deeper than this are refused, in writing and in reading. */
export const MAX_VALUE_DEPTH = 1000;

/**
 * A value made fit for `JSON.stringify`: what JSON cannot say stands in it as `{ "$": name of the type, "v": … }`, and an
 * object with a member `$` of its own as `{ "$": "object", "v": … }`. Parts without any of that are the value's own.
 */
export interface TaggedValue {
  readonly json: unknown;
  /** Whether there is any tag in it; if not, `JSON.parse` alone brings the value back. */
  readonly isTagged: boolean;
  /** Binary parts, in the order in which the tags refer to them. */
  readonly attachments: readonly Uint8Array[];
}

interface Tag {
  readonly $: string;
  readonly v?: unknown;
}

/** @throws EncodeError for what has no faithful form, naming the place (`$.user.avatar`) */
export function tagValue(value: unknown): TaggedValue {
  const writer = new TagWriter();
  try {
    const json = writer.write(value);
    return { json, isTagged: writer.isTagged, attachments: writer.attachments };
  } catch (error) {
    throw toEncodeError('$', error);
  }
}

/**
 * The value that {@link tagValue} was given. Builds it in the place of `json`, which must come from `JSON.parse`.
 * @throws DecodeError, or what a built-in constructor throws, when it is not of that making
 */
export function untagValue(json: unknown, attachments: Uint8Array): unknown {
  return new TagReader(attachments).read(json, 0);
}

class TagWriter {
  readonly attachments: Uint8Array[] = [];
  isTagged = false;
  readonly #ancestors: object[] = [];
  #attachedBytes = 0;

  write(value: unknown): unknown {
    switch (typeof value) {
      case 'string':
      case 'boolean':
        return value;
      case 'number':
        return isJsonNumber(value) ? value : this.#tag('number', Object.is(value, -0) ? '-0' : String(value));
      case 'undefined':
        return this.#tag('undefined');
      case 'bigint':
        return this.#tag('bigint', String(value));
      case 'object':
        return value === null ? null : this.#writeObject(value);
      default:
        throw new EncodeFault(`a ${typeof value} is not data`);
    }
  }

  #tag(name: string, v?: unknown): Tag {
    this.isTagged = true;
    return v === undefined ? { $: name } : { $: name, v };
  }

  #writeObject(value: object): unknown {
    const kind = kindOf(value);
    if (kind === 'instance')
      throw new EncodeFault(`an instance of ${classNameOf(value)} would come back without its class`);
    if (kind === 'bytes') return this.#writeBytes(value as ArrayBufferView);
    descend(value, this.#ancestors, MAX_VALUE_DEPTH);
    const json = this.#writeKind(value, kind);
    this.#ancestors.pop();
    return json;
  }

  #writeKind(value: object, kind: Exclude<ReturnType<typeof kindOf>, 'instance' | 'bytes'>): unknown {
    switch (kind) {
      case 'plain': {
        const members = this.#writeMembers(value as Record<string, unknown>);
        return Object.hasOwn(members, '$') ? this.#tag('object', members) : members;
      }
      case 'null-prototype':
        return this.#tag('null-prototype', this.#writeMembers(value as Record<string, unknown>));
      case 'error':
        return this.#writeError(value as Error);
    }
    refuseExtraMembers(value, classNameOf(value));
    switch (kind) {
      case 'array':
        return this.#writeItems(value as unknown[]);
      case 'date':
        // An invalid Date has the time NaN, which JSON writes as null.
        return this.#tag('Date', (value as Date).getTime());
      case 'map':
        return this.#tag('Map', this.#writeMap(value as Map<unknown, unknown>));
      case 'set':
        return this.#tag('Set', this.#writeSet(value as Set<unknown>));
      case 'regexp': {
        const { source, flags, lastIndex } = value as RegExp;
        return this.#tag('RegExp', [source, flags, lastIndex]);
      }
      case 'url':
        return this.#tag('URL', (value as URL).href);
    }
  }

  /** The object itself where nothing in it needs a tag, else a copy. */
  #writeMembers(object: Record<string, unknown>): Record<string, unknown> {
    refuseSymbolKeys(object);
    let written = object;
    let name = '';
    try {
      for (name of Object.keys(object)) {
        const value = object[name];
        const json = this.write(value);
        if (json === value) continue;
        if (written === object) written = { ...object };
        // Also for __proto__: the copy has a member of that name, which hides the setter.
        written[name] = json;
      }
    } catch (error) {
      throw faultAt(error, memberStep(name));
    }
    return written;
  }

  #writeItems(items: readonly unknown[]): unknown {
    let written = items as unknown[];
    let index = 0;
    try {
      for (; index < items.length; index++) {
        const value = items[index];
        if (value === undefined && !(index in items)) return this.#writeSparse(items);
        const json = this.write(value);
        if (json === value) continue;
        if (written === items) written = [...items];
        written[index] = json;
      }
    } catch (error) {
      throw faultAt(error, `[${index}]`);
    }
    return written;
  }

  /** An array with holes: its length and what is there. What was attached before the first hole stays unused. */
  #writeSparse(items: readonly unknown[]): Tag {
    const present: unknown[] = [];
    for (const index of Object.keys(items)) present.push(Number(index), this.write(items[Number(index)]));
    return this.#tag('Array', [items.length, present]);
  }

  #writeMap(map: ReadonlyMap<unknown, unknown>): unknown[] {
    const pairs: unknown[] = [];
    let step = '';
    try {
      for (const [key, value] of map) {
        step = `.keys()[${pairs.length / 2}]`;
        const jsonKey = this.write(key);
        step = typeof key === 'string' ? `.get(${JSON.stringify(key)})` : `.values()[${pairs.length / 2}]`;
        pairs.push(jsonKey, this.write(value));
      }
    } catch (error) {
      throw faultAt(error, step);
    }
    return pairs;
  }

  #writeSet(set: ReadonlySet<unknown>): unknown[] {
    const members: unknown[] = [];
    try {
      for (const member of set) members.push(this.write(member));
    } catch (error) {
      throw faultAt(error, `.values()[${members.length}]`);
    }
    return members;
  }

  #writeError(error: Error): Tag {
    const { type, hidden, own } = takeApart(error);
    return this.#tag('Error', [type, this.#writeMembers(hidden), this.#writeMembers(own)]);
  }

  #writeBytes(value: ArrayBufferView): Tag {
    const { type, view } = bytesOf(value);
    const offset = this.#attachedBytes;
    this.attachments.push(view);
    this.#attachedBytes += view.byteLength;
    return this.#tag('bytes', [type, offset, view.byteLength]);
  }
}

/** JSON has neither -0 nor anything that is not finite. */
function isJsonNumber(value: number): boolean {
  return Number.isFinite(value) && !Object.is(value, -0);
}

class TagReader {
  readonly #attachments: Uint8Array;

  constructor(attachments: Uint8Array) {
    this.#attachments = attachments;
  }

  read(json: unknown, depth: number): unknown {
    if (typeof json !== 'object' || json === null) return json;
    // A writer of ours stops earlier; foreign bytes must not exhaust the stack. Tags and their lists are levels of their own here.
    if (depth > 3 * MAX_VALUE_DEPTH) throw new DecodeError('nested too deeply');
    if (Array.isArray(json)) return this.#readItems(json, depth);
    return Object.hasOwn(json, '$') ? this.#readTag(json as Tag, depth) : this.#readMembers(json, depth);
  }

  #readItems(items: unknown[], depth: number): unknown[] {
    for (let index = 0; index < items.length; index++) {
      const item = items[index];
      if (typeof item === 'object' && item !== null) items[index] = this.read(item, depth + 1);
    }
    return items;
  }

  #readMembers(object: object, depth: number): Record<string, unknown> {
    const members = object as Record<string, unknown>;
    for (const name of Object.keys(members)) {
      const member = members[name];
      if (typeof member === 'object' && member !== null) members[name] = this.read(member, depth + 1);
    }
    return members;
  }

  #readTag({ $: name, v }: Tag, depth: number): unknown {
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
        return this.#readSparse(v, depth);
      case 'Date':
        return new Date(v === null ? NaN : (v as number));
      case 'Map':
        return this.#readMap(this.#list(v, depth));
      case 'Set':
        return new Set(this.#list(v, depth));
      case 'RegExp':
        return readRegExp(v as [string, string, number]);
      case 'URL':
        return new URL(v as string);
      case 'Error':
        return this.#readError(v, depth);
      case 'bytes':
        return this.#readBytes(v as [string, number, number]);
      default:
        throw new DecodeError(`unknown tag ${JSON.stringify(name)}`);
    }
  }

  #list(v: unknown, depth: number): unknown[] {
    if (!Array.isArray(v)) throw new DecodeError('a list is missing');
    return this.#readItems(v, depth + 1);
  }

  #readMap(pairs: readonly unknown[]): Map<unknown, unknown> {
    const map = new Map<unknown, unknown>();
    for (let index = 0; index < pairs.length; index += 2) map.set(pairs[index], pairs[index + 1]);
    return map;
  }

  #readSparse(v: unknown, depth: number): unknown[] {
    const [length, present] = v as [number, unknown];
    const items: unknown[] = [];
    items.length = length;
    const pairs = this.#list(present, depth + 1);
    for (let index = 0; index < pairs.length; index += 2) items[pairs[index] as number] = pairs[index + 1];
    return items;
  }

  #readError(v: unknown, depth: number): Error {
    const [type, hidden, own] = v as [string, object, object];
    const parts: ErrorParts = {
      type,
      hidden: this.#readMembers(hidden, depth + 2),
      own: this.#readMembers(own, depth + 2),
    };
    return restoreError(parts);
  }

  /** Always a copy: a view would keep the whole message it came in alive, and typed arrays need their alignment. */
  #readBytes([type, offset, length]: [string, number, number]): unknown {
    const end = offset + length;
    if (!(offset >= 0 && length >= 0 && end <= this.#attachments.length))
      throw new DecodeError('an attachment is missing');
    return copyBytes(type, this.#attachments.subarray(offset, end));
  }
}

function readRegExp([source, flags, lastIndex]: [string, string, number]): RegExp {
  const pattern = new RegExp(source, flags);
  pattern.lastIndex = lastIndex;
  return pattern;
}

/**
 * A value of the named type with memory of its own, holding a copy of `bytes`.
 * @throws DecodeError when there is no such type
 */
export function copyBytes(type: string, bytes: Uint8Array): ArrayBuffer | ArrayBufferView {
  if (type === 'Buffer') {
    // Not from Buffer's pool: a small value that is kept long would keep a whole slab of it alive.
    const copy = Buffer.allocUnsafeSlow(bytes.length);
    copy.set(bytes);
    return copy;
  }
  const memory = new ArrayBuffer(bytes.length);
  new Uint8Array(memory).set(bytes);
  if (type === 'ArrayBuffer') return memory;
  if (type === 'DataView') return new DataView(memory);
  const Type = TYPED_ARRAYS.get(type);
  if (Type === undefined) throw new DecodeError(`unknown type of bytes ${JSON.stringify(type)}`);
  return new Type(memory);
}
