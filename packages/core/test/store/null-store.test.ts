import { expect } from 'chai';
import { NullStore } from '#src/store/null-store.js';

describe('NullStore', () => {
  it('answers nothing and keeps nothing', async () => {
    const store = new NullStore();
    store.set();
    expect(store.put()).to.equal(undefined);
    expect(store.get()).to.equal(undefined);
    expect(store.record()).to.equal(undefined);
    expect(store.peekRecord()).to.equal(undefined);
    expect(store.getMany(['a', 'b'])).to.deep.equal([undefined, undefined]);
    expect(store.delete()).to.equal(false);
    expect(store.drop()).to.equal(false);
    expect(store.keys()).to.deep.equal([]);
    expect([...store.records()]).to.deep.equal([]);
    expect(store.sweep()).to.equal(0);
    store.touch();
    store.clear();
    expect(store.stats()).to.deep.equal({ entries: 0, bytes: 0, evictions: 0 });
    await store.close();
  });
});
