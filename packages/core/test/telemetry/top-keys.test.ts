import { expect } from 'chai';
import { TopKeys } from '#src/telemetry/top-keys.js';

describe('TopKeys', () => {
  it('lists the most requested keys first, and equals by key', () => {
    const keys = new TopKeys();
    for (const [key, requests] of [
      ['b', 2],
      ['a', 2],
      ['c', 5],
      ['b', 1],
      ['idle', 0],
    ] as const)
      keys.add(key, requests);
    expect(keys.top(10)).to.deep.equal([
      ['c', 5],
      ['b', 3],
      ['a', 2],
    ]);
    expect(keys.top(1)).to.deep.equal([['c', 5]]);
    expect(keys.top(0)).to.deep.equal([]);
  });

  it('keeps the frequent keys through any number of rare ones', () => {
    const keys = new TopKeys();
    for (let round = 0; round < 20_000; round++) {
      keys.add(`rare ${round}`, 1);
      if (round % 10 === 0) keys.add('often', 1);
    }
    expect(keys.top(1)).to.deep.equal([['often', 2_000]]);
    expect(keys.top(Infinity).length).to.be.at.most(4_096);
  });
});
