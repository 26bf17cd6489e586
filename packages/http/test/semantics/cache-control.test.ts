import { expect } from 'chai';
import fc from 'fast-check';

import { HeaderFields } from '#src/message/headers.js';
import {
  MAX_DELTA_SECONDS,
  NO_REQUEST_DIRECTIVES,
  NO_RESPONSE_DIRECTIVES,
  parseDeltaSeconds,
  parseRequestDirectives,
  parseResponseDirectives,
  requestDirectives,
  scanDirectives,
} from '#src/semantics/cache-control.js';

function scan(value: string): [name: string, argument: string | undefined, isMalformed: boolean][] {
  const found: [string, string | undefined, boolean][] = [];
  scanDirectives(value, (...member) => found.push(member));
  return found;
}

describe('scanDirectives', () => {
  it('reads names without regard to case, with token, quoted or no argument', () => {
    expect(scan('No-Store, MAX-age=60 ,\tx="a b"')).to.deep.equal([
      ['no-store', undefined, false],
      ['max-age', '60', false],
      ['x', 'a b', false],
    ]);
  });

  it('leaves a comma inside quotes to the string', () => {
    expect(scan('ext="max-age=3600, no-store", max-age=1')).to.deep.equal([
      ['ext', 'max-age=3600, no-store', false],
      ['max-age', '1', false],
    ]);
    expect(scan('ext="a\\", max-age=9", b')).to.deep.equal([
      ['ext', 'a", max-age=9', false],
      ['b', undefined, false],
    ]);
  });

  it('calls white space around the equals sign malformed', () => {
    expect(scan('max-age =60')).to.deep.equal([['max-age', '60', true]]);
    expect(scan('max-age= 60')).to.deep.equal([['max-age', ' 60', true]]);
    expect(scan('max-age= "60"')[0]?.[2]).to.equal(true);
  });

  it('calls what follows a quoted argument malformed', () => {
    expect(scan('a="b"c, d')).to.deep.equal([
      ['a', 'b', true],
      ['d', undefined, false],
    ]);
  });

  it('sees restrictions behind a quote that is never closed, and marks all of it malformed', () => {
    expect(scan('a="b, private, max-age=60')).to.deep.equal([
      ['a', '"b', true],
      ['private', undefined, true],
      ['max-age', '60', true],
    ]);
  });

  it('takes a quote elsewhere than behind the equals sign as an ordinary, wrong character', () => {
    expect(scan('x"y, no-store, z"')).to.deep.equal([
      ['x"y', undefined, true],
      ['no-store', undefined, false],
      ['z"', undefined, true],
    ]);
  });

  it('skips empty members', () => {
    expect(scan(', ,a,, ,')).to.deep.equal([['a', undefined, false]]);
    expect(scan('')).to.deep.equal([]);
  });

  it('finds every directive that was written, and none that was not', () => {
    const token = fc.stringMatching(/^[a-z][a-z-]{0,8}$/);
    const quoted = fc.string({ unit: fc.constantFrom('a', ',', '=', ' ', '"', '\\', 'max-age=1') });
    const member = fc.tuple(token, fc.option(fc.oneof(token, quoted), { nil: undefined }));
    const write = ([name, argument]: readonly [string, string | undefined]): string => {
      if (argument === undefined) return name;
      return /^[a-z-]+$/.test(argument) ? `${name}=${argument}` : `${name}="${argument.replace(/["\\]/g, '\\$&')}"`;
    };
    fc.assert(
      fc.property(fc.array(member), (members) => {
        expect(scan(members.map(write).join(' , '))).to.deep.equal(
          members.map(([name, argument]) => [name, argument, false]),
        );
      }),
    );
  });
});

describe('parseDeltaSeconds', () => {
  it('takes digits only', () => {
    expect(parseDeltaSeconds('0')).to.equal(0);
    expect(parseDeltaSeconds('003600')).to.equal(3600);
    for (const text of ['', '-1', '+1', '1.0', '1e3', '0x10', '1 ', "'1'", '1a', 'a1', '\u0661']) {
      expect(parseDeltaSeconds(text), text).to.equal(undefined);
    }
  });

  it('saturates at 2^31 however long the number is', () => {
    expect(parseDeltaSeconds('2147483647')).to.equal(2147483647);
    expect(parseDeltaSeconds('2147483648')).to.equal(MAX_DELTA_SECONDS);
    expect(parseDeltaSeconds('99999999999')).to.equal(MAX_DELTA_SECONDS);
    expect(parseDeltaSeconds('9'.repeat(10_000))).to.equal(MAX_DELTA_SECONDS);
  });
});

describe('parseResponseDirectives', () => {
  it('reads every directive it knows', () => {
    const value =
      'max-age=1, s-maxage=2, stale-while-revalidate=3, stale-if-error=4, no-store, no-cache, private, public, ' +
      'must-revalidate, proxy-revalidate, must-understand, no-transform, immutable';
    expect(parseResponseDirectives(value)).to.deep.equal({
      maxAge: 1,
      sMaxage: 2,
      staleWhileRevalidate: 3,
      staleIfError: 4,
      noStore: true,
      noCache: true,
      noCacheFields: [],
      private: true,
      public: true,
      mustRevalidate: true,
      proxyRevalidate: true,
      mustUnderstand: true,
      noTransform: true,
      immutable: true,
    });
  });

  it('finds nothing set in a value without directives', () => {
    expect(parseResponseDirectives('')).to.deep.equal(NO_RESPONSE_DIRECTIVES);
    for (const [name, value] of Object.entries({ ...NO_RESPONSE_DIRECTIVES, ...NO_REQUEST_DIRECTIVES })) {
      expect(value === undefined || value === false || name === 'noCacheFields', name).to.equal(true);
    }
    expect(NO_RESPONSE_DIRECTIVES.noCacheFields).to.deep.equal([]);
  });

  it('takes an invalid lifetime for 0, that is stale', () => {
    for (const value of ['a60', '60a', '60.0', '60.5', '-60', "'60'", '', '"6 0"', '6 0']) {
      expect(parseResponseDirectives(`max-age=${value}`).maxAge, value).to.equal(0);
    }
    for (const value of ['max-age', 'max-age =60', 'max-age= 60', 'x="y, max-age=60']) {
      expect(parseResponseDirectives(value).maxAge, value).to.equal(0);
    }
  });

  it('accepts a quoted number', () => {
    expect(parseResponseDirectives('max-age="60"').maxAge).to.equal(60);
  });

  it('lets the first of repeated directives count, valid or not', () => {
    expect(parseResponseDirectives('max-age=1, max-age=1800').maxAge).to.equal(1);
    expect(parseResponseDirectives('max-age=1800, max-age=1').maxAge).to.equal(1800);
    expect(parseResponseDirectives('max-age=x, max-age=1800').maxAge).to.equal(0);
  });

  it('takes no-cache with field names as a restriction of these fields, in token and quoted form', () => {
    const found = parseResponseDirectives('no-cache="A, b", no-cache=C');
    expect(found.noCache).to.equal(false);
    expect(found.noCacheFields).to.deep.equal(['a', 'b', 'c']);
  });

  it('takes no-cache with an argument that names no fields as a restriction of the whole response', () => {
    for (const value of ['no-cache=""', 'no-cache="a', 'no-cache= "a"', 'no-cache="a b"', 'no-cache="@"']) {
      expect(parseResponseDirectives(value).noCache, value).to.equal(true);
    }
  });

  it('takes private with field names as private', () => {
    expect(parseResponseDirectives('private="set-cookie"').private).to.equal(true);
  });

  it('takes directives without arguments for set even when they have one', () => {
    expect(parseResponseDirectives('no-store=1, PRIVATE="x').noStore).to.equal(true);
    expect(parseResponseDirectives('no-store=1, PRIVATE="x').private).to.equal(true);
  });

  it('never throws, and answers with numbers in range', () => {
    const pieces = fc.constantFrom('max-age', 's-maxage', 'no-cache', '=', '"', ',', ' ', '60', '\\', '-', 'é', '\0');
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(pieces, { maxLength: 30 }).map((all) => all.join('')),
        ),
        (value) => {
          const { maxAge, sMaxage } = parseResponseDirectives(value);
          for (const number of [maxAge, sMaxage]) {
            expect(number === undefined || (number >= 0 && number <= MAX_DELTA_SECONDS)).to.equal(true);
          }
          parseRequestDirectives(value);
        },
      ),
    );
  });
});

describe('requestDirectives', () => {
  const of = (headers: Record<string, string>) => requestDirectives(HeaderFields.fromObject(headers));

  it('reads every directive it knows', () => {
    expect(
      of({
        'Cache-Control':
          'max-age=1, max-stale=2, min-fresh=3, stale-if-error=4, no-cache, no-store, no-transform, only-if-cached',
      }),
    ).to.deep.equal({
      maxAge: 1,
      maxStale: 2,
      minFresh: 3,
      staleIfError: 4,
      noCache: true,
      noStore: true,
      noTransform: true,
      onlyIfCached: true,
    });
  });

  it('takes max-stale without argument for any staleness, and with an invalid one for none', () => {
    expect(of({ 'cache-control': 'max-stale' }).maxStale).to.equal(Infinity);
    expect(of({ 'cache-control': 'max-stale=x' }).maxStale).to.equal(0);
    expect(of({ 'cache-control': 'x="y, max-stale' }).maxStale).to.equal(0);
  });

  it('takes an invalid max-age for 0', () => {
    expect(of({ 'cache-control': 'max-age=x' }).maxAge).to.equal(0);
  });

  it('reads Pragma only without Cache-Control, and only no-cache', () => {
    expect(of({ pragma: 'no-cache' }).noCache).to.equal(true);
    expect(of({ pragma: 'x=y, No-Cache' }).noCache).to.equal(true);
    expect(of({ pragma: 'max-age=0' })).to.equal(NO_REQUEST_DIRECTIVES);
    expect(of({ pragma: 'no-cache', 'cache-control': 'x' }).noCache).to.equal(false);
  });

  it('gives the one empty record to a request that says nothing', () => {
    expect(of({})).to.equal(NO_REQUEST_DIRECTIVES);
  });
});
