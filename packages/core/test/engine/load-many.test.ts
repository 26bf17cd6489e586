import { rejects } from 'node:assert/strict';
import { expect } from 'chai';
import sinon from 'sinon';
import { PausedLoader } from '#src/testing/race-kit.js';
import { makeCache } from './make-cache.js';

describe('getOrLoadMany', () => {
  it('loads only what is missing, in one call, and answers in the order of the keys', async () => {
    const { cache } = makeCache();
    await cache.set('b', 'B');
    const loadMissing = sinon.fake((keys: string[]) => keys.map((key) => key.toUpperCase()));
    expect(await cache.getOrLoadMany(['a', 'b', 'c', 'a'], loadMissing)).to.deep.equal(['A', 'B', 'C', 'A']);
    expect(loadMissing.args.map(([keys]) => keys)).to.deep.equal([['a', 'c']]);
    expect(cache.peek('c')).to.equal('C');
  });

  it('accepts a Map; what it leaves out is undefined', async () => {
    const { cache } = makeCache();
    expect(await cache.getOrLoadMany(['a', 'b'], () => new Map([['a', 1]]))).to.deep.equal([1, undefined]);
  });

  it('joins loads that are running, and is joined', async () => {
    const { cache } = makeCache();
    const loader = new PausedLoader<string>();
    const single = cache.getOrLoad('a', loader.load);
    const loadMissing = sinon.fake((keys: string[]) => keys.map((key) => `many ${key}`));
    const many = cache.getOrLoadMany(['a', 'b'], loadMissing);
    const joined = cache.getOrLoad('b', loader.load);
    loader.finish(0, 'single a');
    expect(await many).to.deep.equal(['single a', 'many b']);
    expect(await single).to.equal('single a');
    expect(await joined).to.equal('many b');
    expect(loadMissing.args.map(([keys]) => keys)).to.deep.equal([['b']]);
  });

  it('refuses a list of the wrong length', async () => {
    const { cache } = makeCache();
    await rejects(
      cache.getOrLoadMany(['a', 'b'], () => [1]),
      /loadMissing must return a Map or a list of 2 values.*got \[1\]/,
    );
  });
});
