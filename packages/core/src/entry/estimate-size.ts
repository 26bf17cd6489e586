import { bytesOf, kindOf } from '../base/value-kind.js';

/** How many parts with parts of their own are looked into, in all. */
const MAX_LOOKED_INTO = 500;

/** Of one container, at least so many parts are looked at, were it only at their surface. */
const MIN_LOOKED_AT = 16;

/** What a part is taken for that is not looked at. */
const UNSEEN_BYTES = 48;

// V8 on 64 bit, without pointer compression: close enough to weigh entries against each other.
const WORD = 8;
const OBJECT_BYTES = 3 * WORD;
const STRING_BYTES = 2 * WORD;
const COLLECTION_ENTRY_BYTES = 3 * WORD;
const BUFFER_BYTES = 96;

/**
 * About how many bytes of memory a value takes. Bounded work: of large values a sample is looked at, evenly spread, and
 * multiplied. Never throws; a part that contains itself counts once.
 */
export function estimateSize(value: unknown): number {
  try {
    return WORD + sizeOf(value, MAX_LOOKED_INTO, []);
  } catch {
    // A Proxy or a getter threw. An estimate must not keep a value from being served.
    return UNSEEN_BYTES;
  }
}

function sizeOf(value: unknown, budget: number, ancestors: object[]): number {
  return typeof value === 'object' && value !== null ? sizeOfObject(value, budget, ancestors) : sizeOfPrimitive(value);
}

/** Numbers, booleans and their like stand in the word that is counted for every part. */
function sizeOfPrimitive(value: unknown): number {
  if (typeof value === 'string') return sizeOfString(value);
  return typeof value === 'bigint' || typeof value === 'function' ? 4 * WORD : 0;
}

/** One byte a character, or two when one of them is beyond Latin-1; of long strings the beginning decides. */
function sizeOfString(text: string): number {
  const looked = Math.min(text.length, 32);
  for (let index = 0; index < looked; index++) {
    if (text.charCodeAt(index) > 0xff) return STRING_BYTES + 2 * text.length;
  }
  return STRING_BYTES + text.length;
}

function sizeOfObject(object: object, budget: number, ancestors: object[]): number {
  if (budget <= 0) return UNSEEN_BYTES;
  if (ancestors.includes(object)) return 0;
  ancestors.push(object);
  const size = sizeOfKind(object, budget, ancestors);
  ancestors.pop();
  return size;
}

function sizeOfKind(object: object, budget: number, ancestors: object[]): number {
  switch (kindOf(object)) {
    case 'array':
      return OBJECT_BYTES + sizeOfItems(object as unknown[], budget, ancestors);
    case 'map':
    case 'set':
      return OBJECT_BYTES + sizeOfCollection(object as Map<unknown, unknown>, budget, ancestors);
    case 'date':
      return OBJECT_BYTES + 10 * WORD;
    case 'regexp':
      return OBJECT_BYTES + 10 * WORD + sizeOfString((object as RegExp).source);
    case 'url':
      return OBJECT_BYTES + 20 * WORD + sizeOfString((object as URL).href);
    case 'bytes':
      return BUFFER_BYTES + bytesOf(object as ArrayBufferView).view.byteLength;
    case 'error':
      return OBJECT_BYTES + sizeOfError(object as Error) + sizeOfMembers(object, budget, ancestors);
    case 'plain':
    case 'null-prototype':
    case 'instance':
      return OBJECT_BYTES + sizeOfMembers(object, budget, ancestors);
  }
}

function sizeOfError({ message, stack }: Error): number {
  return sizeOfString(message) + sizeOfString(stack ?? '');
}

function sizeOfMembers(object: object, budget: number, ancestors: object[]): number {
  const members = object as Record<string, unknown>;
  const names = Object.keys(members);
  const sample = new Sample(names.length, budget, ancestors);
  for (let index = 0; index < sample.length; index++) sample.add(index, members[names[sample.place(index)]!]);
  return names.length * WORD + sample.total();
}

function sizeOfItems(items: readonly unknown[], budget: number, ancestors: object[]): number {
  const sample = new Sample(items.length, budget, ancestors);
  for (let index = 0; index < sample.length; index++) sample.add(index, items[sample.place(index)]);
  return items.length * WORD + sample.total();
}

function sizeOfCollection(collection: ReadonlyMap<unknown, unknown>, budget: number, ancestors: object[]): number {
  const keys = new Sample(collection.size, budget / 2, ancestors);
  const values = new Sample(collection.size, budget / 2, ancestors);
  let index = 0;
  // Its order is the only way into a collection: of a large one the beginning is the sample.
  for (const [key, value] of collection.entries()) {
    if (index === keys.length) break;
    keys.add(index, key);
    // A Set has each member as key and value.
    values.add(index++, value === key ? undefined : value);
  }
  return collection.size * COLLECTION_ENTRY_BYTES + keys.total() + values.total();
}

/**
 * Some of a container's parts, evenly spread, and what all of them weigh if those are typical. Every part of the sample is
 * looked at, which tells all of a string or a number; objects among them are looked into only as far as the budget goes.
 */
class Sample {
  /** How many parts it takes. */
  readonly length: number;
  readonly #count: number;
  readonly #ancestors: object[];
  readonly #maxInto: number;
  readonly #share: number;
  #surface = 0;
  #objects = 0;
  #into = 0;
  #intoBytes = 0;

  constructor(count: number, budget: number, ancestors: object[]) {
    this.#count = count;
    this.#ancestors = ancestors;
    this.length = Math.min(count, Math.max(MIN_LOOKED_AT, Math.floor(budget)));
    // The square root divides a budget evenly between breadth here and depth below.
    this.#maxInto = Math.min(count, Math.ceil(Math.sqrt(budget)));
    this.#share = Math.floor((budget - this.#maxInto) / this.#maxInto);
  }

  /** Where in the container the part of this index is. */
  place(index: number): number {
    return this.length === this.#count ? index : Math.floor((index * this.#count) / this.length);
  }

  add(index: number, part: unknown): void {
    if (typeof part !== 'object' || part === null) {
      this.#surface += sizeOfPrimitive(part);
      return;
    }
    this.#objects++;
    // So that the objects looked into are spread over the sample, too.
    if (this.#into * this.length > this.#maxInto * index) return;
    this.#into++;
    this.#intoBytes += sizeOfObject(part, this.#share, this.#ancestors);
  }

  total(): number {
    if (this.length === 0) return 0;
    const objectBytes = this.#into === 0 ? 0 : (this.#intoBytes / this.#into) * this.#objects;
    return Math.ceil(((this.#surface + objectBytes) / this.length) * this.#count);
  }
}
