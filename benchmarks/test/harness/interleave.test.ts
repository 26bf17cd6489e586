import { expect } from 'chai';
import { interleave, median, nsPerCall, type Contestant } from '#src/harness/interleave.js';

describe('interleave', () => {
  it('warms everybody up once, then measures in turn and in reverse turn', async () => {
    const calls: string[] = [];
    const make = (name: string): Contestant => ({
      name,
      measure: () => Promise.resolve(calls.push(name)),
    });
    const measured = await interleave([make('a'), make('b')], 3);
    expect(calls.join('')).to.equal('ab' + 'ab' + 'ba' + 'ab');
    expect(measured).to.deep.equal([
      { name: 'a', rounds: [3, 6, 7] },
      { name: 'b', rounds: [4, 5, 8] },
    ]);
  });

  it('takes the middle of the rounds', () => {
    expect(median([9, 1, 5])).to.equal(5);
    expect(median([4, 1, 3, 2])).to.equal(2.5);
  });

  it('refuses to measure calls that answer nothing', () => {
    expect(() => nsPerCall(10, (index) => (index === 3 ? undefined : index))).to.throw(
      '1 of 10 calls answered nothing',
    );
  });
});
