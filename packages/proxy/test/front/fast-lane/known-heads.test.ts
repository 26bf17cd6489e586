import { expect } from 'chai';
import { KnownHeads } from '#src/front/fast-lane/known-heads.js';

describe('KnownHeads', () => {
  it('knows what it has learnt, and nothing that was only met', () => {
    const heads = new KnownHeads<object>();
    const known = {};
    expect(heads.isMetAgain('a')).to.equal(false);
    expect(heads.get('a')).to.equal(undefined);
    expect(heads.isMetAgain('a')).to.equal(true);
    heads.learn('a', known);
    expect(heads.get('a')).to.equal(known);
    expect(heads.get('b')).to.equal(undefined);
  });

  it('never takes note of a long block', () => {
    const heads = new KnownHeads<object>();
    const long = 'x'.repeat(4097);
    expect([heads.isMetAgain(long), heads.isMetAgain(long)]).to.deep.equal([false, false]);
  });

  it('keeps what is in use while others come and go, and forgets the rest', () => {
    const heads = new KnownHeads<object>();
    const known = {};
    heads.learn('in use', known);
    heads.learn('left', known);
    for (let at = 0; at < 10_000; at++) {
      heads.isMetAgain(`once ${at}`);
      if (at % 500 === 0) expect(heads.get('in use')).to.equal(known);
    }
    expect(heads.get('left')).to.equal(undefined);
    expect(heads.isMetAgain('once 0')).to.equal(false);
    expect(heads.isMetAgain('once 9999')).to.equal(true);
  });
});
