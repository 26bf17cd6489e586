import { expect } from 'chai';
import { makeRig, textOf, xCache } from './make-http-cache.js';

describe('HttpCache', () => {
  it('answers MISS from the origin, then HIT from store with Age', async () => {
    const { get, clock, origin } = makeRig();
    const first = await get('/a');
    expect(xCache(first)).to.equal('MISS');
    clock.advance(5_000);
    const second = await get('/a');
    expect(xCache(second)).to.equal('HIT');
    expect(second.headers.get('age')).to.equal('5');
    expect(await textOf(second)).to.equal('body');
    expect(origin.calls).to.equal(1);
  });
});
