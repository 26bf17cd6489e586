import { isDeepStrictEqual } from 'node:util';
import { createContext, runInContext, runInThisContext } from 'node:vm';
import { expect } from 'chai';
import fc from 'fast-check';
import { EncodeError } from '#src/base/errors.js';
import { encodeArguments, MAX_ARGUMENT_DEPTH, MAX_ENCODED_LENGTH } from '#src/key/stable-encode.js';

const encode = (...args: unknown[]): string => encodeArguments(args);

function nested(levels: number): unknown {
  let value: unknown = [];
  for (let level = 1; level < levels; level++) value = [value];
  return value;
}

/** Values from a small world, so that equal ones and nearly equal ones meet often. */
const smallValue = fc.letrec<{ value: unknown; key: string }>((tie) => ({
  key: fc.constantFrom('a', 'b', '', '__proto__', '"', 'a":1,"b'),
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom<unknown>(
      null,
      undefined,
      true,
      false,
      'true',
      'null',
      'undefined',
      0,
      1,
      '1',
      1n,
      '1n',
      NaN,
      'NaN',
    ),
    fc.constantFrom<unknown>(
      '',
      '"',
      '\\',
      ',',
      '(',
      '","',
      '\ud800',
      '\ud801',
      '😀',
      'a,b',
      '2020-01-01T00:00:00.000Z',
    ),
    fc.constantFrom<unknown>(Infinity, -Infinity, 1e21, 1.5, -1),
    fc.constantFrom<unknown>(new Date(0), new Date('2020-01-01'), /a/, /a/g, /"/, new URL('http://a/')),
    fc.constantFrom<unknown>(Buffer.from('ab'), new Uint8Array([97, 98]), new Int8Array([97, 98]), new Uint8Array()),
    fc.constantFrom<unknown>(new Uint8Array([97, 98]).buffer, new DataView(new Uint8Array([97, 98]).buffer)),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(tie('key'), tie('value'), { maxKeys: 2, noNullPrototype: true }),
    fc.array(fc.tuple(tie('value'), tie('value')), { maxLength: 2 }).map((pairs) => new Map(pairs)),
    fc.array(tie('value'), { maxLength: 3 }).map((members) => new Set(members)),
  ),
})).value;

/** The same value with everything whose order does not count in another order. */
function reordered(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reordered);
  if (value instanceof Map)
    return new Map([...value].toReversed().map(([key, item]) => [reordered(key), reordered(item)]));
  if (value instanceof Set) return new Set([...value].toReversed().map(reordered));
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype) return value;
  return Object.fromEntries(
    Object.entries(value)
      .toReversed()
      .map(([name, member]) => [name, reordered(member)]),
  );
}

describe('encodeArguments', () => {
  it('writes one readable text', () => {
    const all = [
      '42',
      1,
      1n,
      null,
      undefined,
      true,
      { b: [true], a: 1 },
      new Date('2020-01-01'),
      new Map<unknown, unknown>([['k', 1]]),
      new Set([2, 1]),
      Buffer.from([1, 2]),
      /a"b/gi,
      new URL('http://localhost/x?y=1'),
    ];
    expect(encodeArguments(all)).to.equal(
      '("42",1,1n,null,undefined,true,{"a":1,"b":[true]},Date(2020-01-01T00:00:00.000Z),Map{"k"=>1},Set{1,2},' +
        'Buffer(AQI=),RegExp("a\\"b","gi"),URL("http://localhost/x?y=1"))',
    );
  });

  it('tells f(1), f("1"), f(1n), f(null), f(undefined) and f() apart', () => {
    const keys = [encode(1), encode('1'), encode(1n), encode(null), encode(undefined), encode()];
    expect(keys).to.deep.equal(['(1)', '("1")', '(1n)', '(null)', '(undefined)', '()']);
  });

  it('counts arguments, trailing undefined ones too', () => {
    expect(new Set([encode(1), encode(1, undefined), encode([1]), encode([1, undefined]), encode(1, 1)]).size).to.equal(
      5,
    );
  });

  it('does not mind the order of members, at any depth', () => {
    expect(encode({ a: 1, b: { c: 2, d: 3 } })).to.equal(encode({ b: { d: 3, c: 2 }, a: 1 }));
    const many = Object.fromEntries(Array.from({ length: 40 }, (_, index) => [`name ${index}`, index]));
    expect(encode(reordered(many))).to.equal(encode(many));
  });

  it('does not mind the order in which Maps and Sets were filled', () => {
    expect(encode(new Set([1, '1', { a: 1 }]))).to.equal(encode(new Set([{ a: 1 }, '1', 1])));
    expect(
      encode(
        new Map([
          [1, 'a'],
          [2, 'b'],
        ]),
      ),
    ).to.equal(
      encode(
        new Map([
          [2, 'b'],
          [1, 'a'],
        ]),
      ),
    );
  });

  it('minds the order of arrays', () => {
    expect(encode([1, 2])).not.to.equal(encode([2, 1]));
  });

  it('takes -0 for 0 and a null prototype for none', () => {
    expect(encode(-0, { a: -0 })).to.equal(encode(0, { a: 0 }));
    expect(encode(Object.assign(Object.create(null), { a: 1 }))).to.equal(encode({ a: 1 }));
  });

  it('tells a member that is undefined from one that is not there', () => {
    expect(encode({ a: undefined })).not.to.equal(encode({}));
  });

  it('tells a Date from its text and from its time', () => {
    const date = new Date('2020-01-01');
    expect(new Set([encode(date), encode(date.toISOString()), encode(date.getTime())]).size).to.equal(3);
  });

  it('tells bytes apart by type and by what a view covers', () => {
    const memory = new Uint8Array([1, 2, 3, 4]);
    const views = [
      memory,
      Buffer.from(memory),
      memory.buffer,
      new DataView(memory.buffer),
      new Uint16Array(memory.buffer),
    ];
    expect(new Set(views.map((view) => encode(view))).size).to.equal(views.length);
    expect(encode(memory.subarray(1, 2))).to.equal(encode(new Uint8Array([2])));
  });

  it('takes the data of another realm for the same data', () => {
    const source = '[{ a: [1] }, new Date(0), new Map([[1, new Set([2])]]), /x/g, new Uint8Array([1])]';
    expect(encode(runInContext(source, createContext({})))).to.equal(encode(runInThisContext(source)));
  });

  it('keeps members named like parts of the prototype', () => {
    const keys = ['{}', '{"__proto__":null}', '{"__proto__":{}}', '{"constructor":1}'].map((json) =>
      encode(JSON.parse(json)),
    );
    expect(new Set(keys).size).to.equal(4);
  });

  it('escapes what would read as syntax', () => {
    expect(encode('a","b')).not.to.equal(encode('a', 'b'));
    expect(encode({ 'a":1,"b': 2 })).not.to.equal(encode({ a: 1, b: 2 }));
    expect(encode(`${'x'.repeat(100)}","`)).to.equal(`("${'x'.repeat(100)}\\",\\"")`);
  });

  it('is the same for equal arguments, however they were put together', () => {
    fc.assert(
      fc.property(fc.array(smallValue, { maxLength: 3 }), (args) => {
        expect(encodeArguments(args.map(reordered))).to.equal(encodeArguments(args));
      }),
    );
  });

  it('is the same for any two arguments exactly if they are equal', () => {
    fc.assert(
      fc.property(fc.array(smallValue, { minLength: 2, maxLength: 12 }), (values) => {
        for (const one of values) {
          for (const other of values) {
            expect(encode(one) === encode(other)).to.equal(areEqual(one, other));
          }
        }
      }),
      { numRuns: 1000 },
    );
  });

  it('does not mix arguments with their neighbours', () => {
    fc.assert(
      fc.property(fc.array(smallValue, { maxLength: 3 }), fc.array(smallValue, { maxLength: 3 }), (one, other) => {
        expect(encodeArguments(one) === encodeArguments(other)).to.equal(areEqual(one, other));
      }),
      { numRuns: 1000 },
    );
  });

  it('tells URLs apart', () => {
    const urls = ['http://a/', 'http://a/#', 'http://a/?', 'http://b/'].map((href) => encode(new URL(href)));
    expect(new Set([...urls, encode('http://a/')]).size).to.equal(5);
  });

  it('differs for different strings of any characters', () => {
    const text = fc.string({
      unit: fc.constantFrom('"', '\\', 'u', 'd', '8', '0', '\ud800', '\udc00', '\n', 'é'),
      maxLength: 6,
    });
    fc.assert(
      fc.property(text, text, (one, other) => {
        expect(encode(one) === encode(other)).to.equal(one === other);
      }),
      { numRuns: 2000 },
    );
  });

  describe('beyond its length limit', () => {
    const longest = 'x'.repeat(MAX_ENCODED_LENGTH - 2);

    it('keeps a text of the limit as it is', () => {
      expect(encode(longest)).to.equal(`("${longest}")`);
    });

    it('writes a hash instead, which differs as the texts do', () => {
      const key = encode(`${longest}1`);
      expect(key).to.match(/^\(sha256:[A-Za-z0-9_-]{43}\)$/);
      expect(encode(`${longest}1`)).to.equal(key);
      expect(encode(`${longest}2`)).not.to.equal(key);
    });

    it('tells lone surrogates apart, which have no UTF-8 of their own', () => {
      expect(encode(`${longest}\ud800`)).not.to.equal(encode(`${longest}\ud801`));
      expect(encode(longest, '\ud800')).not.to.equal(encode(longest, '\ud801'));
    });

    it('cannot be imitated by a string', () => {
      const hash = encode(`${longest}1`).slice(1, -1);
      expect(encode(hash)).not.to.equal(`(${hash})`);
    });
  });

  describe('refuses, naming the place,', () => {
    class Owner {
      readonly name = 'x';
    }
    const cycle: Record<string, unknown> = {};
    cycle['again'] = { and: cycle };
    const refused: readonly [title: string, args: unknown[], path: string][] = [
      ['class instances', [{}, { filter: { owner: new Owner() } }], 'argument 2.filter.owner'],
      ['subclasses of what it knows', [new (class Days extends Date {})()], 'argument 1'],
      ['functions', [{ on: { click: () => 1 } }], 'argument 1.on.click'],
      ['symbols', [[1, Symbol('x')]], 'argument 1[1]'],
      ['members under symbols', [{ where: { [Symbol('gt')]: 5 } }], 'argument 1.where'],
      ['promises', [Promise.resolve(1)], 'argument 1'],
      ['errors', [new Error('x')], 'argument 1'],
      ['weak maps', [{ cache: new WeakMap() }], 'argument 1.cache'],
      ['invalid Dates', [{ 'born at': new Date(NaN) }], 'argument 1["born at"]'],
      ['boxed primitives', [Object(5)], 'argument 1'],
      ['shared memory', [new SharedArrayBuffer(1)], 'argument 1'],
      ['holes in arrays', [Object.assign([1], { 2: 3 })], 'argument 1[1]'],
      ['huge arrays of holes, without going through them', [Object.assign([], { length: 4e9 })], 'argument 1[0]'],
      ['names on arrays', ['x'.match(/x/)], 'argument 1'],
      ['fields on Maps', [Object.assign(new Map(), { a: 1 })], 'argument 1'],
      ['keys of Maps', [new Map([[() => 1, 1]])], 'argument 1.keys()[0]'],
      ['values of Maps', [new Map([['k', () => 1]])], 'argument 1.get("k")'],
      ['members of Sets', [new Set([1, () => 1])], 'argument 1.values()[1]'],
      ['cycles', [cycle], 'argument 1.again.and'],
      [
        'getters that throw',
        [
          {
            get lazy() {
              throw new Error('not yet');
            },
          },
        ],
        'argument 1.lazy',
      ],
      [
        'proxies that throw',
        [
          {
            p: new Proxy(
              {},
              {
                ownKeys: () => {
                  throw new Error('no');
                },
              },
            ),
          },
        ],
        'argument 1.p',
      ],
    ];
    for (const [title, args, path] of refused) {
      it(title, () => {
        expect(() => encodeArguments(args))
          .to.throw(EncodeError)
          .with.property('path', path);
      });
    }

    it(`more than ${MAX_ARGUMENT_DEPTH} levels`, () => {
      expect(encode(nested(MAX_ARGUMENT_DEPTH))).to.be.a('string');
      expect(() => encode(nested(MAX_ARGUMENT_DEPTH + 1))).to.throw(EncodeError, 'more than 100 levels deep');
      expect(() => encode(nested(100_000))).to.throw(EncodeError, 'more than 100 levels deep');
    });
  });

  it('takes one object in two places, which is no cycle', () => {
    const shared = { a: 1 };
    expect(encode([shared, shared], shared)).to.equal('([{"a":1},{"a":1}],{"a":1})');
  });
});

/** Deep equality by Node; a pair that it cannot compare is passed over (Node 22 throws at Sets that hold objects and null). */
function areEqual(one: unknown, other: unknown): boolean {
  try {
    return isDeepStrictEqual(one, other);
  } catch (error) {
    expect(error).to.be.instanceOf(TypeError);
    return fc.pre(false) as never;
  }
}
