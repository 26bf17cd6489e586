import {
  descend,
  EncodeFault,
  faultAt,
  indicesOf,
  memberStep,
  refuseExtraMembers,
  refuseSymbolKeys,
  toEncodeError,
} from '../base/encode-fault.js';
import { bytesOf, classNameOf, kindOf, type ValueKind } from '../base/value-kind.js';
import { takeApart } from './error-parts.js';
import { MAX_VALUE_DEPTH, type ValueTag } from './value-tag.js';

/** A value made fit for `JSON.stringify`. Parts in which nothing needs a tag are the value's own. */
export interface TaggedValue {
  readonly json: unknown;
  /** Whether there is any tag in it; if not, `JSON.parse` alone brings the value back. */
  readonly isTagged: boolean;
  /** Binary parts. Tags refer to them by their place when all stand one behind the other. */
  readonly attachments: readonly Uint8Array[];
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

class TagWriter {
  readonly attachments: Uint8Array[] = [];
  isTagged = false;
  readonly #ancestors: object[] = [];
  #attachedBytes = 0;

  write(value: unknown): unknown {
    if (isJsonPrimitive(value)) return value;
    switch (typeof value) {
      case 'number':
        return this.#tag('number', Object.is(value, -0) ? '-0' : String(value));
      case 'bigint':
        return this.#tag('bigint', String(value));
      case 'object':
        return this.#writeObject(value as object);
      case 'undefined':
        return this.#tag('undefined');
      default:
        throw new EncodeFault(`a ${typeof value} is not data`);
    }
  }

  #tag(name: string, v?: unknown): ValueTag {
    this.isTagged = true;
    return v === undefined ? { $: name } : { $: name, v };
  }

  #writeObject(value: object): unknown {
    const kind = kindOf(value);
    descend(value, this.#ancestors, MAX_VALUE_DEPTH);
    const json = this.#writeKind(value, kind);
    this.#ancestors.pop();
    return json;
  }

  #writeKind(value: object, kind: ValueKind): unknown {
    switch (kind) {
      case 'plain':
        return this.#writePlain(value as Record<string, unknown>);
      case 'array':
        return this.#writeItems(value as unknown[]);
      case 'null-prototype':
        return this.#tag('null-prototype', this.#writeMembers(value as Record<string, unknown>));
      case 'date':
        refuseExtraMembers(value, 'a Date');
        // An invalid Date has the time NaN, which JSON writes as null.
        return this.#tag('Date', (value as Date).getTime());
      case 'map':
        return this.#tag('Map', this.#writeMap(value as Map<unknown, unknown>));
      case 'set':
        return this.#tag('Set', this.#writeSet(value as Set<unknown>));
      case 'regexp':
        return this.#writeRegExp(value as RegExp);
      case 'url':
        return this.#tag('URL', (value as URL).href);
      case 'bytes':
        return this.#writeBytes(value as ArrayBufferView);
      case 'error':
        return this.#writeError(value as Error);
      case 'instance':
        throw new EncodeFault(`an instance of ${classNameOf(value)} would come back without its class`);
    }
  }

  #writePlain(object: Record<string, unknown>): unknown {
    const members = this.#writeMembers(object);
    return Object.hasOwn(members, '$') ? this.#tag('object', members) : members;
  }

  /** The object itself where nothing in it needs a tag, else a copy. */
  #writeMembers(object: Record<string, unknown>): Record<string, unknown> {
    refuseSymbolKeys(object);
    let written = object;
    let name = '';
    try {
      for (name of Object.keys(object)) {
        const value = object[name];
        if (isJsonPrimitive(value)) continue;
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
    const indices = indicesOf(items);
    if (indices.length < items.length) return this.#writeSparse(items, indices);
    let written = items as unknown[];
    let index = 0;
    try {
      for (; index < items.length; index++) {
        const value = items[index];
        if (isJsonPrimitive(value)) continue;
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

  /** An array with holes: its length and what is there. */
  #writeSparse(items: readonly unknown[], indices: readonly string[]): ValueTag {
    const present: unknown[] = [];
    let index = 0;
    try {
      for (index of indices.map(Number)) present.push(index, this.write(items[index]));
    } catch (error) {
      throw faultAt(error, `[${index}]`);
    }
    return this.#tag('Array', [items.length, present]);
  }

  #writeMap(map: ReadonlyMap<unknown, unknown>): unknown[] {
    refuseExtraMembers(map, 'a Map');
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
    refuseExtraMembers(set, 'a Set');
    const members: unknown[] = [];
    try {
      for (const member of set) members.push(this.write(member));
    } catch (error) {
      throw faultAt(error, `.values()[${members.length}]`);
    }
    return members;
  }

  #writeRegExp(pattern: RegExp): ValueTag {
    refuseExtraMembers(pattern, 'a RegExp');
    return this.#tag('RegExp', [pattern.source, pattern.flags, pattern.lastIndex]);
  }

  #writeError(error: Error): ValueTag {
    const { type, hidden, own } = takeApart(error);
    return this.#tag('Error', [type, this.#writeMembers(hidden), this.#writeMembers(own)]);
  }

  #writeBytes(value: ArrayBufferView): ValueTag {
    const { type, view } = bytesOf(value);
    const offset = this.#attachedBytes;
    this.attachments.push(view);
    this.#attachedBytes += view.byteLength;
    return this.#tag('bytes', [type, offset, view.byteLength]);
  }
}

/** Whether JSON says it as it is. It has neither -0 nor any number that is not finite. */
function isJsonPrimitive(value: unknown): value is string | number | boolean | null {
  if (typeof value === 'number') return Number.isFinite(value) && !Object.is(value, -0);
  return typeof value === 'string' || value === null || typeof value === 'boolean';
}
