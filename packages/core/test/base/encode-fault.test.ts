import { expect } from 'chai';
import {
  descend,
  EncodeFault,
  faultAt,
  indicesOf,
  memberStep,
  refuseExtraMembers,
  refuseSymbolKeys,
  toEncodeError,
} from '#src/base/encode-fault.js';
import { EncodeError } from '#src/base/errors.js';

describe('EncodeFault', () => {
  it('gathers its path from the inside out', () => {
    const fault = faultAt(faultAt(new EncodeFault('it is odd'), '[3]'), '.list');
    const error = toEncodeError('$', fault);
    expect(error).to.be.instanceOf(EncodeError);
    expect(error).to.include({ path: '$.list[3]', message: 'cannot encode $.list[3]: it is odd' });
  });

  it('keeps what a getter threw as the cause', () => {
    const thrown = new TypeError('no such thing');
    const error = toEncodeError('$', faultAt(thrown, '.lazy'));
    expect(error.message).to.equal('cannot encode $.lazy: reading it threw: no such thing');
    expect(error.cause).to.equal(thrown);
  });

  it('cuts the middle out of very long paths', () => {
    let fault = new EncodeFault('it is deep');
    for (let level = 0; level < 500; level++) fault = faultAt(fault, '.a');
    const { path } = toEncodeError('$', fault);
    expect(path).to.equal(`$${'.a'.repeat(10)}.…${'.a'.repeat(10)}`);
  });
});

describe('memberStep', () => {
  it('quotes names that are not identifiers', () => {
    expect(['name', '$set', '_x1', 'größe', 'two words', '1st', '', 'a"b'].map(memberStep)).to.deep.equal([
      '.name',
      '.$set',
      '._x1',
      '.größe',
      '["two words"]',
      '["1st"]',
      '[""]',
      '["a\\"b"]',
    ]);
  });
});

describe('descend', () => {
  it('refuses an object inside itself, and too many levels', () => {
    const [a, b, c] = [{}, {}, {}];
    const ancestors: object[] = [];
    descend(a, ancestors, 2);
    expect(() => descend(a, ancestors, 2)).to.throw(EncodeFault, 'a cycle');
    descend(b, ancestors, 2);
    expect(() => descend(c, ancestors, 2)).to.throw(EncodeFault, 'more than 2 levels');
  });
});

describe('refuseSymbolKeys', () => {
  it('refuses members under symbols that enumerate, and only those', () => {
    refuseSymbolKeys(Object.defineProperty({}, Symbol('hidden'), { value: 1 }));
    expect(() => refuseSymbolKeys({ [Symbol('gt')]: 5 })).to.throw(EncodeFault, 'Symbol(gt)');
  });
});

describe('refuseExtraMembers', () => {
  it('refuses fields and symbols on what has no place for them', () => {
    refuseExtraMembers(new Map([['k', 1]]), 'a Map');
    expect(() => refuseExtraMembers(Object.assign(new Map(), { owner: 1 }), 'a Map')).to.throw(
      EncodeFault,
      'a Map with a member of its own, "owner"',
    );
    expect(() => refuseExtraMembers(Object.assign(new Set(), { [Symbol('s')]: 1 }), 'a Set')).to.throw(
      EncodeFault,
      'Symbol(s)',
    );
  });
});

describe('indicesOf', () => {
  it('tells where in an array there is something', () => {
    expect(indicesOf([])).to.deep.equal([]);
    expect(indicesOf(['a', 'b'])).to.deep.equal(['0', '1']);
    expect(indicesOf(Object.assign([], { length: 3, 1: 'b' }))).to.deep.equal(['1']);
    expect(indicesOf(Object.assign([], { [2 ** 32 - 2]: 1 }))).to.deep.equal(['4294967294']);
  });

  it('refuses names beside the indices', () => {
    for (const name of ['index', '-1', '01', '4294967295']) {
      expect(() => indicesOf(Object.assign([1], { [name]: 1 }))).to.throw(EncodeFault, JSON.stringify(name));
    }
  });
});
