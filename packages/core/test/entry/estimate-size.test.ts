import { expect } from 'chai';
import fc from 'fast-check';
import { estimateSize } from '#src/entry/estimate-size.js';
import { anyValue } from './values.js';

const user = (id: number) => ({ id, name: `user ${id}`, tags: ['a', 'b'], address: { city: 'somewhere' } });

describe('estimateSize', () => {
  it('is a positive whole number for any value', () => {
    fc.assert(
      fc.property(anyValue, (value) => {
        const size = estimateSize(value);
        expect(Number.isSafeInteger(size) && size > 0).to.equal(true);
      }),
    );
  });

  it('counts text by its characters, twice beyond Latin-1', () => {
    expect(estimateSize('x'.repeat(10_000))).to.be.closeTo(10_000, 100);
    expect(estimateSize('€'.repeat(10_000))).to.be.closeTo(20_000, 100);
  });

  it('counts bytes by their number', () => {
    for (const value of [
      Buffer.alloc(50_000),
      new ArrayBuffer(50_000),
      new Float64Array(6_250),
      new DataView(new ArrayBuffer(50_000)),
    ]) {
      expect(estimateSize({ value })).to.be.closeTo(50_000, 500);
    }
  });

  it('counts what is in Maps, Sets, errors and arrays', () => {
    const text = 'x'.repeat(1_000);
    const texts = [0, 1, 2, 3].map((index) => text + index);
    const pairs = texts.map((value): [string, string] => [value, `${value}!`]);
    expect(estimateSize(texts)).to.be.within(4_000, 5_000);
    expect(estimateSize(new Set(texts))).to.be.within(4_000, 5_000);
    expect(estimateSize(new Map(pairs))).to.be.within(8_000, 9_000);
    expect(estimateSize(Object.assign(new Error(text), { detail: text }))).to.be.above(3_000);
    expect(estimateSize(new URL(`http://localhost/${text}`))).to.be.above(1_000);
    expect(estimateSize(new RegExp(text))).to.be.above(1_000);
  });

  it('grows with every member', () => {
    const sizes = [
      {},
      { a: 1 },
      { a: 1, b: 'x' },
      { a: 1, b: 'x', c: {} },
      { a: 1, b: 'x', c: { d: new Date(0) } },
    ].map(estimateSize);
    expect(sizes).to.deep.equal([...new Set(sizes)].toSorted((a, b) => a - b));
  });

  it('reckons large values from a part of them, about rightly', () => {
    const one = estimateSize(user(1));
    const count = 20_000;
    const list = Array.from({ length: count }, (_, id) => user(id));
    const byName = Object.fromEntries(list.map((item) => [item.name, item]));
    for (const value of [list, new Set(list), new Map(list.map((item) => [item.id, item])), byName]) {
      expect(estimateSize(value) / (one * count)).to.be.within(0.7, 1.5);
    }
  });

  it('looks at all of a large list, not at its beginning', () => {
    const list = Array.from({ length: 10_000 }, (_, index) => (index < 5_000 ? '' : 'x'.repeat(100)));
    expect(estimateSize(list)).to.be.within(500_000, 900_000);
  });

  it('looks at a bounded number of parts, however they are nested', () => {
    let reads = 0;
    const counted = (value: object): object =>
      new Proxy(value, {
        get: (target, name) => {
          reads++;
          return Reflect.get(target, name) as unknown;
        },
      });
    const wide = (depth: number): object =>
      counted(Array.from({ length: 20 }, () => (depth === 0 ? 1 : wide(depth - 1))));
    estimateSize(wide(3));
    expect(reads).to.be.below(5_000);
  });

  it('ends on cycles and counts them once', () => {
    const team: { members: object[] } = { members: [] };
    team.members = [1, 2, 3].map((id) => ({ ...user(id), team }));
    expect(estimateSize(team)).to.be.below(4 * (estimateSize(user(1)) + 100));
  });

  it('ends on nesting without end', () => {
    let deep: unknown = 1;
    for (let level = 0; level < 100_000; level++) deep = [deep];
    expect(estimateSize(deep)).to.be.above(0);
  });

  it('does not throw where values do', () => {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    const getter = {
      get lazy(): never {
        throw new Error('not yet');
      },
    };
    for (const value of [proxy, { proxy }, getter, [getter]]) expect(estimateSize(value)).to.be.above(0);
  });

  it('takes functions, symbols and class instances', () => {
    class Account {
      readonly text = 'x'.repeat(1_000);
    }
    expect(estimateSize(new Account())).to.be.above(1_000);
    expect(estimateSize([() => 1, Symbol('x'), Promise.resolve()])).to.be.above(0);
  });
});
