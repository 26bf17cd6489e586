import { expect } from 'chai';
import fc from 'fast-check';

import { HeaderFields, type HeaderFieldsInit } from '#src/message/headers.js';
import { MAX_DELTA_SECONDS } from '#src/semantics/cache-control.js';
import { governingDirectives, type GoverningDirectives } from '#src/semantics/targeted.js';

function govern(fields: HeaderFieldsInit, targets: readonly string[] = ['cdn-cache-control']): GoverningDirectives {
  return governingDirectives(HeaderFields.fromObject(fields), targets);
}

describe('governingDirectives', () => {
  it('lets a targeted field decide alone, in both directions', () => {
    const loose = govern({ 'CDN-Cache-Control': 'max-age=600', 'Cache-Control': 'no-store, private' });
    expect(loose.field).to.equal('cdn-cache-control');
    expect(loose.directives.maxAge).to.equal(600);
    expect(loose.directives.noStore || loose.directives.private).to.equal(false);
    const strict = govern({ 'CDN-Cache-Control': 'no-store', 'Cache-Control': 'max-age=600' });
    expect(strict.directives.noStore).to.equal(true);
    expect(strict.directives.maxAge).to.equal(undefined);
  });

  it('falls back to Cache-Control when the targeted field is absent, empty, or no dictionary', () => {
    for (const value of [
      undefined,
      '',
      ' ',
      'max-age=10000, &&&&&',
      'max-age =100',
      'max-age= 100',
      'MaX-aGe=3600',
      'max-age="1',
      'é',
    ]) {
      const found = govern({ 'CDN-Cache-Control': value, 'Cache-Control': 'max-age=5' });
      expect(found.field, value).to.equal('cache-control');
      expect(found.directives.maxAge, value).to.equal(5);
    }
  });

  it('does not use a lifetime of the wrong type, though the field governs', () => {
    for (const value of ['"60"', '60.5', '?1', 'sixty', '(60)', ':MTA=:']) {
      const found = govern({ 'CDN-Cache-Control': `max-age=${value}`, 'Cache-Control': 'max-age=5' });
      expect(found.field, value).to.equal('cdn-cache-control');
      expect(found.directives.maxAge, value).to.equal(undefined);
    }
  });

  it('saturates large lifetimes and takes negative ones for stale', () => {
    expect(govern({ 'CDN-Cache-Control': 'max-age=99999999999' }).directives.maxAge).to.equal(MAX_DELTA_SECONDS);
    expect(govern({ 'CDN-Cache-Control': 'max-age=-1' }).directives.maxAge).to.equal(0);
  });

  it('takes a false directive for absent', () => {
    expect(govern({ 'CDN-Cache-Control': 'no-store=?0, max-age=1' }).directives.noStore).to.equal(false);
    expect(govern({ 'CDN-Cache-Control': 'private=?0, max-age=1' }).directives.private).to.equal(false);
  });

  it('takes private and no-cache with any argument for a restriction of the whole', () => {
    expect(govern({ 'CDN-Cache-Control': 'private="a"' }).directives.private).to.equal(true);
    expect(govern({ 'CDN-Cache-Control': 'no-cache=("a" "b")' }).directives.noCache).to.equal(true);
  });

  it('ignores parameters and unknown members', () => {
    expect(govern({ 'CDN-Cache-Control': 'foobar, max-age=60;x=y' }).directives.maxAge).to.equal(60);
  });

  it('asks the targets in their order, and only them', () => {
    const fields = {
      'CDN-Cache-Control': 'max-age=1',
      'Acme-Cache-Control': 'max-age=2',
      'Other-Cache-Control': 'max-age=3',
    };
    expect(govern(fields, ['acme-cache-control', 'cdn-cache-control']).directives.maxAge).to.equal(2);
    expect(govern(fields, []).field).to.equal('cache-control');
  });

  it('combines the lines of a field', () => {
    expect(govern({ 'CDN-Cache-Control': ['max-age=1', 'no-store'] }).directives).to.include({
      maxAge: 1,
      noStore: true,
    });
    expect(govern({ 'Cache-Control': ['max-age=3600', 's-maxage=1'] }).directives).to.include({
      maxAge: 3600,
      sMaxage: 1,
    });
  });

  it('never throws', () => {
    fc.assert(fc.property(fc.string(), (value) => void govern({ 'CDN-Cache-Control': value, 'Cache-Control': value })));
  });
});
