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

  it('ranks keys by misses, by bytes served and by time saved, leaving out those that have none of it', () => {
    const keys = new TopKeys();
    keys.addServed('small and slow', { hits: 3, reportedHits: 1, entry: { size: 10, loadMs: 100 } });
    keys.addServed('big and quick', { hits: 4, reportedHits: 0, entry: { size: 100, loadMs: 1 } });
    keys.addMisses('never kept', 3);

    expect(keys.ranking(2, 'savedMs').map(({ key, savedMs }) => [key, savedMs])).to.deep.equal([
      ['small and slow', 200],
      ['big and quick', 4],
    ]);
    expect(keys.ranking(1, 'bytes').map(({ key, bytes }) => [key, bytes])).to.deep.equal([['big and quick', 400]]);
    expect(keys.ranking(9, 'misses')).to.deep.equal([
      { key: 'never kept', requests: 3, misses: 3, bytes: 0, savedMs: 0 },
    ]);
  });
});
