import { expect } from 'chai';
import sinon from 'sinon';
import { MemoryStore } from '#src/store/memory-store.js';
import { makeEntry } from '../store/make-entry.js';

/*
 * Where memory.maxBytes left room for more than twelve million entries, the next one threw "Map maximum size exceeded". The test does
 * not make as many: it lets a Map say that it holds them.
 */
describe('a memory store with as many entries as a Map takes while keys come and go', () => {
  afterEach(() => sinon.restore());

  it('evicts for the next one', () => {
    for (const maxEntries of [Infinity, 2 ** 31]) {
      const store = new MemoryStore({ maxBytes: '64gb', maxEntries });
      store.put('a', makeEntry('1'));
      sinon.stub(Map.prototype, 'size').get(() => 2 ** 23);
      store.put('b', makeEntry('2'));
      sinon.restore();
      expect(store.stats()).to.include({ entries: 1, evictions: 1 });
      expect(store.get('a')).to.equal(undefined);
    }
  });
});
