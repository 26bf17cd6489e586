import { expect } from 'chai';
import fc from 'fast-check';

import { HeaderFields } from '#src/message/headers.js';
import { ageSeconds, bornAt, receivedAge } from '#src/semantics/age.js';
import { dateAt, T0 } from './make-facts.js';

const age = (...lines: string[]): number => receivedAge(HeaderFields.fromObject({ Age: lines }));

describe('receivedAge', () => {
  it('is 0 when absent', () => expect(age()).to.equal(0));

  it('takes the first member and the first line', () => {
    expect(age('7200, 0')).to.equal(7200);
    expect(age('0, 7200')).to.equal(0);
    expect(age('7200', '0')).to.equal(7200);
    expect(age('0', '7200')).to.equal(0);
  });

  it('ignores a member that is not all digits', () => {
    for (const line of ['abc', '-7200', '7200.0', '7200;foo=bar', '', '7 200']) expect(age(line), line).to.equal(0);
  });

  it('saturates', () => {
    expect(age('2147483647')).to.equal(2147483647);
    expect(age('99999999999999999999')).to.equal(2 ** 31);
  });

  it('never throws and is never negative', () => {
    fc.assert(fc.property(fc.array(fc.string()), (lines) => age(...lines) >= 0));
  });
});

describe('bornAt', () => {
  const fields = (headers: Record<string, string>): HeaderFields => HeaderFields.fromObject(headers);

  it('counts Age from when the request was sent', () => {
    expect(bornAt(fields({ Age: '30' }), T0, T0 + 2000, false)).to.equal(T0 - 30_000);
    expect(bornAt(fields({}), T0, T0 + 2000, false)).to.equal(T0);
  });

  it('does not mind the origin’s clock', () => {
    expect(bornAt(fields({ Date: dateAt(-7200) }), T0, T0, false)).to.equal(T0);
    expect(bornAt(fields({ Date: dateAt(7200) }), T0, T0, false)).to.equal(T0);
  });

  it('counts Date as age where the operator trusts the origin’s clock, the greater of both ages', () => {
    expect(bornAt(fields({ Date: dateAt(-100), Age: '30' }), T0, T0, true)).to.equal(T0 - 100_000);
    expect(bornAt(fields({ Date: dateAt(-10), Age: '30' }), T0, T0, true)).to.equal(T0 - 30_000);
    expect(bornAt(fields({ Date: dateAt(100) }), T0, T0, true)).to.equal(T0);
    expect(bornAt(fields({ Date: 'yesterday' }), T0, T0, true)).to.equal(T0);
  });
});

describe('ageSeconds', () => {
  it('is whole seconds since birth, never negative', () => {
    expect(ageSeconds({ bornAt: T0 }, T0 + 2999)).to.equal(2);
    expect(ageSeconds({ bornAt: T0 }, T0 - 5000)).to.equal(0);
  });
});
