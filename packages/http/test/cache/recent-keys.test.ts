import { expect } from 'chai';
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
