import { expect } from 'chai';
import fc from 'fast-check';

import { HeaderFields, type HeaderFieldsInit } from '#src/message/headers.js';
import { matchesVary, nominatedFields, normaliseField, variantKey } from '#src/semantics/vary.js';

const fields = (init: HeaderFieldsInit): HeaderFields => HeaderFields.fromObject(init);

/** Both ways of asking must agree. */
function matches(names: readonly string[], one: HeaderFieldsInit, other: HeaderFieldsInit): boolean {
  const byKey = variantKey(names, fields(one)) === variantKey(names, fields(other));
  expect(matchesVary(names, fields(one), fields(other))).to.equal(byKey);
  return byKey;
}

describe('nominatedFields', () => {
  const of = (...lines: string[]) => nominatedFields(fields({ Vary: lines }));

  it('lists names of all lines, lower-case, sorted, each once', () => {
    expect(of('Foo, accept', 'FOO,Bar')).to.deep.equal(['accept', 'bar', 'foo']);
    expect(of()).to.deep.equal([]);
    expect(of('')).to.deep.equal([]);
  });

  it('is a star when any member of any line is one', () => {
    for (const lines of [['*'], ['*, *'], ['*', '*'], [', *'], ['', '*'], ['*, Foo'], ['Foo, *'], ['Foo', '*']]) {
      expect(of(...lines), lines.join('|')).to.equal('*');
    }
  });
});

describe('variantKey', () => {
  it('tells different values apart', () => {
    expect(matches(['foo'], { Foo: '1' }, { Foo: '1' })).to.equal(true);
    expect(matches(['foo'], { Foo: '1' }, { Foo: '2' })).to.equal(false);
    expect(matches(['bar', 'foo'], { Foo: '1', Bar: 'a' }, { Foo: '1', Bar: 'ab' })).to.equal(false);
  });

  it('lets an absent field match absence only', () => {
    expect(matches(['foo'], {}, {})).to.equal(true);
    expect(matches(['foo'], {}, { Foo: '' })).to.equal(false);
    expect(matches(['foo'], { Foo: '1' }, {})).to.equal(false);
    expect(matches(['bar', 'foo'], { Foo: '1' }, { Foo: '1' })).to.equal(true);
  });

  it('does not mind fields that are not nominated', () => {
    expect(matches(['foo'], { Foo: '1', Other: '2' }, { Foo: '1', Other: '3' })).to.equal(true);
  });

  it('combines lines and drops optional white space', () => {
    expect(matches(['foo'], { Foo: '1, 2' }, { Foo: ['1', '2'] })).to.equal(true);
    expect(matches(['foo'], { Foo: '1,2' }, { Foo: ' 1, 2 ' })).to.equal(true);
  });

  it('keeps order, letter case and quoted white space of unknown fields', () => {
    expect(matches(['foo'], { Foo: '1, 2' }, { Foo: '2, 1' })).to.equal(false);
    expect(matches(['foo'], { Foo: 'a' }, { Foo: 'A' })).to.equal(false);
    expect(matches(['foo'], { Foo: '"a, b"' }, { Foo: '"a,b"' })).to.equal(false);
  });

  it('only trims what is no list', () => {
    expect(matches(['user-agent'], { 'User-Agent': 'a,b' }, { 'User-Agent': 'a, b' })).to.equal(false);
    expect(matches(['cookie'], { Cookie: 'a=1,2' }, { Cookie: 'a=1, 2' })).to.equal(false);
    expect(matches(['cookie'], { Cookie: ' a=1' }, { Cookie: 'a=1' })).to.equal(true);
  });

  it('ignores order, letter case, white space and weights of 1 in Accept-Encoding', () => {
    const same = [
      'gzip, br',
      'br,gzip',
      'GZIP ,\tBR',
      'gzip;q=1, br;q=1.000',
      'x-gzip, br',
      'br, gzip, br',
      'gzip ; Q=1.0 , br',
    ];
    for (const value of same) {
      expect(
        matches(['accept-encoding'], { 'Accept-Encoding': 'gzip, br' }, { 'Accept-Encoding': value }),
        value,
      ).to.equal(true);
    }
    for (const value of ['gzip', 'gzip, br;q=0.5', 'gzip, br;q=0', '', '*', 'gzip, br, deflate']) {
      expect(
        matches(['accept-encoding'], { 'Accept-Encoding': 'gzip, br' }, { 'Accept-Encoding': value }),
        value,
      ).to.equal(false);
    }
    expect(
      matches(['accept-encoding'], { 'Accept-Encoding': 'br;q=0.50' }, { 'Accept-Encoding': 'br;q=0.5' }),
    ).to.equal(true);
    expect(
      matches(['accept-encoding'], { 'Accept-Encoding': 'br;q=0.5' }, { 'Accept-Encoding': 'br;q=0.05' }),
    ).to.equal(false);
    expect(matches(['accept-encoding'], { 'Accept-Encoding': 'br;q=2' }, { 'Accept-Encoding': 'br' })).to.equal(false);
  });

  it('ignores order, letter case and white space in Accept-Language', () => {
    for (const value of ['de, en', 'eN, De', ' en ,   de']) {
      expect(
        matches(['accept-language'], { 'Accept-Language': 'en, de' }, { 'Accept-Language': value }),
        value,
      ).to.equal(true);
    }
    expect(
      matches(['accept-language'], { 'Accept-Language': 'en, de' }, { 'Accept-Language': 'en, de;q=0.9' }),
    ).to.equal(false);
    expect(matches(['accept-language'], { 'Accept-Language': 'en' }, { 'Accept-Language': 'en-GB' })).to.equal(false);
  });

  it('keeps the letter case of parameter values in Accept', () => {
    expect(matches(['accept'], { Accept: 'text/HTML;Level=1' }, { Accept: 'TEXT/html;level=1' })).to.equal(true);
    expect(matches(['accept'], { Accept: 'text/html;a=B' }, { Accept: 'text/html;a=b' })).to.equal(false);
    expect(matches(['accept'], { Accept: 'a/b;c="x, y"' }, { Accept: 'a/b;c="x", y' })).to.equal(false);
  });

  it('says the same of a value it has met before, whatever it met since', () => {
    const first = normaliseField('accept-encoding', ['gzip , BR']);
    expect(first).to.equal('br,gzip');
    for (let at = 0; at < 1000; at++) {
      expect(normaliseField('accept-encoding', [`x${at}, GZIP`])).to.equal(`gzip,x${at}`);
      expect(normaliseField('accept-language', ['gzip , BR']), 'another field').to.equal('br,gzip');
      expect(normaliseField('accept-encoding', ['gzip , BR'])).to.equal(first);
    }
    expect(normaliseField('accept-encoding', ['x-gzip'])).to.equal('gzip');
    expect(normaliseField('accept-language', ['x-gzip'])).to.equal('x-gzip');
    expect(normaliseField('accept-encoding', ['gzip', 'BR'])).to.equal(first);
  });

  it('cannot be made equal by values that imitate its own form', () => {
    expect(matches(['a', 'b'], { a: '1\nb=2' }, { a: '1', b: '2' })).to.equal(false);
  });

  it('is one-to-one with what is normalised, for any values without line feeds', () => {
    const value = fc.option(
      fc.string().map((text) => text.replaceAll('\n', ' ')),
      { nil: undefined },
    );
    const request = fc.record({ a: value, b: value });
    fc.assert(fc.property(request, request, (one, other) => void matches(['a', 'b'], one, other)));
  });

  it('leaves malformed members as they are, so that they equal nothing well-formed', () => {
    for (const value of [';gzip', 'gzip;', 'gzip;q =1', 'gzip;=', '"gzip"', 'gzip gzip', 'gzip;q="1', 'gzip\\']) {
      const isSame = matches(['accept-encoding'], { 'Accept-Encoding': 'gzip' }, { 'Accept-Encoding': value });
      // RFC 9110 5.6.6 allows an empty parameter.
      expect(isSame, value).to.equal(value === 'gzip;');
    }
    for (const value of ['gzip;q =1', 'gzip;q=1 2', 'gzip;q="1']) {
      const isSame = matches(
        ['accept-encoding'],
        { 'Accept-Encoding': value.toUpperCase() },
        { 'Accept-Encoding': value },
      );
      expect(isSame, value).to.equal(false);
    }
  });

  it('never throws, and finds nothing more to normalise, whatever the field', () => {
    const pieces = fc.array(fc.constantFrom('a', ',', ';', '=', 'q', '"', ' ', '*', '0.5', '/', '\\'), {
      maxLength: 30,
    });
    const name = fc.constantFrom('accept', 'accept-encoding', 'accept-language', 'cookie', 'foo');
    fc.assert(
      fc.property(
        name,
        pieces.map((all) => all.join('')),
        (field, value) => {
          const normal = normaliseField(field, [value]);
          expect(normaliseField(field, [normal])).to.equal(normal);
        },
      ),
    );
  });
});
