import { bytesOf, kindOf } from '../base/value-kind.js';

/** How many parts are looked at before the rest is reckoned from them. */
const MAX_PARTS = 500;

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
    return sizeOf(value, MAX_PARTS, []);
  } catch {
    // A Proxy or a getter threw. An estimate must not keep a value from being served.
    return UNSEEN_BYTES;
  }
}

function sizeOf(value: unknown, budget: number, ancestors: object[]): number {
  switch (typeof value) {
    case 'string':
      return sizeOfString(value);
    case 'object':
      return value === null ? WORD : sizeOfObject(value, budget, ancestors);
    case 'bigint':
      return 4 * WORD;
    case 'function':
      return 8 * WORD;
    default:
      return WORD;
  }
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
  if (ancestors.includes(object)) return WORD;
  ancestors.push(object);
  const size = sizeOfKind(object, budget, ancestors);
  ancestors.pop();
  return size;
}

function sizeOfKind(object: object, budget: number, ancestors: object[]): number {
  switch (kindOf(object)) {
    case 'array':
      return OBJECT_BYTES + sizeOfItems(object as unknown[], budget, ancestors);
    case 'bytes':
      return BUFFER_BYTES + bytesOf(object as ArrayBufferView).view.byteLength;
    case 'map':
    case 'set':
      return OBJECT_BYTES + sizeOfCollection(object as Map<unknown, unknown>, budget, ancestors);
    case 'date':
      return OBJECT_BYTES + 10 * WORD;
    case 'url':
      return OBJECT_BYTES + 20 * WORD + sizeOfString((object as URL).href);
    case 'error': {
      const { message, stack } = object as Error;
      return (
        OBJECT_BYTES + sizeOfString(message) + sizeOfString(stack ?? '') + sizeOfMembers(object, budget, ancestors)
      );
    }
    default:
      return OBJECT_BYTES + sizeOfMembers(object, budget, ancestors);
  }
}

function sizeOfMembers(object: object, budget: number, ancestors: object[]): number {
  const members = object as Record<string, unknown>;
  const names = Object.keys(members);
  const count = names.length;
  const looked = Math.min(count, Math.max(1, budget));
  const share = count === 0 ? 0 : Math.floor((budget - looked) / looked);
  let sum = 0;
  for (let index = 0; index < looked; index++) {
    const name = names[looked === count ? index : Math.floor((index * count) / looked)]!;
    sum += WORD + sizeOf(members[name], share, ancestors);
  }
  return looked === count ? sum : Math.round((sum / looked) * count);
}

function sizeOfItems(items: readonly unknown[], budget: number, ancestors: object[]): number {
  const count = items.length;
  const looked = Math.min(count, Math.max(1, budget));
  const share = count === 0 ? 0 : Math.floor((budget - looked) / looked);
  let sum = 0;
  for (let index = 0; index < looked; index++) {
    const item = items[looked === count ? index : Math.floor((index * count) / looked)];
    sum += WORD + sizeOf(item, share, ancestors);
  }
  return looked === count ? sum : Math.round((sum / looked) * count);
}

function sizeOfCollection(collection: ReadonlyMap<unknown, unknown>, budget: number, ancestors: object[]): number {
  const count = collection.size;
  const looked = Math.min(count, Math.max(1, budget));
  const share = count === 0 ? 0 : Math.floor((budget - looked) / looked / 2);
  let sum = 0;
  let index = 0;
  for (const [key, value] of collection.entries()) {
    if (index++ === looked) break;
    sum += COLLECTION_ENTRY_BYTES + sizeOf(key, share, ancestors);
    if (value !== key) sum += sizeOf(value, share, ancestors);
  }
  return looked === count ? sum : Math.round((sum / looked) * count);
}
