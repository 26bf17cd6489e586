import { expect } from 'chai';
import fc from 'fast-check';

import { HeaderFields, type HeaderFieldsInit } from '#src/message/headers.js';
import {
  allowsRange,
  conditionalFields,
  evaluateConditions,
  hasOriginPreconditions,
  matchesStrongly,
  matchesWeakly,
  notModifiedFields,
  parseEntityTag,
  parseEntityTags,
  strongLastModified,
  validatorsOf,
  type EntityTag,
} from '#src/semantics/validators.js';
import { dateAt, makeRequest, makeStored, T0 } from './make-facts.js';

const fields = (init: HeaderFieldsInit): HeaderFields => HeaderFields.fromObject(init);
const tag = (value: string): EntityTag => parseEntityTag(value) as EntityTag;

describe('entity tags', () => {
  it('are read strong and weak, with any character but quotes, blanks and controls', () => {
    expect(parseEntityTag('"a"')).to.deep.equal({ opaque: '"a"', isWeak: false });
    expect(parseEntityTag('W/"a"')).to.deep.equal({ opaque: '"a"', isWeak: true });
    expect(parseEntityTag('""')).to.deep.equal({ opaque: '""', isWeak: false });
    expect(parseEntityTag('"a,b\\\u00fc"')?.opaque).to.equal('"a,b\\\u00fc"');
  });

  it('are not found in anything else', () => {
    for (const value of ['', 'a', '"a', 'a"', 'w/"a"', 'W\\"a"', 'W"a"', '"a b"', '"a"b', '"a", "b"', '"\x00"', '*']) {
      expect(parseEntityTag(value), value).to.equal(undefined);
    }
  });

  it('compare strongly only when both are strong, weakly always (RFC 9110 8.8.3.2)', () => {
    const table: [string, string, boolean, boolean][] = [
      ['W/"1"', 'W/"1"', false, true],
      ['W/"1"', 'W/"2"', false, false],
      ['W/"1"', '"1"', false, true],
      ['"1"', '"1"', true, true],
    ];
    for (const [one, other, strong, weak] of table) {
      expect(matchesStrongly(tag(one), tag(other)), `${one} ${other}`).to.equal(strong);
      expect(matchesWeakly(tag(one), tag(other)), `${one} ${other}`).to.equal(weak);
    }
  });

  it('are listed with commas inside them, and what is no tag is skipped', () => {
    const opaque = (value: string) => {
      const tags = parseEntityTags(value);
      return tags === '*' ? '*' : tags.map((each) => each.opaque);
    };
    expect(opaque('"a", W/"b,c" ,, x, "d"')).to.deep.equal(['"a"', '"b,c"', '"d"']);
    expect(opaque('*')).to.equal('*');
    expect(opaque(' * ')).to.equal('*');
    expect(opaque('abcdef')).to.deep.equal([]);
    expect(opaque('*x, "a"')).to.deep.equal(['"a"']);
    expect(opaque('"a", *')).to.equal('*');
    expect(opaque('"unclosed, "b"')).to.deep.equal(['"b"']);
    expect(opaque('')).to.deep.equal([]);
  });

  it('read back from any list of them', () => {
    const etag = fc
      .tuple(fc.boolean(), fc.stringMatching(/^[!#-~]*$/))
      .map(([isWeak, text]) => `${isWeak ? 'W/' : ''}"${text}"`);
    fc.assert(
      fc.property(fc.array(etag), (tags) => {
        const found = parseEntityTags(tags.join(', ')) as readonly EntityTag[];
        expect(found.map((each) => `${each.isWeak ? 'W/' : ''}${each.opaque}`)).to.deep.equal(tags);
      }),
    );
    fc.assert(fc.property(fc.string(), (value) => void parseEntityTags(value)));
  });
});

describe('validatorsOf', () => {
  it('takes a tag and a date that can be read, as sent', () => {
    expect(validatorsOf(fields({ ETag: 'W/"a"', 'Last-Modified': dateAt(-5) }))).to.deep.equal({
      etag: { opaque: '"a"', isWeak: true },
      lastModified: dateAt(-5),
    });
  });

  it('is undefined when there is none', () => {
    expect(validatorsOf(fields({}))).to.equal(undefined);
    expect(validatorsOf(fields({ ETag: 'a', 'Last-Modified': 'yesterday' }))).to.equal(undefined);
  });
});

describe('evaluateConditions', () => {
  const evaluate = (request: HeaderFieldsInit, stored: HeaderFieldsInit, status = 200, method = 'GET') =>
    evaluateConditions(makeRequest(request, method), makeStored(stored, {}, status), T0);

  it('answers If-None-Match by weak comparison with each member', () => {
    for (const value of ['"abc"', 'W/"abc"', '"abc", "1"', '"1", "abc", "2"', '"1","2","abc"', '*']) {
      expect(evaluate({ 'If-None-Match': value }, { ETag: '"abc"' }), value).to.equal('not-modified');
      expect(evaluate({ 'If-None-Match': value }, { ETag: 'W/"abc"' }), value).to.equal('not-modified');
    }
    for (const value of ['"ab"', '"ABC"', 'abc', ''])
      expect(evaluate({ 'If-None-Match': value }, { ETag: '"abc"' }), value).to.equal('send');
    expect(evaluate({ 'If-None-Match': '"abc"' }, {})).to.equal('send');
    expect(evaluate({ 'If-None-Match': ['"1"', '"abc"'] }, { ETag: '"abc"' })).to.equal('not-modified');
  });

  it('gives If-None-Match precedence over If-Modified-Since', () => {
    const stored = { ETag: '"abc"', 'Last-Modified': dateAt(-5000) };
    expect(evaluate({ 'If-None-Match': '"abc"', 'If-Modified-Since': dateAt(-9000) }, stored)).to.equal('not-modified');
    expect(evaluate({ 'If-None-Match': '"x"', 'If-Modified-Since': dateAt(0) }, stored)).to.equal('send');
  });

  it('compares If-Modified-Since with Last-Modified as dates', () => {
    const stored = { 'Last-Modified': dateAt(-3000) };
    expect(evaluate({ 'If-Modified-Since': dateAt(-3000) }, stored)).to.equal('not-modified');
    expect(evaluate({ 'If-Modified-Since': dateAt(-2000) }, stored)).to.equal('not-modified');
    expect(evaluate({ 'If-Modified-Since': dateAt(-3001) }, stored)).to.equal('send');
    expect(
      evaluate({ 'If-Modified-Since': 'Friday, 20-Nov-26 12:00:00 GMT' }, { 'Last-Modified': dateAt(0) }),
    ).to.equal('not-modified');
  });

  it('uses Date, then the time of receipt, where Last-Modified is missing', () => {
    expect(evaluate({ 'If-Modified-Since': dateAt(-10) }, { Date: dateAt(-10) })).to.equal('not-modified');
    expect(evaluate({ 'If-Modified-Since': dateAt(-11) }, { Date: dateAt(-10) })).to.equal('send');
    expect(evaluate({ 'If-Modified-Since': dateAt(0) }, {})).to.equal('not-modified');
    expect(evaluate({ 'If-Modified-Since': dateAt(-1) }, {})).to.equal('send');
  });

  it('ignores an If-Modified-Since that is no date, or several', () => {
    const stored = { 'Last-Modified': dateAt(-3000) };
    expect(evaluate({ 'If-Modified-Since': '0' }, stored)).to.equal('send');
    expect(evaluate({ 'If-Modified-Since': [dateAt(0), dateAt(0)] }, stored)).to.equal('send');
  });

  it('sends what is no success, whatever the conditions', () => {
    for (const status of [301, 404, 500])
      expect(evaluate({ 'If-None-Match': '*' }, { ETag: '"a"' }, status), `${status}`).to.equal('send');
    for (const status of [204, 299]) {
      expect(evaluate({ 'If-None-Match': '"a"' }, { ETag: '"a"' }, status), `${status}`).to.equal('not-modified');
    }
    expect(evaluate({ 'If-None-Match': '"a"' }, { ETag: '"a"' }, 300)).to.equal('send');
  });

  it('works for HEAD as for GET, and sends without conditions', () => {
    expect(evaluate({ 'If-None-Match': '"a"' }, { ETag: '"a"' }, 200, 'HEAD')).to.equal('not-modified');
    expect(evaluate({}, { ETag: '"a"' })).to.equal('send');
  });
});

describe('allowsRange', () => {
  const allows = (ifRange: string | readonly string[] | undefined, stored: HeaderFieldsInit): boolean =>
    allowsRange(fields({ 'If-Range': ifRange }), fields(stored), T0);

  it('holds without If-Range', () => expect(allows(undefined, {})).to.equal(true));

  it('needs the same strong tag', () => {
    expect(allows('"a"', { ETag: '"a"' })).to.equal(true);
    expect(allows('W/"a"', { ETag: 'W/"a"' })).to.equal(false);
    expect(allows('"a"', { ETag: 'W/"a"' })).to.equal(false);
    expect(allows('"a"', { ETag: '"b"' })).to.equal(false);
    expect(allows('"a"', {})).to.equal(false);
    expect(allows(['"a"', '"a"'], { ETag: '"a"' })).to.equal(false);
  });

  it('needs the very Last-Modified, and that to be strong', () => {
    const stored = { 'Last-Modified': dateAt(-10), Date: dateAt(0) };
    expect(allows(dateAt(-10), stored)).to.equal(true);
    expect(allows(dateAt(-9), stored)).to.equal(false);
    expect(allows(dateAt(-10), { ...stored, Date: dateAt(-10) })).to.equal(false);
    expect(allows(dateAt(-10), { 'Last-Modified': dateAt(-10) })).to.equal(false);
    expect(allows('garbage', stored)).to.equal(false);
  });

  it('calls a Last-Modified strong when it is a second older than Date', () => {
    expect(strongLastModified(fields({ 'Last-Modified': dateAt(-1), Date: dateAt(0) }), T0)).to.equal(T0 - 1000);
    expect(strongLastModified(fields({ 'Last-Modified': dateAt(0), Date: dateAt(0) }), T0)).to.equal(undefined);
  });
});

describe('conditionalFields', () => {
  const client = fields({
    Accept: 'a/b',
    'If-None-Match': '"client"',
    'If-Modified-Since': dateAt(0),
    Range: 'bytes=0-1',
    'If-Range': '"client"',
  });

  it('puts our validators in place of the client’s conditions and its range', () => {
    const found = conditionalFields(client, [fields({ ETag: 'W/"a"', 'Last-Modified': dateAt(-5) })]);
    expect(found?.raw).to.deep.equal(['Accept', 'a/b', 'If-None-Match', 'W/"a"', 'If-Modified-Since', dateAt(-5)]);
  });

  it('offers the tags of all variants, and a date only of a single one', () => {
    const variants = [
      fields({ ETag: '"a"', 'Last-Modified': dateAt(-5) }),
      fields({ ETag: '"b"' }),
      fields({ ETag: '"a"' }),
      fields({}),
    ];
    expect(conditionalFields(fields({}), variants)?.raw).to.deep.equal(['If-None-Match', '"a", "b"']);
    expect(conditionalFields(fields({}), [variants[0] as HeaderFields])?.has('if-modified-since')).to.equal(true);
  });

  it('is undefined when there is nothing to ask by', () => {
    expect(conditionalFields(client, [fields({})])).to.equal(undefined);
    expect(conditionalFields(client, [])).to.equal(undefined);
    expect(conditionalFields(client, [fields({ ETag: 'unquoted' })])).to.equal(undefined);
  });
});

describe('notModifiedFields', () => {
  it('keeps what guides a cache and drops what describes content', () => {
    const stored = fields({
      ETag: '"a"',
      Date: dateAt(0),
      Vary: 'a',
      'Content-Type': 'a/b',
      'Content-Length': 3,
      'Content-Encoding': 'br',
      'Content-Location': '/x',
    });
    expect(notModifiedFields(stored).names()).to.deep.equal(['etag', 'date', 'vary', 'content-location']);
  });
});

describe('hasOriginPreconditions', () => {
  it('knows the two conditions that are not for caches', () => {
    expect(hasOriginPreconditions(fields({ 'If-Match': '"a"' }))).to.equal(true);
    expect(hasOriginPreconditions(fields({ 'If-Unmodified-Since': dateAt(0) }))).to.equal(true);
    expect(hasOriginPreconditions(fields({ 'If-None-Match': '"a"' }))).to.equal(false);
  });
});
