import { createContext, runInContext, runInThisContext } from 'node:vm';
import { expect } from 'chai';
import { bytesOf, classNameOf, kindOf, TYPED_ARRAYS, type ValueKind } from '#src/base/value-kind.js';

const kinds: readonly [ValueKind, string][] = [
  ['plain', '({ a: 1 })'],
  ['null-prototype', 'Object.create(null)'],
  ['array', '[1]'],
  ['date', 'new Date(0)'],
  ['map', 'new Map()'],
  ['set', 'new Set()'],
  ['regexp', '/x/'],
  ['bytes', 'new Uint8Array(1)'],
  ['bytes', 'new Float64Array(1)'],
  ['bytes', 'new ArrayBuffer(1)'],
  ['bytes', 'new DataView(new ArrayBuffer(1))'],
  ['error', 'new TypeError("x")'],
  ['error', 'new (class Mine extends Error {})("x")'],
  ['instance', 'new (class Mine {})()'],
  ['instance', 'new (class Mine extends Map {})()'],
  ['instance', 'new (class Mine extends Date {})(0)'],
  ['instance', 'new (class Mine extends Array {})()'],
  ['instance', 'new (class Mine extends Uint8Array {})(1)'],
  ['instance', 'Object.create(Object.create(null))'],
  ['instance', 'Promise.resolve()'],
  ['instance', 'new WeakMap()'],
  ['instance', 'Object("boxed")'],
];

describe('kindOf', () => {
  for (const [kind, source] of kinds) {
    it(`calls ${source} ${kind}, in this realm and in another`, () => {
      const realm = createContext({});
      expect(kindOf(runInThisContext(source) as object)).to.equal(kind);
      expect(kindOf(runInContext(source, realm) as object)).to.equal(kind);
    });
  }

  it('knows the classes that Node adds', () => {
    expect(kindOf(Buffer.from('x'))).to.equal('bytes');
    expect(kindOf(new URL('http://localhost/'))).to.equal('url');
    expect(kindOf(new DOMException('x', 'AbortError'))).to.equal('error');
  });

  it('does not take shared memory for bytes, which others may change at any time', () => {
    expect(kindOf(new SharedArrayBuffer(1))).to.equal('instance');
  });
});

describe('bytesOf', () => {
  it('names the type and views exactly the bytes of the value', () => {
    const memory = new Uint8Array([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15]).buffer;
    const seen = (value: ArrayBuffer | ArrayBufferView): unknown => {
      const { type, view } = bytesOf(value);
      return [type, ...view];
    };
    expect(seen(Buffer.from(memory, 1, 2))).to.deep.equal(['Buffer', 1, 2]);
    expect(seen(new Uint16Array(memory, 2, 1))).to.deep.equal(['Uint16Array', 2, 3]);
    expect(seen(new DataView(memory, 4, 1))).to.deep.equal(['DataView', 4]);
    expect(seen(memory.slice(14))).to.deep.equal(['ArrayBuffer', 14, 15]);
    for (const [name, Type] of TYPED_ARRAYS) expect(bytesOf(new Type(memory)).type).to.equal(name);
  });
});

describe('classNameOf', () => {
  it('says Object where an object does not know its class', () => {
    class Named {
      readonly id = 1;
    }
    expect(classNameOf(new Named())).to.equal('Named');
    expect(
      classNameOf(
        new (class {
          readonly id = 1;
        })(),
      ),
    ).to.equal('Object');
    expect(classNameOf({ constructor: 'text' })).to.equal('Object');
    expect(classNameOf(Object.create(null) as object)).to.equal('Object');
  });
});
