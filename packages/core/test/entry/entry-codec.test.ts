import { deepStrictEqual } from 'node:assert/strict';
import { crc32 } from 'node:zlib';
import { expect } from 'chai';
import fc from 'fast-check';
import sinon from 'sinon';
import { CacheWarpError, DecodeError, EncodeError } from '#src/base/errors.js';
import type { CacheEntry } from '#src/entry/cache-entry.js';
import { decodeEntry, decodeValue, encodeEntry, encodeValue } from '#src/entry/entry-codec.js';
import { makeEntry } from '../store/make-entry.js';
import { anyValue, awkwardValues, chain, refusedValues } from './values.js';

const roundTrip = (value: unknown): unknown => decodeValue(encodeValue(value));

const TAGGED_VALUE = 2;
const TAGGED_ENTRY = 3;
const ENTRY_HEADER = 74;

/** Bytes that pass for ours: the right format and checksum around any JSON, and numbers in the entry's header. */
function forge(json: string, kind: number, attachments = Buffer.alloc(0)): Buffer {
  const text = Buffer.from(json);
  const header = Buffer.alloc(kind === TAGGED_ENTRY ? ENTRY_HEADER : 10);
  for (let offset = 10; offset < header.length; offset += 8) header.writeDoubleBE(offset, offset);
  const bytes = Buffer.concat([header, text, attachments]);
  bytes[0] = 0xc1;
  bytes[1] = kind;
  bytes.writeUInt32BE(text.length, 6);
  return seal(bytes);
}

function seal(bytes: Buffer): Buffer {
  bytes.writeUInt32BE(crc32(bytes.subarray(6), bytes.readUInt16BE(0)), 2);
  return bytes;
}

describe('encodeValue and decodeValue', () => {
  for (const [title, make] of awkwardValues) {
    it(`bring back ${title}`, () => deepStrictEqual(roundTrip(make()), make()));

    it(`bring back ${title} inside other data`, () => {
      const around = () => ({
        list: [make(), 1],
        map: new Map([['k', make()]]),
        set: new Set([make()]),
        named: { $: make() },
      });
      deepStrictEqual(roundTrip(around()), around());
    });
  }

  it('bring back any data', () => {
    fc.assert(
      fc.property(anyValue, (value) => deepStrictEqual(roundTrip(value), value)),
      { numRuns: 1000 },
    );
  });

  it('bring back data that looks like tags', () => {
    const tags = ['undefined', 'number', 'bigint', 'object', 'Date', 'Map', 'Error', 'bytes', 'Array', 'unknown'];
    for (const $ of tags) {
      for (const value of [{ $ }, { $, v: 1 }, { $, v: [] }, { $: { $: { $, v: {} } } }, [{ $, v: { $ } }]]) {
        deepStrictEqual(roundTrip(value), value);
        deepStrictEqual(roundTrip([value, undefined]), [value, undefined]);
      }
    }
  });

  it('bring back an invalid Date', () => {
    const date = roundTrip(new Date(NaN));
    expect(date).to.be.instanceOf(Date);
    expect((date as Date).getTime()).to.be.NaN;
  });

  it('bring back a URL', () => {
    const url = roundTrip({ url: new URL('http://localhost/?q=1#x') }) as { url: URL };
    expect(url.url).to.be.instanceOf(URL);
    expect(url.url.href).to.equal('http://localhost/?q=1#x');
  });

  it('bring back members named __proto__ without touching a prototype', () => {
    const value = JSON.parse('{"__proto__":{"polluted":1},"at":0}') as Record<string, unknown>;
    value['at'] = new Date(0);
    const back = roundTrip(value) as Record<string, unknown>;
    deepStrictEqual(back, value);
    expect(Object.getPrototypeOf(back)).to.equal(Object.prototype);
    expect(back['polluted']).to.equal(undefined);
  });

  it('give bytes memory of their own, at both ends', () => {
    const bytes = Buffer.from('original');
    const encoded = encodeValue({ bytes });
    bytes.fill('x');
    const back = decodeValue(encoded) as { bytes: Buffer };
    encoded.fill(0);
    expect(back.bytes.toString()).to.equal('original');
    expect(back.bytes.buffer.byteLength).to.equal(8);
  });

  it('read from any place in memory', () => {
    const encoded = encodeValue({ floats: new Float64Array([1.5, -0]) });
    const shifted = new Uint8Array(encoded.length + 3);
    shifted.set(encoded, 3);
    deepStrictEqual(decodeValue(shifted.subarray(3)), { floats: new Float64Array([1.5, -0]) });
  });

  it('write bytes as they are, not as text', () => {
    expect(encodeValue(Buffer.alloc(10_000)).length).to.be.below(10_100);
  });

  it('write plain data as its JSON', () => {
    const encoded = encodeValue({ id: 1, tags: ['a'], nested: { ok: true, none: null } });
    expect(Buffer.from(encoded).toString('utf8', 10)).to.equal(
      '{"id":1,"tags":["a"],"nested":{"ok":true,"none":null}}',
    );
  });

  it('do not change what they encode', () => {
    const value = { at: new Date(0), list: [1, undefined], bytes: Buffer.from('x'), plain: { a: 1 } };
    encodeValue(value);
    deepStrictEqual(value, { at: new Date(0), list: [1, undefined], bytes: Buffer.from('x'), plain: { a: 1 } });
  });

  it('bring back a part that is reached twice as two', () => {
    const shared = { at: new Date(0) };
    const back = roundTrip([shared, shared]) as unknown[];
    deepStrictEqual(back, [shared, shared]);
    expect(back[0]).not.to.equal(back[1]);
  });

  it('take 500 levels of anything, and no more', () => {
    for (const [title, wrap] of chain) {
      let value: unknown = 1;
      for (let level = 0; level < 500; level++) value = wrap(value);
      deepStrictEqual(encodeValue(roundTrip(value)), encodeValue(value), title);
      expect(() => encodeValue(wrap(value)), title).to.throw(EncodeError, 'more than 500 levels deep');
    }
  });

  describe('bring back errors', () => {
    it('as their built-in class, with message, stack, cause and members', () => {
      const cause = new RangeError('beneath');
      const error = Object.assign(new TypeError('above', { cause }), { code: 'E_X', details: { at: new Date(0) } });
      const back = roundTrip(error) as typeof error;
      deepStrictEqual(back, error);
      expect(back).to.be.instanceOf(TypeError);
      expect(back.cause).to.be.instanceOf(RangeError);
      expect(back.stack).to.equal(error.stack);
      expect(Object.keys(back)).to.deep.equal(['code', 'details']);
    });

    it('of other classes as the nearest built-in one, under their own name', () => {
      class NotFound extends RangeError {}
      class Named extends Error {
        override readonly name = 'Renamed';
      }
      NotFound.prototype.name = 'NotFound';
      const back = roundTrip([
        new NotFound('x'),
        new Named('y'),
        new CacheWarpError('CODE', 'z', { key: 'k' }),
      ]) as CacheWarpError[];
      expect(back.map(String)).to.deep.equal(['NotFound: x', 'Renamed: y', 'CacheWarpError: z']);
      expect(back[0]).to.be.instanceOf(RangeError);
      expect(Object.getPrototypeOf(back[1])).to.equal(Error.prototype);
      expect(back[2]).to.include({ code: 'CODE', key: 'k' });
    });

    it('with the errors of an AggregateError', () => {
      const error = new AggregateError([new Error('one'), 'two', undefined], 'several');
      const back = roundTrip(error) as AggregateError;
      deepStrictEqual(back, error);
      expect(back).to.be.instanceOf(AggregateError);
      expect(back.errors).to.have.lengthOf(3);
    });

    it('that are aborts', () => {
      const back = roundTrip(AbortSignal.abort().reason) as DOMException;
      expect(back).to.be.instanceOf(DOMException);
      expect(back).to.include({ name: 'AbortError', message: 'This operation was aborted', code: 20 });
    });

    it('without a message or a stack, and with a cause that is undefined', () => {
      const bare = new Error();
      delete bare.stack;
      const back = roundTrip([bare, new Error('x', { cause: undefined })]) as Error[];
      expect(Object.getOwnPropertyNames(back[0])).to.deep.equal([]);
      expect(Object.getOwnPropertyDescriptor(back[1], 'cause')).to.include({ value: undefined, enumerable: false });
    });

    it('with members named like tags or prototypes', () => {
      const error = Object.assign(new Error('x'), { $: 'undefined' });
      Object.defineProperty(error, '__proto__', { value: { $: 1 }, enumerable: true });
      const back = roundTrip(error) as Error;
      deepStrictEqual(Object.entries(back), Object.entries(error));
      expect(back).to.be.instanceOf(Error);
    });
  });

  describe('encodeValue refuses, naming the place,', () => {
    for (const [title, make, path] of refusedValues) {
      it(title, () => {
        expect(() => encodeValue(make()))
          .to.throw(EncodeError)
          .with.property('path', path);
      });
    }

    it('getters that throw, with what they threw as the cause', () => {
      const thrown = new Error('not loaded');
      const user = Object.defineProperty({}, 'avatar', {
        get: () => {
          throw thrown;
        },
        enumerable: true,
      });
      expect(() => encodeValue({ user }))
        .to.throw(EncodeError, '$.user.avatar: reading it threw: not loaded')
        .with.property('cause', thrown);
    });

    it('what is too large for a string', () => {
      const stringify = sinon.stub(JSON, 'stringify').throws(new RangeError('Invalid string length'));
      try {
        expect(() => encodeValue([1])).to.throw(EncodeError, 'Invalid string length');
      } finally {
        stringify.restore();
      }
    });
  });
});

describe('encodeEntry and decodeEntry', () => {
  const full: CacheEntry = {
    value: { at: new Date(0), body: Buffer.from('body'), none: undefined },
    isError: false,
    createdAt: 1_700_000_000_000.25,
    freshUntil: Infinity,
    staleUntil: 0,
    errorUntil: 1_700_000_100_000,
    keepUntil: Infinity,
    loadMs: 0.125,
    tags: ['team:7', 'größe'],
    parent: 'GET:/',
    epoch: 'e-1',
    position: 2 ** 53 - 1,
    size: 123,
  };

  it('bring back every field', () => {
    deepStrictEqual(decodeEntry(encodeEntry(full)), full);
  });

  it('bring back an entry of plain data, and one that is an error', () => {
    const plain = makeEntry({ id: 1 });
    deepStrictEqual(decodeEntry(encodeEntry(plain)), plain);
    const failed = makeEntry(new TypeError('x'), { isError: true });
    deepStrictEqual(decodeEntry(encodeEntry(failed)), failed);
  });

  it('tell an entry without a value from no entry', () => {
    const entry = decodeEntry(encodeEntry(makeEntry(undefined)));
    expect(entry).to.have.property('value', undefined);
  });

  it('bring back entries of any value', () => {
    fc.assert(
      fc.property(anyValue, (value) => deepStrictEqual(decodeEntry(encodeEntry(makeEntry(value))), makeEntry(value))),
    );
  });

  it('notice any byte that is not as it was', () => {
    for (const entry of [full, makeEntry({ id: 1 })]) {
      const bytes = Buffer.from(encodeEntry(entry));
      for (let index = 0; index < bytes.length; index++) {
        for (const mask of [0x01, 0x80, 0xff]) {
          bytes[index]! ^= mask;
          expect(decodeEntry(bytes), `byte ${index}`).to.equal(undefined);
          bytes[index]! ^= mask;
        }
      }
      expect(decodeEntry(bytes)).not.to.equal(undefined);
    }
  });

  it('notice what is cut off or added', () => {
    const bytes = encodeEntry(full);
    for (let length = 0; length < bytes.length; length++) {
      expect(decodeEntry(bytes.subarray(0, length)), `${length} bytes`).to.equal(undefined);
    }
    expect(decodeEntry(Buffer.concat([bytes, Buffer.alloc(1)]))).to.equal(undefined);
  });

  it('notice several faults at once', () => {
    const bytes = encodeEntry(full);
    const faults = fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 })), {
      minLength: 1,
      maxLength: 20,
    });
    fc.assert(
      fc.property(faults, (list) => {
        const torn = Buffer.from(bytes);
        for (const [index, mask] of list) torn[index]! ^= mask;
        if (!torn.equals(bytes)) expect(decodeEntry(torn)).to.equal(undefined);
      }),
    );
  });

  it('take foreign bytes for no entry', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => expect(decodeEntry(bytes)).to.equal(undefined) && true),
    );
    for (const text of ['', 'null', '{"value":1}', '["e",null,[],1]']) {
      expect(decodeEntry(Buffer.from(text))).to.equal(undefined);
    }
  });

  it('take a value for no entry, and an entry for no value', () => {
    expect(decodeEntry(encodeValue(1))).to.equal(undefined);
    expect(() => decodeValue(encodeEntry(full))).to.throw(DecodeError, 'cannot decode entry: it holds something else');
  });

  it('take the next format for no entry', () => {
    const bytes = Buffer.from(encodeEntry(full));
    bytes[0] = 0xc2;
    seal(bytes);
    expect(decodeEntry(bytes)).to.equal(undefined);
    expect(() => decodeValue(bytes)).to.throw(DecodeError, 'another format');
  });

  const misshapen = [
    'null',
    '5',
    '[]',
    '{}',
    '"text"',
    '[[[',
    '["e",null,[]]',
    '["e",null,[],1,2]',
    '[5,null,[],1]',
    '["e",5,[],1]',
    '["e",null,"tags",1]',
    '["e",null,[5],1]',
    ...[
      '{"$":"unknown"}',
      '{"$":5}',
      '{"$":"bigint","v":"x"}',
      '{"$":"URL","v":"not a url"}',
      '{"$":"RegExp","v":["(","",0]}',
      '{"$":"RegExp"}',
      '{"$":"Map"}',
      '{"$":"Set","v":5}',
      '{"$":"Array","v":[-1,[]]}',
      '{"$":"Array","v":[5]}',
      '{"$":"Error","v":["Error"]}',
      '{"$":"Error"}',
      '{"$":"object"}',
      '{"$":"null-prototype"}',
      '{"$":"bytes"}',
      '{"$":"bytes","v":["Buffer",0,1]}',
      '{"$":"bytes","v":["Buffer",-1,1]}',
      '{"$":"bytes","v":["Buffer",0,-1]}',
      '{"$":"bytes","v":["Buffer","0","0"]}',
      '{"$":"bytes","v":["Missing",0,0]}',
      '{"$":"bytes","v":["constructor",0,0]}',
    ].map((value) => `["e",null,[],${value}]`),
  ];
  for (const json of misshapen) {
    it(`take ${json} for no entry, checksum or not`, () =>
      expect(decodeEntry(forge(json, TAGGED_ENTRY))).to.equal(undefined));
  }

  it('take bytes that do not fill their elements for no entry', () => {
    const json = `["e",null,[],{"$":"bytes","v":["Float64Array",0,3]}]`;
    expect(decodeEntry(forge(json, TAGGED_ENTRY, Buffer.alloc(3)))).to.equal(undefined);
  });

  it('survive nesting without end', () => {
    const levels = 20_000;
    const lists = `${'['.repeat(levels)}${']'.repeat(levels)}`;
    const members = `${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`;
    const tags = `${'{"$":"object","v":{"a":'.repeat(levels)}1${'}}'.repeat(levels)}`;
    const errors = `${'{"$":"Error","v":["Error",{"cause":'.repeat(levels)}1${'},{}]}'.repeat(levels)}`;
    for (const json of [lists, members, tags, errors]) {
      expect(decodeEntry(forge(json, TAGGED_ENTRY))).to.equal(undefined);
      expect(decodeEntry(forge(`["e",null,[],${json}]`, TAGGED_ENTRY))).to.equal(undefined);
      expect(() => decodeValue(forge(json, TAGGED_VALUE))).to.throw(DecodeError, 'nested too deeply');
    }
  });

  it('take bytes that end within their header for no entry', () => {
    const bytes = forge('', TAGGED_ENTRY);
    for (const length of [10, 11, 73, 74]) expect(decodeEntry(seal(bytes.subarray(0, length)))).to.equal(undefined);
  });

  it('are what forged bytes with nothing wrong are read by', () => {
    const bytes = forge('["e","p",["t"],{"$":"bytes","v":["Buffer",0,1]}]', TAGGED_ENTRY, Buffer.from('x'));
    expect(decodeEntry(bytes)).to.deep.equal({
      value: Buffer.from('x'),
      isError: false,
      createdAt: 10,
      freshUntil: 18,
      staleUntil: 26,
      errorUntil: 34,
      keepUntil: 42,
      loadMs: 50,
      tags: ['t'],
      parent: 'p',
      epoch: 'e',
      position: 58,
      size: 66,
    });
  });
});
