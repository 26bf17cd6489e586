import { expect } from 'chai';
import fc from 'fast-check';
import { RecordIndex } from '#src/decorators/record-index.js';
import { buildKey } from '#src/key/key-builder.js';
import { MemoryStore } from '#src/store/memory-store.js';
import { makeEntry } from '../store/make-entry.js';

function makeIndex(maxEntries = 100) {
  const store = new MemoryStore({ maxEntries });
  const index = new RecordIndex();
  const keep = (...args: unknown[]): void => {
    index.keep(args, store.put(buildKey('', args), makeEntry(1))!);
  };
  return { store, index, keep };
}

describe('RecordIndex', () => {
  it('finds the records of primitives, and of plain objects of primitives', () => {
    const { store, index, keep } = makeIndex();
    const lists = [
      [],
      ['1'],
      [1],
      [null],
      ['1', 1],
      [1, '1'],
      ['1', '1'],
      [1n, true, undefined],
      [{ id: '1', page: 1 }],
    ];
    for (const args of lists) keep(...args);
    for (const args of lists) expect(index.get(args)).to.equal(store.peekRecord(buildKey('', args)));
    for (const args of [['2'], ['1', 2], [1, 1], ['1', 1, 1], [undefined], [{ id: '1' }], [{ id: 1, page: 1 }]]) {
      expect(index.get(args)).to.equal(undefined);
    }
  });

  it('keeps nothing for other arguments', () => {
    const { index, keep } = makeIndex();
    for (const args of [[[1]], [new Date(0)], ['1', { a: {} }]]) keep(...args);
    expect(index.size).to.equal(0);
    expect(index.get([[1]])).to.equal(undefined);
  });

  it('holds exactly the live records that it was given, whatever the order of coming and going', () => {
    const token = fc.constantFrom<unknown>(0, 1, 'a', NaN, null);
    const args = fc.array(token, { maxLength: 4 });
    const step = fc.record({ args, drops: fc.boolean() });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const { store, index, keep } = makeIndex(10);
        for (const { args: list, drops } of steps) {
          if (drops) store.drop(buildKey('', list));
          else keep(...list);
          for (const { args: other } of steps) expect(index.get(other)).to.equal(store.peekRecord(buildKey('', other)));
        }
        store.clear();
        expect(index.size).to.equal(0);
      }),
    );
  });

  it('lets go of a record as soon as the store does, so that it never outgrows the store', () => {
    const { store, index, keep } = makeIndex(3);
    keep('dropped');
    store.drop('("dropped")');
    keep('replaced', 1);
    store.put('("replaced",1)', makeEntry(1));
    expect([index.size, index.get(['dropped']), index.get(['replaced', 1])]).to.deep.equal([0, undefined, undefined]);

    for (let id = 0; id < 1000; id++) keep(id);
    expect(index.size).to.equal(3);
    for (let id = 0; id < 1000; id++) keep(id, `${id}`, true);
    expect(index.size).to.equal(3);
    for (let id = 0; id < 1000; id++) keep(1, 2, 3, id);
    // The three records, and the way to where they part.
    expect(index.size).to.equal(6);
    store.clear();
    expect(index.size).to.equal(0);
  });

  it('keeps a record once, and none that the store has let go', () => {
    const { store, index } = makeIndex();
    const record = store.put('k', makeEntry(1))!;
    index.keep(['a'], record);
    index.keep(['b'], record);
    expect([index.get(['a']), index.get(['b'])]).to.deep.equal([record, undefined]);

    const other = new RecordIndex();
    other.keep(['a'], record);
    store.drop('k');
    other.keep(['a'], record);
    expect([index.size, other.size]).to.deep.equal([0, 0]);
  });

  it('does not mind that the list of arguments is changed behind it', () => {
    const { store, index } = makeIndex();
    const args: unknown[] = ['a', 1];
    index.keep(args, store.put('k', makeEntry(1))!);
    args[1] = 2;
    expect([index.get(['a', 1])?.key, index.get(['a', 2])]).to.deep.equal(['k', undefined]);
    store.drop('k');
    expect(index.size).to.equal(0);
  });

  it('takes the newer record where a key family answers the same arguments with different keys', () => {
    const { store, index } = makeIndex();
    for (const args of [[], ['a'], ['a', 1]]) {
      const [old, young] = [store.put('old', makeEntry(1))!, store.put('young', makeEntry(2))!];
      index.keep(args, old);
      index.keep(args, young);
      store.drop('old');
      expect(index.get(args)).to.equal(young);
      store.drop('young');
      expect(index.size).to.equal(0);
    }
  });
});
