import { expect } from 'chai';
import fc from 'fast-check';

import { HeaderFields } from '#src/message/headers.js';
import {
  canonicalQuery,
  isSameSearch,
  parseNoVarySearch,
  splitTarget,
  type NoVarySearch,
} from '#src/semantics/no-vary-search.js';

const parse = (value: string | undefined) => parseNoVarySearch(HeaderFields.fromObject({ 'No-Vary-Search': value }));
const same = (value: string, one: string, other: string) => isSameSearch(one, other, parse(value) as NoVarySearch);

describe('parseNoVarySearch', () => {
  it('is undefined when absent, void, or without effect', () => {
    for (const value of [
      undefined,
      '',
      'key-order=?0',
      'params=?0',
      'params=()',
      'foo',
      'key-order=1',
      'params="a"',
      'params=(a)',
      'params=(1)',
      'except=("a")',
      'params=("a"), except=("b")',
      'params, except="a"',
      'params, except',
      'params,',
    ]) {
      expect(parse(value), value).to.equal(undefined);
    }
  });

  it('never throws', () => {
    fc.assert(fc.property(fc.string(), (value) => void parse(value)));
  });
});

describe('isSameSearch', () => {
  it('ignores the order of parameters by key-order', () => {
    expect(same('key-order', '/?a=1&b=2', '/?b=2&a=1')).to.equal(true);
    expect(same('key-order', '/?a=1&a=2', '/?a=2&a=1')).to.equal(false);
    expect(same('key-order', '/?a=1', '/?a=2')).to.equal(false);
  });

  it('ignores the parameters that are listed, or all but those excepted', () => {
    expect(same('params=("utm")', '/?a=1&utm=x', '/?a=1')).to.equal(true);
    expect(same('params=("utm")', '/?a=1&utm=x', '/?a=2')).to.equal(false);
    expect(same('params=("utm")', '/?a=1&b=2', '/?b=2&a=1')).to.equal(false);
    expect(same('params', '/?a=1&utm=x', '/')).to.equal(true);
    expect(same('params, except=("id")', '/?id=1&x=2', '/?y=3&id=1')).to.equal(true);
    expect(same('params, except=("id")', '/?id=1', '/?id=2')).to.equal(false);
  });

  it('compares paths letter for letter', () => {
    expect(same('params', '/a?x', '/b?x')).to.equal(false);
    expect(same('params', '/a?x', '/%61?x')).to.equal(false);
  });

  it('compares names decoded', () => {
    expect(same('params=("a%20b")', '/?a+b=1', '/')).to.equal(true);
    expect(same('params=("a+b")', '/?a%20b=1', '/')).to.equal(true);
    expect(same('params=("%C3%A9")', '/?%c3%a9=1', '/')).to.equal(true);
    expect(same('params=("a&b")', '/?a%26b=1', '/')).to.equal(true);
    expect(same('params=("a&b")', '/?a=1', '/')).to.equal(false);
    expect(same('params=("a=b")', '/?a%3Db=1', '/')).to.equal(true);
    expect(same('params=("")', '/?=1', '/')).to.equal(true);
  });

  it('is an equivalence: what is canonical stays as it is', () => {
    const rules = parse('key-order, params=("b")') as NoVarySearch;
    const query = fc
      .array(fc.tuple(fc.constantFrom('a', 'b', 'c', 'é'), fc.string({ maxLength: 3 })))
      .map((all) => new URLSearchParams(all).toString());
    fc.assert(
      fc.property(query, (text) => {
        const canonical = canonicalQuery(text, rules);
        expect(canonicalQuery(canonical, rules)).to.equal(canonical);
      }),
    );
  });
});

describe('splitTarget', () => {
  it('splits at the first question mark', () => {
    expect(splitTarget('/a?b?c')).to.deep.equal({ path: '/a', query: 'b?c' });
    expect(splitTarget('/a')).to.deep.equal({ path: '/a', query: '' });
  });
});
