/** A text that says what it is, and the thing. */
type Named<T> = readonly [string, T];

/** Keys that a careless store mixes up, cuts or refuses. */
export const AWKWARD_KEYS: readonly string[] = [
  ' ',
  'a b',
  'a:b:c',
  'a/b/../c',
  'a\\b',
  'line\nbreak\r\n',
  'tab\t',
  'nul\u0000byte',
  '"quoted" \'twice\'',
  '*?[a-z]{x}%2F%00$1',
  '__proto__',
  'constructor',
  'toString',
  'ключ 鍵 🔑',
  'e\u0301',
  '\u00e9',
  'UPPER',
  'upper',
  'x'.repeat(10_000),
  `${'x'.repeat(10_000)}y`,
];

/** Values that a careless store does not give back as they were. */
export const VALUES: readonly Named<unknown>[] = [
  ['undefined', undefined],
  ['null', null],
  ['false', false],
  ['0', 0],
  ['-0', -0],
  ['NaN', NaN],
  ['-Infinity', -Infinity],
  ['the empty text', ''],
  ['text beyond the basic plane', 'näïve 鍵 🔑 \u0000 \u2028'],
  ['a bigint', 12345678901234567890n],
  ['a Date', new Date('2026-02-28T23:59:59.999Z')],
  [
    'a Map with keys that are no text',
    new Map<unknown, unknown>([
      [1, 'a'],
      ['1', new Date(0)],
      [null, new Map()],
    ]),
  ],
  ['a Set', new Set<unknown>([1, '1', undefined])],
  ['bytes', new Uint8Array([0, 1, 127, 128, 255])],
  ['a Float64Array', new Float64Array([0.5, -1e300])],
  ['a Buffer', Buffer.from([0xff, 0x00, 0xc3])],
  ['nested structures', { list: [undefined, { when: new Date(1), tags: new Set(['a']) }], bytes: new Uint8Array([1]) }],
  ['an object with a member named __proto__', JSON.parse('{"__proto__":{"polluted":true},"a":1}')],
];

/** Makes other bytes of stored ones. */
export type Spoil = (bytes: Uint8Array) => Uint8Array;

/** What crashes and foreign writers make of stored bytes. */
export const SPOILERS: readonly Named<Spoil>[] = [
  ['nothing is left', () => new Uint8Array(0)],
  ['the end is missing', (bytes) => bytes.slice(0, bytes.length - 1)],
  ['half is missing', (bytes) => bytes.slice(0, bytes.length >> 1)],
  ['the end is zeroes', (bytes) => Uint8Array.from(bytes, (byte, at) => (at < bytes.length >> 1 ? byte : 0))],
  ['one bit is flipped', (bytes) => Uint8Array.from(bytes, (byte, at) => (at === bytes.length >> 1 ? byte ^ 1 : byte))],
  ['bytes were added', (bytes) => Uint8Array.from([...bytes, 0])],
  ['it is JSON of somebody else', () => new TextEncoder().encode('{"value":1,"freshUntil":1e15}')],
  ['it is noise', (bytes) => Uint8Array.from(bytes, (byte, at) => (byte * 31 + at * 17) & 255)],
];
