import { expect } from 'chai';
import fc from 'fast-check';

import { isKey, isToken, parseDictionary, parseItem, parseList, renderString } from '#src/message/structured-fields.js';

describe('structured fields', () => {
  it('gives a dictionary by key', () => {
    const found = parseDictionary('max-age=60, no-store, x="y"');
    expect([...(found ?? [])].map(([key, member]) => [key, member[0]])).to.deep.equal([
      ['max-age', 60],
      ['no-store', true],
      ['x', 'y'],
    ]);
  });

  it('gives undefined for what is not a dictionary, a list or an item', () => {
    for (const value of ['max-age=60, &&&', 'MAX-AGE=1', 'a=', 'a, ', 'a =1'])
      expect(parseDictionary(value), value).to.equal(undefined);
    for (const value of ['"a', '"a" "b"', '("a"', '"é"']) expect(parseList(value), value).to.equal(undefined);
    expect(parseItem('1 2')).to.equal(undefined);
  });

  it('tells a token from a string', () => {
    const [token, string] = parseList('a, "a"') ?? [];
    expect(isToken(token?.[0])).to.equal(true);
    expect(isToken(string?.[0])).to.equal(false);
  });

  it('takes an empty value as an empty list or dictionary', () => {
    expect(parseDictionary('')?.size).to.equal(0);
    expect(parseList('')).to.deep.equal([]);
  });

  it('writes any text as a string that reads back', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.nat(0x17f).map((code) => String.fromCharCode(code)) }), (text) => {
        const item = parseItem(renderString(text));
        expect(item?.[0]).to.equal([...text].map((at) => (at >= ' ' && at <= '~' ? at : '?')).join(''));
      }),
    );
  });

  it('knows which keys there can be', () => {
    expect(isKey('max-age')).to.equal(true);
    expect(isKey('Max')).to.equal(false);
    expect(isKey('')).to.equal(false);
  });

  it('never throws', () => {
    const pieces = fc.array(
      fc.constantFrom('a', '=', '"', ',', ' ', ';', '(', ')', ':', '?1', '@1', '%"', '1.5', '\\', 'é'),
      { maxLength: 30 },
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          pieces.map((all) => all.join('')),
        ),
        (value) => {
          parseDictionary(value);
          parseList(value);
          parseItem(value);
        },
      ),
    );
  });
});
