import fc from 'fast-check';

type Make = () => unknown;

/** Values that JSON loses or changes, each made anew, so that no test sees what another did to them. */
export const awkwardValues: readonly (readonly [title: string, make: Make])[] = [
  ['null', () => null],
  ['undefined', () => undefined],
  ['-0', () => -0],
  ['NaN', () => NaN],
  ['Infinity', () => Infinity],
  ['-Infinity', () => -Infinity],
  ['a bigint', () => -(2n ** 80n)],
  ['a lone surrogate', () => '\ud800'],
  ['text with U+2028 and NUL', () => 'a\u2028b\0c"\\'],
  ['a Date', () => new Date(1_577_836_800_123)],
  ['a RegExp with a place', () => Object.assign(/a(?<b>.)"/giu, { lastIndex: 3 })],
  [
    'a Map',
    () =>
      new Map<unknown, unknown>([
        [{ k: 1 }, new Map([[NaN, 1]])],
        ['s', undefined],
      ]),
  ],
  ['a Set', () => new Set<unknown>([1, '1', { a: new Set() }, undefined])],
  ['an array with holes', () => Object.assign([], { length: 6, 1: 1, 3: undefined, 4: new Date(0) })],
  ['an array of nothing but holes', () => Object.assign([], { length: 2 ** 32 - 1 })],
  [
    'a null prototype',
    () => Object.assign(Object.create(null) as object, { a: 1, $: 2, at: new Date(0), ['__proto__']: 3 }),
  ],
  ['members that are undefined', () => ({ a: undefined, b: [undefined] })],
  ['members with numbers for names', () => ({ 2: 'b', 1: 'a', x: 1n })],
  ['a Buffer', () => Buffer.from([0, 255, 1])],
  ['an empty Buffer', () => Buffer.alloc(0)],
  ['an ArrayBuffer', () => new Uint8Array([1, 2, 3]).buffer],
  ['a DataView', () => new DataView(new Uint8Array([1, 2, 3]).buffer)],
  ['a view of the middle of its memory', () => new Uint16Array(new Uint8Array([0, 0, 1, 2, 3, 4]).buffer, 2, 1)],
  ['typed arrays of every type', everyTypedArray],
  ['an Error', () => new Error('message')],
];

function everyTypedArray(): unknown {
  return [
    new Int8Array([-1]),
    new Uint8Array([255]),
    new Uint8ClampedArray([255]),
    new Int16Array([-1, 2]),
    new Uint16Array([65535]),
    new Int32Array([-1]),
    new Uint32Array([2 ** 32 - 1]),
    new Float32Array([0.5, -0, NaN]),
    new Float64Array([0.1, -Infinity]),
    new BigInt64Array([-1n]),
    new BigUint64Array([2n ** 64n - 1n]),
  ];
}

class Account {
  readonly id = 1;
}

function cycle(): unknown {
  const list: unknown[] = [];
  list.push({ back: list });
  return { list };
}

function throwingProxy(): unknown {
  const refuse = (): never => {
    throw new Error('not yours');
  };
  return [new Proxy({}, { getPrototypeOf: refuse, ownKeys: refuse })];
}

function revokedProxy(): unknown {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return { proxy };
}

/** Values that have no faithful form, and the place at fault. */
export const refusedValues: readonly (readonly [title: string, make: Make, path: string])[] = [
  ['functions', () => ({ user: { avatar: () => 1 } }), '$.user.avatar'],
  ['functions at the top', () => () => 1, '$'],
  ['symbols', () => [1, [Symbol('x')]], '$[1][0]'],
  ['members under symbols', () => ({ a: { [Symbol('x')]: 1 } }), '$.a'],
  ['class instances', () => ({ 'the account': new Account() }), '$["the account"]'],
  ['subclasses of what it knows', () => [new (class Days extends Date {})()], '$[0]'],
  ['subclasses of arrays', () => [new (class Rows extends Array {})()], '$[0]'],
  ['promises', () => ({ later: Promise.resolve(1) }), '$.later'],
  ['weak maps', () => new Map([['k', new WeakMap()]]), '$.get("k")'],
  [
    'what is a key of a Map',
    () =>
      new Map<unknown, unknown>([
        [1, 1],
        [new Account(), 1],
      ]),
    '$.keys()[1]',
  ],
  [
    'what stands under a key that is no text',
    () =>
      new Map<unknown, unknown>([
        [1, 1],
        [2, new Account()],
      ]),
    '$.values()[1]',
  ],
  ['what is in a Set', () => new Set([1, new Account()]), '$.values()[1]'],
  ['what is in an array with holes', () => ({ list: Object.assign([], { 1: [new Account()] }) }), '$.list[1][0]'],
  ['boxed primitives', () => ({ n: Object(1) as unknown }), '$.n'],
  ['shared memory', () => ({ m: new SharedArrayBuffer(1) }), '$.m'],
  ['names on arrays', () => ({ found: 'x'.match(/x/) }), '$.found'],
  ['fields on Maps', () => Object.assign(new Map(), { size2: 1 }), '$'],
  ['fields on Sets', () => Object.assign(new Set(), { size2: 1 }), '$'],
  ['fields on Dates', () => Object.assign(new Date(0), { zone: 'UTC' }), '$'],
  ['fields on RegExps', () => Object.assign(/x/, { note: 1 }), '$'],
  ['members of errors', () => ({ e: Object.assign(new Error('x'), { request: new Account() }) }), '$.e.request'],
  ['causes of errors', () => new Error('x', { cause: { by: new Account() } }), '$.cause.by'],
  ['members of errors under symbols', () => Object.assign(new Error('x'), { [Symbol('s')]: 1 }), '$'],
  ['cycles', cycle, '$.list[0].back'],
  ['proxies that throw', throwingProxy, '$[0]'],
  ['revoked proxies', revokedProxy, '$.proxy'],
];

/** Each adds one level around a value. */
export const chain: readonly (readonly [title: string, wrap: (value: unknown) => unknown])[] = [
  ['members', (value) => ({ a: value })],
  ['items', (value) => [value]],
  ['members named as tags are', (value) => ({ $: value })],
  ['null prototypes', (value) => Object.assign(Object.create(null) as object, { a: value })],
  ['holes', (value) => Object.assign([], { 1: value })],
  ['Maps', (value) => new Map([[1, value]])],
  ['keys of Maps', (value) => new Map([[value, 1]])],
  ['Sets', (value) => new Set([value])],
  ['causes', (value) => new Error('x', { cause: value })],
];

/** Any data that the codec takes. Invalid Dates are left out, for they are not deep-equal to themselves. */
export const anyValue: fc.Arbitrary<unknown> = fc
  .anything({
    key: fc.oneof(fc.string(), fc.constantFrom('$', 'v', '__proto__', 'constructor', 'toJSON', 'length', '0')),
    values: [
      fc.string({ unit: 'binary' }),
      fc.double(),
      fc.integer(),
      fc.boolean(),
      fc.constantFrom(null, undefined, -0, 'undefined', 'Date', '\ud800'),
      fc.uint8Array({ maxLength: 8 }).map((bytes) => Buffer.from(bytes)),
      fc.string().map((message) => new RangeError(message, { cause: -0 })),
    ],
    maxDepth: 4,
    withBigInt: true,
    withDate: true,
    withMap: true,
    withSet: true,
    withTypedArray: true,
    withSparseArray: true,
    withNullPrototype: true,
    withObjectString: true,
  })
  .filter((value) => !hasInvalidDate(value));

function hasInvalidDate(value: unknown): boolean {
  if (value instanceof Date) return Number.isNaN(value.getTime());
  if (value instanceof Map) return [...value].flat().some(hasInvalidDate);
  if (value instanceof Set) return [...value].some(hasInvalidDate);
  return typeof value === 'object' && value !== null && Object.values(value).some(hasInvalidDate);
}
