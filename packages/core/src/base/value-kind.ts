import { types } from 'node:util';

/**
 * What an object is to the encoders. `plain` is an object literal or `JSON.parse` result; `null-prototype` comes from
 * `Object.create(null)`; `bytes` is a typed array, Buffer, ArrayBuffer or DataView; `error` is any Error or DOMException,
 * subclasses included; `instance` is an object of any other class, subclasses of the listed ones included.
 */
export type ValueKind =
  'plain' | 'null-prototype' | 'array' | 'date' | 'map' | 'set' | 'regexp' | 'url' | 'bytes' | 'error' | 'instance';

type TypedArrayConstructor =
  | typeof Int8Array
  | typeof Uint8Array
  | typeof Uint8ClampedArray
  | typeof Int16Array
  | typeof Uint16Array
  | typeof Int32Array
  | typeof Uint32Array
  | typeof Float32Array
  | typeof Float64Array
  | typeof BigInt64Array
  | typeof BigUint64Array;

/** Every element type of typed arrays, by the name under which its arrays are written. */
export const TYPED_ARRAYS: ReadonlyMap<string, TypedArrayConstructor> = new Map(
  [
    Int8Array,
    Uint8Array,
    Uint8ClampedArray,
    Int16Array,
    Uint16Array,
    Int32Array,
    Uint32Array,
    Float32Array,
    Float64Array,
    BigInt64Array,
    BigUint64Array,
  ].map((type) => [type.name, type]),
);

const KIND_BY_PROTOTYPE = new Map<object, ValueKind>([
  [Object.prototype, 'plain'],
  [Array.prototype, 'array'],
  [Date.prototype, 'date'],
  [Map.prototype, 'map'],
  [Set.prototype, 'set'],
  [RegExp.prototype, 'regexp'],
  [URL.prototype, 'url'],
  [Buffer.prototype, 'bytes'],
  [ArrayBuffer.prototype, 'bytes'],
  [DataView.prototype, 'bytes'],
  [Error.prototype, 'error'],
  ...Array.from(TYPED_ARRAYS.values(), (type): [object, ValueKind] => [type.prototype, 'bytes']),
]);

/** Built-in classes as another realm's objects show them (a `vm` context, as test runners use). */
const FOREIGN_BUILT_INS: readonly (readonly [ValueKind, string, (value: unknown) => boolean])[] = [
  ['array', 'Array', Array.isArray],
  ['date', 'Date', types.isDate],
  ['map', 'Map', types.isMap],
  ['set', 'Set', types.isSet],
  ['regexp', 'RegExp', types.isRegExp],
  ['bytes', 'ArrayBuffer', types.isArrayBuffer],
  ['bytes', 'DataView', types.isDataView],
];

/** Tells what `value` is by its prototype. May throw what a Proxy's traps throw. */
export function kindOf(value: object): ValueKind {
  const prototype: object | null = Object.getPrototypeOf(value);
  if (prototype === Object.prototype) return 'plain';
  if (prototype === Array.prototype) return 'array';
  if (prototype === null) return 'null-prototype';
  return KIND_BY_PROTOTYPE.get(prototype) ?? foreignKind(value, prototype);
}

function foreignKind(value: object, prototype: object): ValueKind {
  if (types.isNativeError(value) || value instanceof DOMException) return 'error';
  // Only a realm's own Object.prototype is a root that has isPrototypeOf.
  if (Object.getPrototypeOf(prototype) === null && Object.hasOwn(prototype, 'isPrototypeOf')) return 'plain';
  const className = classNameOf(value);
  for (const [kind, name, isOne] of FOREIGN_BUILT_INS) {
    if (className === name && isOne(value)) return kind;
  }
  return types.isTypedArray(value) && className === value[Symbol.toStringTag] ? 'bytes' : 'instance';
}

/** The name of the class `value` was made by, as far as it says; else `Object`. */
export function classNameOf(value: object): string {
  const name: unknown = value.constructor?.name;
  return typeof name === 'string' && name !== '' ? name : 'Object';
}

/** Type name and memory of a `bytes` value. The view is on the value's own memory, not a copy. */
export function bytesOf(value: ArrayBuffer | ArrayBufferView): { readonly type: string; readonly view: Uint8Array } {
  if (ArrayBuffer.isView(value)) {
    const type = Buffer.isBuffer(value) ? 'Buffer' : types.isDataView(value) ? 'DataView' : typedArrayName(value);
    return { type, view: new Uint8Array(value.buffer, value.byteOffset, value.byteLength) };
  }
  return { type: 'ArrayBuffer', view: new Uint8Array(value) };
}

function typedArrayName(value: ArrayBufferView): string {
  return (value as Uint8Array)[Symbol.toStringTag];
}
