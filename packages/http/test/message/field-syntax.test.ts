import { expect } from 'chai';
import fc from 'fast-check';

import {
  closingQuote,
  isToken,
  splitList,
  splitOutsideQuotes,
  trimWhitespace,
  unquote,
} from '#src/message/field-syntax.js';

describe('field syntax', () => {
  it('trims SP and HTAB and nothing else', () => {
    expect(trimWhitespace(' \t a b\t ')).to.equal('a b');
    expect(trimWhitespace('\u00a0a\u00a0')).to.equal('\u00a0a\u00a0');
    expect(trimWhitespace(' \t ')).to.equal('');
  });

  it('splits a list at commas, drops empty members, and leaves quoted strings whole', () => {
    expect(splitList(' a , ,b,"c, d" ,, e="f\\", g"')).to.deep.equal(['a', 'b', '"c, d"', 'e="f\\", g"']);
    expect(splitList('')).to.deep.equal([]);
  });

  it('takes a quote that is never closed as an ordinary character', () => {
    expect(splitList('a="b, c, "d')).to.deep.equal(['a="b, c, "d']);
    expect(splitList('a="b, c, d')).to.deep.equal(['a="b', 'c', 'd']);
  });

  it('splits parameters at semicolons', () => {
    expect(splitOutsideQuotes('text/html;a="x;y" ; q=1', 0x3b)).to.deep.equal(['text/html', 'a="x;y"', 'q=1']);
  });

  it('finds the closing quote and undoes quoted pairs', () => {
    expect(closingQuote('"a\\"b" c', 0)).to.equal(5);
    expect(closingQuote('"a\\"', 0)).to.equal(-1);
    expect(unquote('"a\\"b\\\\"')).to.equal('a"b\\');
  });

  it('knows tokens', () => {
    expect(isToken("!#$%&'*+-.^_`|~09azAZ")).to.equal(true);
    for (const text of ['', 'a b', 'a,', 'a=', 'é', '"a"']) expect(isToken(text), text).to.equal(false);
  });

  it('never throws, and loses only separators and white space', () => {
    const pieces = fc
      .array(fc.constantFrom('a', '"', ',', ' ', '\t', '\\', ';'), { maxLength: 40 })
      .map((all) => all.join(''));
    fc.assert(
      fc.property(pieces, (value) => {
        const strip = (text: string): string => text.replace(/[, \t]/g, '');
        expect(strip(splitList(value).join(''))).to.equal(strip(value));
      }),
    );
  });
});
