import { expect } from 'chai';
import fc from 'fast-check';

import { HeaderFields, type HeaderFieldsInit } from '#src/message/headers.js';
import {
  areSameRepresentation,
  chooseRanges,
  combineRanges,
  isComplete,
  MAX_RANGES,
  parseContentRange,
  parseRanges,
  rangeLength,
  rangesWithin,
  renderContentRange,
  renderUnsatisfiedRange,
  type ByteRange,
} from '#src/semantics/ranges.js';
import { dateAt, T0 } from './make-facts.js';

const fields = (init: HeaderFieldsInit): HeaderFields => HeaderFields.fromObject(init);

/** The parts as `first-last`, or the word. */
function choose(range: string | undefined, length = 10): string {
  const choice = chooseRanges(range, length);
  return typeof choice === 'string' ? choice : choice.map(({ first, last }) => `${first}-${last}`).join(' ');
}

describe('chooseRanges', () => {
  it('reads first and last, open ends, and suffixes', () => {
    expect(choose('bytes=0-1')).to.equal('0-1');
    expect(choose('bytes=1-')).to.equal('1-9');
    expect(choose('bytes=-1')).to.equal('9-9');
    expect(choose('bytes=0-')).to.equal('0-9');
    expect(choose('BYTES=0-0')).to.equal('0-0');
    expect(choose('bytes= 0-1 , 4-5')).to.equal('0-1 4-5');
  });

  it('cuts at the end of the representation', () => {
    expect(choose('bytes=5-100')).to.equal('5-9');
    expect(choose('bytes=-100')).to.equal('0-9');
    expect(choose('bytes=9-999999999999999')).to.equal('9-9');
  });

  it('keeps the order asked for and drops what lies outside', () => {
    expect(choose('bytes=8-9,0-1')).to.equal('8-9 0-1');
    expect(choose('bytes=0-1,20-30')).to.equal('0-1');
  });

  it('finds unsatisfiable what lies outside wholly', () => {
    for (const range of ['bytes=10-', 'bytes=10-20', 'bytes=-0', 'bytes=20-30,40-'])
      expect(choose(range), range).to.equal('unsatisfiable');
    expect(choose('bytes=0-', 0)).to.equal('unsatisfiable');
    expect(choose('bytes=-0', 0)).to.equal('unsatisfiable');
  });

  it('answers whole what it cannot read exactly', () => {
    for (const range of [
      undefined,
      '',
      'bytes',
      'bytes=',
      'bytes=,',
      'lines=0-1',
      'bytes=a-b',
      'bytes=1',
      'bytes=-',
      'bytes=2-1',
      'bytes=0-1,x',
      'bytes=+1-2',
      'bytes=0 - 1',
      'bytes=0-1-2',
      'bytes=--1',
      'bytes=1.0-2',
      'bytes=0-99999999999999999999',
      'bytes=99999999999999999999-',
      'bytes =0-1',
      'bytes=0x0-1',
    ]) {
      expect(choose(range), range).to.equal('whole');
    }
    expect(choose('bytes=-5', 0)).to.equal('whole');
  });

  it('answers whole what is too many or too greedy', () => {
    const many = (count: number): string =>
      `bytes=${Array.from({ length: count }, (_, at) => `${at * 2}-${at * 2}`).join(',')}`;
    expect(choose(many(MAX_RANGES), 100)).to.not.equal('whole');
    expect(choose(many(MAX_RANGES + 1), 100)).to.equal('whole');
    expect(choose('bytes=0-,0-')).to.equal('whole');
    expect(choose('bytes=0-1,1-2,2-3')).to.equal('whole');
    expect(choose('bytes=0-4,2-6')).to.equal('0-4 2-6');
  });

  it('answers any range with parts of the representation, never more bytes than it has', () => {
    const number = fc.oneof(fc.nat(30).map(String), fc.constantFrom('', 'x', '9999999999999999', '-1'));
    const member = fc.tuple(number, number).map(([first, last]) => `${first}-${last}`);
    const range = fc.array(member, { maxLength: 5 }).map((members) => `bytes=${members.join(',')}`);
    fc.assert(
      fc.property(fc.oneof(range, fc.string()), fc.nat(20), (value, length) => {
        const choice = chooseRanges(value, length);
        if (typeof choice === 'string') return;
        expect(choice.length).to.be.above(0);
        for (const part of choice)
          expect(part.first >= 0 && part.first <= part.last && part.last < length).to.equal(true);
        expect(choice.reduce((sum, part) => sum + rangeLength(part), 0)).to.be.at.most(length);
      }),
    );
  });

  it('gives the bytes a slice of the content would give', () => {
    const content = '0123456789';
    fc.assert(
      fc.property(fc.nat(12), fc.nat(12), (first, last) => {
        const choice = chooseRanges(`bytes=${first}-${last}`, content.length);
        if (last < first) expect(choice).to.equal('whole');
        else if (first >= content.length) expect(choice).to.equal('unsatisfiable');
        else {
          const [part] = choice as readonly ByteRange[];
          expect(content.slice(part?.first, (part?.last ?? 0) + 1)).to.equal(content.slice(first, last + 1));
        }
      }),
    );
  });
});

describe('parseContentRange', () => {
  const parse = (...lines: string[]) => parseContentRange(fields({ 'Content-Range': lines }));

  it('reads place and length, known or not', () => {
    expect(parse('bytes 4-9/10')).to.deep.equal({ first: 4, last: 9, completeLength: 10 });
    expect(parse('Bytes 0-4/*')).to.deep.equal({ first: 0, last: 4, completeLength: undefined });
  });

  it('reads nothing else', () => {
    for (const value of [
      'bytes */10',
      'bytes 4-9',
      'bytes 9-4/10',
      'bytes 0-10/10',
      'bytes=0-4/10',
      'lines 0-4/10',
      'bytes 0-/10',
      'bytes -4/10',
      '',
      'bytes 0-4/x',
      'bytes 0-4/',
      'bytes 0-4/99999999999999999999',
    ]) {
      expect(parse(value), value).to.equal(undefined);
    }
    expect(parse('bytes 0-4/10', 'bytes 0-4/10')).to.equal(undefined);
    expect(parse()).to.equal(undefined);
  });

  it('reads what is written', () => {
    fc.assert(
      fc.property(fc.nat(), fc.nat(), fc.nat(), (first, more, rest) => {
        const part = { first, last: first + more };
        const completeLength = part.last + 1 + rest;
        expect(parse(renderContentRange(part, completeLength))).to.deep.equal({ ...part, completeLength });
      }),
    );
    fc.assert(fc.property(fc.string(), (value) => void parse(value)));
    expect(renderUnsatisfiedRange(10)).to.equal('bytes */10');
  });
});

describe('rangesWithin', () => {
  const stored = { first: 4, last: 8, completeLength: 10 };

  it('answers what lies wholly inside a stored part', () => {
    expect(rangesWithin('bytes=6-8', stored)).to.deep.equal([{ first: 6, last: 8 }]);
    expect(rangesWithin('bytes=4-8', stored)).to.deep.equal([{ first: 4, last: 8 }]);
    expect(rangesWithin('bytes=-5', { ...stored, first: 5, last: 9 })).to.deep.equal([{ first: 5, last: 9 }]);
    expect(rangesWithin('bytes=6-', { ...stored, last: 9 })).to.deep.equal([{ first: 6, last: 9 }]);
  });

  it('answers nothing that reaches outside, or cannot be read', () => {
    for (const range of ['bytes=3-5', 'bytes=6-9', 'bytes=6-', 'bytes=-1', 'bytes=10-', 'bytes=4-5,0-1', 'x=1-2', '']) {
      expect(rangesWithin(range, stored), range).to.equal(undefined);
    }
  });

  it('answers exact ranges only where the complete length is unknown', () => {
    const unknown = { first: 0, last: 8, completeLength: undefined };
    expect(rangesWithin('bytes=1-2', unknown)).to.deep.equal([{ first: 1, last: 2 }]);
    for (const range of ['bytes=1-', 'bytes=-1']) expect(rangesWithin(range, unknown), range).to.equal(undefined);
  });
});

describe('combining parts', () => {
  const part = (first: number, last: number, completeLength = 10) => ({
    first,
    last,
    completeLength,
  });

  it('is allowed under one strong validator only', () => {
    const same = (one: HeaderFieldsInit, other: HeaderFieldsInit) =>
      areSameRepresentation(fields(one), fields(other), T0);
    expect(same({ ETag: '"a"' }, { ETag: '"a"' })).to.equal(true);
    expect(same({ ETag: '"a"' }, { ETag: '"b"' })).to.equal(false);
    expect(same({ ETag: 'W/"a"' }, { ETag: 'W/"a"' })).to.equal(false);
    expect(same({}, {})).to.equal(false);
    const strong = { 'Last-Modified': dateAt(-60), Date: dateAt(0) };
    expect(same(strong, strong)).to.equal(true);
    expect(same({ ...strong, ETag: '"a"' }, strong)).to.equal(false);
    expect(
      same({ 'Last-Modified': dateAt(0), Date: dateAt(0) }, { 'Last-Modified': dateAt(0), Date: dateAt(0) }),
    ).to.equal(false);
  });

  it('joins what overlaps or adjoins', () => {
    expect(combineRanges(part(0, 4), part(5, 9))).to.deep.equal(part(0, 9));
    expect(combineRanges(part(5, 9), part(0, 4))).to.deep.equal(part(0, 9));
    expect(combineRanges(part(0, 6), part(3, 9))).to.deep.equal(part(0, 9));
    expect(combineRanges(part(0, 9), part(3, 4))).to.deep.equal(part(0, 9));
    const unknown = { first: 0, last: 4, completeLength: undefined };
    expect(combineRanges(unknown, part(5, 9))).to.deep.equal(part(0, 9));
    expect(combineRanges(part(5, 9), unknown)).to.deep.equal(part(0, 9));
  });

  it('does not join over a gap, or parts of different wholes', () => {
    expect(combineRanges(part(0, 3), part(5, 9))).to.equal(undefined);
    expect(combineRanges(part(5, 9), part(0, 3))).to.equal(undefined);
    expect(combineRanges(part(0, 4, 10), part(5, 9, 11))).to.equal(undefined);
  });

  it('knows when a part has become the whole', () => {
    expect(isComplete(part(0, 9))).to.equal(true);
    expect(isComplete(part(0, 8))).to.equal(false);
    expect(isComplete(part(1, 9))).to.equal(false);
    expect(isComplete({ first: 0, last: 9, completeLength: undefined })).to.equal(false);
  });
});

describe('parseRanges', () => {
  it('gives the ranges as asked for', () => {
    expect(parseRanges('bytes=0-1,2-,-3')).to.deep.equal([
      { first: 0, last: 1 },
      { first: 2, last: undefined },
      { first: undefined, last: 3 },
    ]);
  });
});
