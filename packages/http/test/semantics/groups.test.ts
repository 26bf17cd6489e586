import { expect } from 'chai';
import fc from 'fast-check';

import { HeaderFields, type HeaderFieldsInit } from '#src/message/headers.js';
import { DEFAULT_TAG_LIMITS, groupTag, invalidatedGroups, tagsOf } from '#src/semantics/groups.js';

const origin = 'https://example.com';
const of = (init: HeaderFieldsInit) => tagsOf(HeaderFields.fromObject(init), origin);

describe('tagsOf', () => {
  it('reads Surrogate-Key at spaces, Cache-Tag at commas, Cache-Groups as structured strings', () => {
    expect(of({ 'Surrogate-Key': 'a  b', 'Cache-Tag': 'c d, e', 'Cache-Groups': '"f", "g h";x=1' }).tags).to.deep.equal(
      ['a', 'b', 'c d', 'e', groupTag(origin, 'f'), groupTag(origin, 'g h')],
    );
  });

  it('reads all lines, and lists each tag once', () => {
    expect(of({ 'Surrogate-Key': ['a b', 'b c'], 'Cache-Tag': 'a' }).tags).to.deep.equal(['a', 'b', 'c']);
    expect(of({}).tags).to.deep.equal([]);
  });

  it('ignores Cache-Groups as a whole when it is not a list of strings', () => {
    for (const value of ['token', '("a")', '"a", 1', '"a" "b"', '"a"; "b"', '"é"'])
      expect(of({ 'Cache-Groups': value }).tags, value).to.deep.equal([]);
  });

  it('tells letter case, and the groups of two origins, apart', () => {
    expect(of({ 'Cache-Groups': '"A", "a"' }).tags).to.have.length(2);
    expect(groupTag('https://a.example', 'g')).to.not.equal(groupTag('https://b.example', 'g'));
    expect(groupTag('https://A.example', 'g')).to.equal(groupTag('https://a.example', 'g'));
  });

  it('holds at least 32 groups of 32 characters', () => {
    const groups = Array.from({ length: 32 }, (_, at) => `"${String(at).padStart(32, 'x')}"`);
    const found = of({ 'Cache-Groups': groups.join(', ') });
    expect(found.tags).to.have.length(32);
    expect(found.isTruncated).to.equal(false);
  });

  it('says when a tag had to be left out', () => {
    const { count, length } = DEFAULT_TAG_LIMITS;
    const many = Array.from({ length: count + 1 }, (_, at) => `t${at}`);
    for (const fields of [
      { 'Surrogate-Key': many.join(' ') },
      { 'Cache-Tag': many.join(',') },
      { 'Cache-Groups': many.map((tag) => `"${tag}"`).join(',') },
    ]) {
      const found = of(fields);
      expect(found.tags).to.have.length(count);
      expect(found.isTruncated).to.equal(true);
    }
    for (const field of ['Surrogate-Key', 'Cache-Tag']) {
      expect(of({ [field]: 'x'.repeat(length + 1) }).isTruncated).to.equal(true);
      expect(of({ [field]: 'x'.repeat(length) })).to.deep.equal({ tags: ['x'.repeat(length)], isTruncated: false });
    }
    expect(of({ 'Cache-Groups': `"${'x'.repeat(length + 1)}"` }).isTruncated).to.equal(true);
    expect(of({ 'Cache-Groups': `"${'x'.repeat(length)}"` }).isTruncated).to.equal(false);
    expect(of({ 'Cache-Tag': [...many.slice(1), 't1'].join(',') }).isTruncated).to.equal(false);
  });

  it('never throws', () => {
    fc.assert(
      fc.property(
        fc.string(),
        (value) => void of({ 'Surrogate-Key': value, 'Cache-Tag': value, 'Cache-Groups': value }),
      ),
    );
  });
});

describe('invalidatedGroups', () => {
  it('gives the tags of all groups named, without a bound', () => {
    const groups = Array.from({ length: 500 }, (_, at) => `"g${at}"`);
    const fields = HeaderFields.fromObject({ 'Cache-Group-Invalidation': [...groups, '"g0"'] });
    expect(invalidatedGroups(fields, origin)).to.deep.equal(
      groups.map((group) => groupTag(origin, group.slice(1, -1))),
    );
    expect(invalidatedGroups(HeaderFields.empty, origin)).to.deep.equal([]);
  });
});
