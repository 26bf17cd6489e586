import { expect } from 'chai';
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
  it('finds the records of none, one and two strings or numbers', () => {
    const { store, index, keep } = makeIndex();
    const lists = [[], ['1'], [1], ['1', 1], [1, '1'], ['1', '1']];
    for (const args of lists) keep(...args);
    for (const args of lists) expect(index.get(args)).to.equal(store.peekRecord(buildKey('', args)));
    // Six records, and a Map for each of the two first arguments of the pairs.
    expect(index.size).to.equal(8);
    for (const args of [['2'], ['1', 2], [1, 1], ['1', 1, 1]]) expect(index.get(args)).to.equal(undefined);
  });

  it('keeps nothing for other arguments', () => {
    const { index, keep } = makeIndex();
    for (const args of [[null], [undefined], [true], [1n], [{}], ['1', {}], ['1', '2', '3']]) keep(...args);
    expect(index.size).to.equal(0);
  });

  it('lets go of a record as soon as the store does: dropped, replaced, expired, evicted or cleared', () => {
    const { store, index, keep } = makeIndex(3);
    keep('dropped');
    store.drop('("dropped")');
    keep('replaced', 1);
    store.put('("replaced",1)', makeEntry(1));
    expect([index.size, index.get(['dropped']), index.get(['replaced', 1])]).to.deep.equal([0, undefined, undefined]);

    for (let id = 0; id < 1000; id++) keep(id % 2 === 0 ? `${id}` : id);
    expect(index.size).to.equal(3);
    for (let id = 0; id < 1000; id++) keep(id, `${id}`);
    expect(index.size).to.equal(6);
    keep();
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
});
