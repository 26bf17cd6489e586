import { expect } from 'chai';
import { BoundedMap } from '#src/cache/bounded-map.js';
import { RecentKeys } from '#src/cache/recent-keys.js';

describe('RecentKeys', () => {
  it('remembers a key until its instant, or until it is told to forget', () => {
    const keys = new RecentKeys();
    keys.note('a', 100);
    keys.note('b', 100);
    keys.forget('b');
    expect([keys.has('a', 99), keys.has('a', 100), keys.has('b', 0), keys.has('c', 0)]).to.deep.equal([
      true,
      false,
      false,
      false,
    ]);
  });
});

describe('BoundedMap', () => {
  it('forgets the oldest beyond its capacity; what is set again is the youngest', () => {
    const map = new BoundedMap<number>(2);
    map.set('a', 1);
    map.set('b', 2);
    map.set('a', 3);
    map.set('c', 4);
    expect([map.get('a'), map.get('b'), map.get('c')]).to.deep.equal([3, undefined, 4]);
  });
});
