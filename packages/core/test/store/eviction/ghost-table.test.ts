import { expect } from 'chai';
import { GhostTable } from '#src/store/eviction/ghost-table.js';
import { hashKey } from '#src/store/eviction/hash-key.js';

describe('GhostTable', () => {
  it('knows the last departures, as many as it is asked for, and each once', () => {
    const ghosts = new GhostTable();
    for (const key of 'abcdef') ghosts.add(hashKey(key), 4);
    expect([...'abcdef'].map((key) => ghosts.take(hashKey(key), 4))).to.deep.equal([
      false,
      false,
      true,
      true,
      true,
      true,
    ]);
    expect(ghosts.take(hashKey('f'), 4)).to.equal(false);
  });

  it('counts a key that left twice from the second time', () => {
    const ghosts = new GhostTable();
    for (const key of 'abca') ghosts.add(hashKey(key), 2);
    expect([...'abc'].map((key) => ghosts.take(hashKey(key), 2))).to.deep.equal([true, false, true]);
  });

  it('knows nearly all of many, while it grows and after', () => {
    const ghosts = new GhostTable();
    for (let key = 0; key < 20_000; key++) ghosts.add(hashKey(`key ${key}`), Math.min(key + 1, 10_000));
    let known = 0;
    for (let key = 10_000; key < 20_000; key++) if (ghosts.take(hashKey(`key ${key}`), 10_000)) known++;
    expect(known).to.be.above(9_700);
    for (let key = 0; key < 10_000; key++) expect(ghosts.take(hashKey(`key ${key}`), 10_000)).to.equal(false);
  });

  it('takes hashes of 0 and keeps the newest of a crowd in one bucket', () => {
    const ghosts = new GhostTable();
    ghosts.add(0, 8);
    expect(ghosts.take(0, 8)).to.equal(true);
    for (let hash = 1; hash <= 20; hash++) ghosts.add(hash, 4);
    for (let hash = 17; hash <= 20; hash++) expect(ghosts.take(hash, 4)).to.equal(true);
    ghosts.add(5, 8);
    ghosts.clear();
    expect(ghosts.take(5, 8)).to.equal(false);
  });
});
