import { expect } from 'chai';

import { HeaderFields, type HeaderFieldsInit } from '#src/message/headers.js';
import { confirmedBy, freshen, judgeHead, updatedFields, type Freshened } from '#src/semantics/freshening.js';
import { semanticsOptions, type SemanticsOptions } from '#src/semantics/semantics-options.js';
import { dateAt, makeRequest, makeStored, T0 } from './make-facts.js';

const fields = (init: HeaderFieldsInit): HeaderFields => HeaderFields.fromObject(init);

describe('confirmedBy', () => {
  const confirm = (notModified: HeaderFieldsInit, ...stored: HeaderFieldsInit[]): number[] =>
    confirmedBy(
      fields(notModified),
      stored.map((headers, index) => ({ headers: fields(headers), responseTime: T0 + index })),
    );

  it('takes all that carry the same strong tag, and none other', () => {
    expect(confirm({ ETag: '"a"' }, { ETag: '"a"' }, { ETag: '"b"' }, { ETag: '"a"' })).to.deep.equal([0, 2]);
    expect(confirm({ ETag: '"a"' }, { ETag: '"b"' })).to.deep.equal([]);
    expect(confirm({ ETag: '"a"' }, { ETag: 'W/"a"' })).to.deep.equal([]);
    expect(confirm({ ETag: '"a"', 'Last-Modified': dateAt(0) }, { 'Last-Modified': dateAt(0) })).to.deep.equal([]);
  });

  it('takes the most recent that a weak tag matches', () => {
    expect(confirm({ ETag: 'W/"a"' }, { ETag: 'W/"a"' }, { ETag: '"a"' }, { ETag: '"b"' })).to.deep.equal([1]);
    expect(confirm({ ETag: 'W/"a"' }, { ETag: '"b"' })).to.deep.equal([]);
  });

  it('takes the most recent with the same Last-Modified, compared as dates', () => {
    expect(
      confirm({ 'Last-Modified': dateAt(-5) }, { 'Last-Modified': dateAt(-5) }, { 'Last-Modified': dateAt(-6) }),
    ).to.deep.equal([0]);
    const rfc850 = 'Friday, 20-Nov-26 12:00:00 GMT';
    expect(confirm({ 'Last-Modified': rfc850 }, { 'Last-Modified': rfc850 })).to.deep.equal([0]);
    expect(confirm({ 'Last-Modified': dateAt(-5) }, { ETag: '"a"' })).to.deep.equal([]);
  });

  it('takes the only candidate when the 304 names no validator', () => {
    expect(confirm({}, { ETag: '"a"' })).to.deep.equal([0]);
    expect(confirm({}, { ETag: '"a"' }, { ETag: '"b"' })).to.deep.equal([]);
  });
});

describe('updatedFields', () => {
  const update = (stored: HeaderFieldsInit, news: HeaderFieldsInit): HeaderFields =>
    updatedFields(fields(stored), fields(news), T0);

  it('replaces all lines of each field that came, adds new ones, and keeps the rest', () => {
    const found = update({ A: ['1', '2'], B: '3', Date: dateAt(-9) }, { a: '4', C: '5', Date: dateAt(0) });
    expect(found.raw).to.deep.equal(['B', '3', 'a', '4', 'C', '5', 'Date', dateAt(0)]);
  });

  it('keeps Content-Length and Content-Range, and lets no hop-by-hop field in', () => {
    const found = update(
      { 'Content-Length': 5, 'Content-Range': 'bytes 0-4/10' },
      {
        'Content-Length': 0,
        'Content-Range': 'bytes 0-0/1',
        Connection: 'x',
        X: '1',
        'Keep-Alive': 't',
        'Proxy-Foo': 'y',
        Date: dateAt(0),
      },
    );
    expect([...found.entries()]).to.deep.equal([
      ['Content-Length', '5'],
      ['Content-Range', 'bytes 0-4/10'],
      ['Date', dateAt(0)],
    ]);
  });

  it('updates Content-Type, Content-Location, ETag and the rest', () => {
    const found = update(
      { 'Content-Type': 'a/b', ETag: 'W/"a"' },
      { 'Content-Type': 'c/d', ETag: 'W/"b"', 'Content-Location': '/x' },
    );
    expect(found.get('content-type')).to.equal('c/d');
    expect(found.get('etag')).to.equal('W/"b"');
    expect(found.get('content-location')).to.equal('/x');
  });

  it('forgets the stored Age, and dates the update by its arrival when it has no Date', () => {
    const found = update({ Age: '30', Date: dateAt(-100) }, {});
    expect(found.has('age')).to.equal(false);
    expect(found.get('date')).to.equal(dateAt(0));
    expect(update({ Age: '30' }, { Age: '4' }).get('age')).to.equal('4');
  });
});

describe('freshen', () => {
  function run(
    stored: HeaderFieldsInit,
    news: HeaderFieldsInit,
    request: HeaderFieldsInit = {},
    options: Partial<SemanticsOptions> = {},
  ): Freshened {
    const old = makeStored({ ETag: '"a"', ...stored }, options);
    return freshen(makeRequest(request), old, fields(news), T0 + 99_000, T0 + 100_000, semanticsOptions(options));
  }

  it('begins freshness anew, by the stored directives or the new ones', () => {
    expect(run({ 'Cache-Control': 'max-age=60' }, {}).freshness.freshUntil).to.equal(T0 + 159_000);
    expect(run({ 'Cache-Control': 'max-age=60' }, { 'Cache-Control': 'max-age=600' }).freshness.freshUntil).to.equal(
      T0 + 699_000,
    );
    expect(run({ 'Cache-Control': 'max-age=60', Age: '50' }, {}).freshness.freshUntil).to.equal(T0 + 159_000);
    expect(run({ 'Cache-Control': 'max-age=60' }, {}).verdict).to.equal('keep');
  });

  it('measures a stored Expires against the new Date', () => {
    const found = run({ Expires: dateAt(160), Date: dateAt(0) }, { Date: dateAt(100) });
    expect(found.freshness.lifetimeMs).to.equal(60_000);
  });

  it('ends reuse when the update takes the permission back', () => {
    const stored = { 'Cache-Control': 'max-age=60' };
    for (const news of [
      { 'Cache-Control': 'private' },
      { 'Cache-Control': 'no-store' },
      { 'Set-Cookie': 'a=b' },
      { Vary: '*' },
      { 'CDN-Cache-Control': 'private' },
    ]) {
      expect(run(stored, news).verdict, JSON.stringify(news)).to.equal('drop');
    }
    expect(run(stored, { 'Set-Cookie': 'a=b' }, {}, { storeSetCookie: true }).verdict).to.equal('keep');
  });

  it('changes nothing for others when the one who asked is a special case', () => {
    const stored = { 'Cache-Control': 'max-age=60' };
    expect(run(stored, {}, { Authorization: 'x' }).verdict).to.equal('leave');
    expect(run(stored, {}, { 'Cache-Control': 'no-store' }).verdict).to.equal('leave');
    expect(run({}, {}, { Cookie: 'a=b' }, { defaultTtlMs: 1000 }).verdict).to.equal('leave');
    expect(run({ 'Cache-Control': 'public, max-age=60' }, {}, { Authorization: 'x' }).verdict).to.equal('keep');
  });

  it('serves a HEAD that updates as well as a GET', () => {
    const old = makeStored({ 'Cache-Control': 'max-age=60', ETag: '"a"' });
    const found = freshen(
      makeRequest({}, 'HEAD'),
      old,
      fields({ 'Cache-Control': 'max-age=9' }),
      T0,
      T0,
      semanticsOptions(),
    );
    expect(found.verdict).to.equal('keep');
    expect(found.freshness.lifetimeMs).to.equal(9000);
  });

  it('does not keep fields that no-cache names', () => {
    const found = run(
      { 'Cache-Control': 'max-age=60', X: '1' },
      { 'Cache-Control': 'max-age=60, no-cache="x, y"', Y: '2' },
    );
    expect(found.headers.has('x') || found.headers.has('y')).to.equal(false);
  });
});

describe('judgeHead', () => {
  const stored = fields({ ETag: '"a"', 'Last-Modified': dateAt(-5), 'Content-Length': 10 });

  it('updates when every validator that came, and the length, are the stored ones', () => {
    for (const head of [
      {},
      { ETag: '"a"' },
      { 'Last-Modified': dateAt(-5) },
      { 'Content-Length': 10 },
      { 'Content-Length': 10, ETag: '"a"' },
    ]) {
      expect(judgeHead(stored, fields(head)), JSON.stringify(head)).to.equal('update');
    }
  });

  it('invalidates otherwise', () => {
    for (const head of [
      { ETag: '"b"' },
      { ETag: 'W/"a"' },
      { 'Last-Modified': dateAt(-4) },
      { 'Content-Length': 11 },
    ]) {
      expect(judgeHead(stored, fields(head)), JSON.stringify(head)).to.equal('invalidate');
    }
    expect(judgeHead(fields({}), fields({ ETag: '"a"' }))).to.equal('invalidate');
  });
});
