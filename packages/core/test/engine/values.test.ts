import { expect } from 'chai';
import { makeCache } from './make-cache.js';

describe('values', () => {
  it('clone: a mutation does not change what others get, waiters of one load included', async () => {
    const { cache } = makeCache({ values: 'clone' });
    const load = (): { list: number[] } => ({ list: [1] });
    const [one, two] = await Promise.all([cache.getOrLoad('k', load), cache.getOrLoad('k', load)]);
    one.list.push(2);
    expect(two).to.deep.equal({ list: [1] });
    expect(await cache.getOrLoad('k', load)).to.deep.equal({ list: [1] });
    cache.peek<{ list: number[] }>('k')?.list.push(3);
    expect(cache.peek('k')).to.deep.equal({ list: [1] });
  });

  it('freeze: a mutation throws, for the first caller, concurrent waiters and later ones', async () => {
    const { cache } = makeCache({ values: 'freeze' });
    const load = (): { list: number[] } => ({ list: [1] });
    const values = [...(await Promise.all([cache.getOrLoad('k', load), cache.getOrLoad('k', load)]))];
    values.push(await cache.getOrLoad('k', load));
    for (const value of values) expect(() => value.list.push(2)).to.throw(TypeError);
  });

  it('share: everybody gets the kept object itself', async () => {
    const { cache } = makeCache();
    const value = {};
    expect(await cache.getOrLoad('k', () => value)).to.equal(value);
    expect(await cache.getOrLoad('k', () => ({}))).to.equal(value);
  });
});
