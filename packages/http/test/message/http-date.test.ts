import { expect } from 'chai';
import fc from 'fast-check';

import { formatHttpDate, parseHttpDate } from '#src/message/http-date.js';

const now = Date.UTC(2026, 10, 20);
const parse = (value: string): number | undefined => parseHttpDate(value, now);

describe('parseHttpDate', () => {
  const instant = Date.UTC(1994, 10, 6, 8, 49, 37);

  it('reads the three forms of RFC 9110', () => {
    expect(parse('Sun, 06 Nov 1994 08:49:37 GMT')).to.equal(instant);
    expect(parse('Sunday, 06-Nov-94 08:49:37 GMT')).to.equal(instant);
    expect(parse('Sun Nov  6 08:49:37 1994')).to.equal(instant);
    expect(parse('Wed Nov 16 08:49:37 1994')).to.equal(Date.UTC(1994, 10, 16, 8, 49, 37));
  });

  it('does not mind letter case', () => {
    expect(parse('SUN, 06 nov 1994 08:49:37 gMT')).to.equal(instant);
    expect(parse('sunday, 06-NOV-94 08:49:37 gmt')).to.equal(instant);
    expect(parse('sUN nOV  6 08:49:37 1994')).to.equal(instant);
  });

  it('reads dates past 2038 and years of the first century', () => {
    expect(parse('Thu, 18 Aug 2050 02:01:18 GMT')).to.equal(Date.UTC(2050, 7, 18, 2, 1, 18));
    expect(parse('Fri, 31 Dec 9999 23:59:59 GMT')).to.equal(Date.UTC(9999, 11, 31, 23, 59, 59));
    expect(new Date(parse('Sat, 01 Jan 0050 00:00:00 GMT') as number).getUTCFullYear()).to.equal(50);
  });

  it('reads a two-digit year as at most 50 years ahead', () => {
    const year = (value: string, at = now): number => new Date(parseHttpDate(value, at) as number).getUTCFullYear();
    expect(year('Friday, 01-May-76 00:00:00 GMT')).to.equal(2076);
    expect(year('Friday, 20-Nov-76 00:00:00 GMT')).to.equal(2076);
    expect(year('Friday, 20-Nov-76 00:00:01 GMT')).to.equal(1976);
    expect(year('Friday, 01-May-77 00:00:00 GMT')).to.equal(1977);
    expect(year('Friday, 01-May-26 00:00:00 GMT')).to.equal(2026);
    expect(year('Friday, 01-Jan-10 00:00:00 GMT', Date.UTC(2070, 0, 1))).to.equal(2110);
    expect(year('Friday, 01-Jan-99 00:00:00 GMT', Date.UTC(2070, 0, 1))).to.equal(2099);
  });

  it('cuts a leap second to the nearest instant that is not later', () => {
    expect(parse('Sat, 31 Dec 2016 23:59:60 GMT')).to.equal(Date.UTC(2016, 11, 31, 23, 59, 59));
  });

  const invalid = [
    ['nothing', ''],
    ['a number', '0'],
    ['minus one', '-1'],
    ['another zone', 'Thu, 18 Aug 2050 02:01:18 UTC'],
    ['an offset', 'Thu, 18 Aug 2050 02:01:18 +0000'],
    ['no zone', 'Thu, 18 Aug 2050 02:01:18'],
    ['a two-digit year in IMF-fixdate', 'Thu, 18 Aug 50 02:01:18 GMT'],
    ['no comma', 'Thu 18 Aug 2050 02:01:18 GMT'],
    ['several spaces', 'Thu, 18  Aug  2050 02:01:18 GMT'],
    ['dashes in IMF-fixdate', 'Thu, 18-Aug-2050 02:01:18 GMT'],
    ['periods in the time', 'Thu, 18 Aug 2050 02.01.18 GMT'],
    ['a one-digit hour', 'Thu, 18 Aug 2050 2:01:18 GMT'],
    ['a one-digit day', 'Thu, 8 Aug 2050 02:01:18 GMT'],
    ['hour 24', 'Thu, 18 Aug 2050 24:00:00 GMT'],
    ['minute 60', 'Thu, 18 Aug 2050 02:60:18 GMT'],
    ['second 61', 'Thu, 18 Aug 2050 02:01:61 GMT'],
    ['30 February', 'Thu, 30 Feb 2050 02:01:18 GMT'],
    ['day 0', 'Thu, 00 Aug 2050 02:01:18 GMT'],
    ['an unknown month', 'Thu, 18 Foo 2050 02:01:18 GMT'],
    ['an unknown weekday', 'Foo, 18 Aug 2050 02:01:18 GMT'],
    ['ISO 8601', '2050-08-18T02:01:18Z'],
    ['two dates', 'Thu, 18 Aug 2050 02:01:18 GMT, Thu, 18 Aug 2050 02:01:18 GMT'],
    ['something behind the date', 'Thu, 18 Aug 2050 02:01:18 GMT '],
    ['non-ASCII digits', 'Thu, 1\u0668 Aug 2050 02:01:18 GMT'],
    ['a short weekday in the RFC 850 form', 'Sun, 06-Nov-94 08:49:37 GMT'],
    ['spaces in the RFC 850 form', 'Sunday, 06 Nov 94 08:49:37 GMT'],
    ['asctime with a zone', 'Sun Nov  6 08:49:37 1994 GMT'],
    ['asctime with a zero in place of the space', 'Sun Nov 06 08:49:37 94'],
  ] as const;
  for (const [what, value] of invalid) {
    it(`finds no date in ${what}`, () => expect(parse(value)).to.equal(undefined));
  }

  it('wants every separator in its place', () => {
    for (const date of [
      'Sun, 06 Nov 1994 08:49:37 GMT',
      'Sunday, 06-Nov-94 08:49:37 GMT',
      'Wednesday, 16-Nov-94 08:49:37 GMT',
      'Sun Nov 16 08:49:37 1994',
    ]) {
      expect(parse(date), date).to.be.a('number');
      for (let at = 0; at < date.length; at++) {
        if (/[A-Za-z0-9]/.test(date.charAt(at))) continue;
        for (const other of ['x', '/', ' ', '-']) {
          if (date.charAt(at) === other) continue;
          const bent = date.slice(0, at) + other + date.slice(at + 1);
          expect(parse(bent), bent).to.equal(undefined);
        }
      }
    }
  });

  it('reads back every second that it writes', () => {
    fc.assert(
      fc.property(fc.integer({ min: -62_167_219_200, max: 253_402_300_799 }), (seconds) => {
        expect(parse(formatHttpDate(seconds * 1000))).to.equal(seconds * 1000);
      }),
    );
  });

  it('never throws, and answers with whole seconds or undefined', () => {
    const shape = fc.constantFrom(
      'Sun, 06 Nov 1994 08:49:37 GMT',
      'Sunday, 06-Nov-94 08:49:37 GMT',
      'Sun Nov  6 08:49:37 1994',
    );
    const bent = fc
      .tuple(shape, fc.nat(30), fc.string({ maxLength: 3 }))
      .map(([text, at, by]) => text.slice(0, at) + by + text.slice(at + by.length));
    fc.assert(
      fc.property(fc.oneof(fc.string(), bent), (value) => {
        const found = parse(value);
        expect(found === undefined || found % 1000 === 0).to.equal(true);
      }),
    );
  });
});

describe('formatHttpDate', () => {
  it('writes IMF-fixdate and cuts to whole seconds', () => {
    expect(formatHttpDate(Date.UTC(1994, 10, 6, 8, 49, 37, 999))).to.equal('Sun, 06 Nov 1994 08:49:37 GMT');
  });

  it('stays within the years that the format has', () => {
    expect(formatHttpDate(8.64e15)).to.equal('Fri, 31 Dec 9999 23:59:59 GMT');
    expect(formatHttpDate(-8.64e15)).to.equal('Sat, 01 Jan 0000 00:00:00 GMT');
    expect(formatHttpDate(Infinity)).to.equal('Fri, 31 Dec 9999 23:59:59 GMT');
  });
});
