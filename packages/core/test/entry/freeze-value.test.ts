import { deepStrictEqual } from 'node:assert/strict';
import { expect } from 'chai';
import { EncodeError } from '#src/base/errors.js';
import { cloneValue } from '#src/entry/clone-value.js';
import { decodeValue, encodeValue } from '#src/entry/entry-codec.js';
import { freezeValue } from '#src/entry/freeze-value.js';

describe('freezeValue', () => {
  it('returns the value itself, frozen to its depth', () => {
    const value = { user: { tags: ['a', { deep: 1 }] } };
    expect(freezeValue(value)).to.equal(value);
    expect(() => (value.user = { tags: [] })).to.throw(TypeError);
    expect(() => value.user.tags.push('b')).to.throw(TypeError);
    expect(() => Object.assign(value.user.tags[1]!, { deep: 2 })).to.throw(TypeError);
    deepStrictEqual(value, { user: { tags: ['a', { deep: 1 }] } });
  });

  it('lets primitives and functions pass', () => {
    const load = (): number => 1;
    for (const value of [1, 'x', null, undefined, 1n, Symbol.iterator, load])
      expect(freezeValue(value)).to.equal(value);
    freezeValue({ load });
    expect(Object.isFrozen(load)).to.equal(false);
  });

  it('makes what changes a Map throw, and what is in it', () => {
    const map = freezeValue(new Map([[{ key: 1 }, { value: 1 }]]));
    expect(() => map.set({ key: 2 }, { value: 2 })).to.throw(
      TypeError,
      'cannot call set: this value comes from a cache and is frozen',
    );
    expect(() => map.clear()).to.throw(TypeError);
    expect(() => map.delete({ key: 1 })).to.throw(TypeError);
    const [[key, value]] = [...map] as [[{ key: number }, { value: number }]];
    expect(() => (key.key = 2)).to.throw(TypeError);
    expect(() => (value.value = 2)).to.throw(TypeError);
    expect(map.size).to.equal(1);
  });

  it('makes what changes a Set throw, and what is in it', () => {
    const set = freezeValue(new Set([{ member: 1 }]));
    for (const change of [() => set.add({ member: 2 }), () => set.clear(), () => set.delete({ member: 1 })]) {
      expect(change).to.throw(TypeError, 'frozen');
    }
    expect(() => ([...set][0]!.member = 2)).to.throw(TypeError);
  });

  it('makes every setter of a Date throw', () => {
    const date = freezeValue(new Date(0));
    const setters = Object.getOwnPropertyNames(Date.prototype).filter((name) => name.startsWith('set'));
    expect(setters).to.include.members(['setTime', 'setFullYear', 'setUTCHours', 'setYear']);
    for (const name of setters)
      expect(() => (date as never as Record<string, (n: number) => void>)[name]!(1)).to.throw(TypeError);
    expect(date.getTime()).to.equal(0);
  });

  it('leaves frozen collections equal to others, and readable as before', () => {
    const make = () => ({ map: new Map([['k', new Date(0)]]), set: new Set([1]), at: new Date(0) });
    const value = freezeValue(make());
    deepStrictEqual(value, make());
    deepStrictEqual(decodeValue(encodeValue(value)), make());
    deepStrictEqual(cloneValue(value), make());
    expect(value.map.get('k')?.toISOString()).to.equal('1970-01-01T00:00:00.000Z');
  });

  it('gives a copy that can be changed', () => {
    const copy = cloneValue(freezeValue({ map: new Map([['k', 1]]), at: new Date(0), list: [1] }));
    copy.map.set('k', 2);
    copy.at.setTime(5);
    copy.list.push(2);
    deepStrictEqual(copy, { map: new Map([['k', 2]]), at: new Date(5), list: [1, 2] });
  });

  it('freezes errors with their causes', () => {
    const error = freezeValue(Object.assign(new Error('x', { cause: { by: 1 } }), { code: 'E' }));
    expect(() => (error.code = 'F')).to.throw(TypeError);
    expect(() => (error.message = 'y')).to.throw(TypeError);
    expect(() => ((error.cause as { by: number }).by = 2)).to.throw(TypeError);
  });

  it('freezes data under symbols', () => {
    const name = Symbol('name');
    const value = freezeValue({ [name]: { deep: 1 } });
    expect(() => (value[name].deep = 2)).to.throw(TypeError);
  });

  it('freezes cycles, and nesting of any depth', () => {
    const value: Record<string, unknown> = { list: [] };
    (value['list'] as unknown[]).push(value);
    freezeValue(value);
    expect(Object.isFrozen(value['list'])).to.equal(true);

    const leaf: unknown[] = [];
    let deep: unknown = leaf;
    for (let level = 0; level < 50_000; level++) deep = [deep];
    freezeValue(deep);
    expect(Object.isFrozen(leaf)).to.equal(true);
  });

  it('goes into what somebody froze only at its surface', () => {
    const value = freezeValue(Object.freeze({ inner: { open: 1 } }));
    expect(() => (value.inner.open = 2)).to.throw(TypeError);
  });

  it('does not mind being asked again', () => {
    const value = { map: new Map([['k', { v: 1 }]]), at: new Date(0) };
    expect(freezeValue(freezeValue(value))).to.equal(value);
    freezeValue({ again: value });
  });

  describe('of class instances', () => {
    class Service {
      calls = 0;
    }
    class User {
      readonly address = { city: 'x' };
      readonly service: Service;
      readonly list: unknown[];
      reads = 0;
      #secret = 1;

      constructor(service: Service) {
        this.service = service;
        this.list = [service];
      }

      get lazy(): object {
        this.reads++;
        return {};
      }

      raise(): number {
        return ++this.#secret;
      }
    }

    it('freezes their own fields and the data in them', () => {
      const user = freezeValue({ user: new User(new Service()) }).user;
      expect(() => Object.assign(user, { address: {} })).to.throw(TypeError);
      expect(() => (user.address.city = 'y')).to.throw(TypeError);
    });

    it('leaves alone what the class shares: its prototype, its statics, what is private', () => {
      const user = freezeValue(new User(new Service()));
      expect(Object.isFrozen(User.prototype) || Object.isFrozen(User)).to.equal(false);
      expect(user.raise()).to.equal(2);
    });

    it('leaves alone instances that an instance holds, for they may be services', () => {
      const service = new Service();
      freezeValue({ users: [new User(service)] });
      service.calls++;
      expect(service.calls).to.equal(1);
    });

    it('runs no getter', () => {
      let reads = 0;
      const value = {
        get lazy(): object {
          reads++;
          return {};
        },
      };
      freezeValue([value, Object.defineProperty(new User(new Service()), 'own', { get: () => reads++ })]);
      expect(reads).to.equal(0);
    });
  });

  describe('refuses, naming the place and freezing nothing,', () => {
    const frozenMap = Object.freeze(new Map());
    const refused: readonly [title: string, part: () => unknown][] = [
      ['Buffers', () => Buffer.from('x')],
      ['typed arrays', () => new Float32Array(1)],
      ['ArrayBuffers', () => new ArrayBuffer(1)],
      ['DataViews', () => new DataView(new ArrayBuffer(1))],
      ['URLs', () => new URL('http://localhost/')],
      ['a Map that was frozen without effect', () => frozenMap],
    ];
    for (const [title, make] of refused) {
      it(title, () => {
        const value = { first: { open: 1 }, list: [0, { 'the part': make() }] };
        expect(() => freezeValue(value))
          .to.throw(EncodeError, /cannot be frozen; cache it under values: 'clone' or 'share'$/)
          .with.property('path', '$.list[1]["the part"]');
        value.first.open = 2;
        expect(value.first.open).to.equal(2);
      });
    }

    it('what throws when it is looked at', () => {
      const { proxy, revoke } = Proxy.revocable({}, {});
      revoke();
      expect(() => freezeValue({ set: new Set([proxy]) }))
        .to.throw(EncodeError)
        .with.property('path', '$.set[0]');
    });
  });
});
