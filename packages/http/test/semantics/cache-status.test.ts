import { expect } from 'chai';
import fc from 'fast-check';

import { parseList } from '#src/message/structured-fields.js';
import { renderCacheStatus } from '#src/semantics/cache-status.js';

describe('renderCacheStatus', () => {
  it('renders a hit with what is left of its freshness', () => {
    expect(renderCacheStatus('CacheWarp', { hit: true, ttl: 376.9 })).to.equal('CacheWarp;hit;ttl=376');
    expect(renderCacheStatus('CacheWarp', { hit: true, ttl: -412 })).to.equal('CacheWarp;hit;ttl=-412');
  });

  it('renders what was forwarded, in full', () => {
    const outcome = {
      fwd: 'stale',
      fwdStatus: 304,
      ttl: 60,
      stored: true,
      collapsed: true,
      key: 'GET /a "b"',
      detail: 'no-freshness',
    } as const;
    expect(renderCacheStatus('CacheWarp', outcome)).to.equal(
      'CacheWarp;fwd=stale;fwd-status=304;ttl=60;stored;collapsed;key="GET /a \\"b\\"";detail=no-freshness',
    );
    expect(renderCacheStatus('CacheWarp', { fwd: 'bypass', stored: false })).to.equal('CacheWarp;fwd=bypass');
  });

  it('never says hit and fwd of one request, nor stored and collapsed of a hit', () => {
    expect(renderCacheStatus('c', { hit: true, fwd: 'miss' })).to.equal('c;fwd=miss');
    expect(renderCacheStatus('c', { hit: true, stored: true, collapsed: true, fwdStatus: 200 })).to.equal('c;hit');
  });

  it('quotes names and details that are no tokens', () => {
    expect(renderCacheStatus('my cache', { hit: true, detail: 'vary star' })).to.equal(
      '"my cache";hit;detail="vary star"',
    );
    expect(renderCacheStatus('9cache', { hit: true })).to.equal('"9cache";hit');
  });

  it('is one list member that reads back, whatever the texts', () => {
    const text = fc.string({ unit: fc.nat(0x17f).map((code) => String.fromCharCode(code)) });
    fc.assert(
      fc.property(text, text, text, fc.double(), (name, key, detail, ttl) => {
        const list = parseList(renderCacheStatus(name, { hit: true, key, detail, ttl }));
        expect(list).to.have.length(1);
        expect([...(list?.[0]?.[1].keys() ?? [])]).to.deep.equal(['hit', 'ttl', 'key', 'detail']);
      }),
    );
  });
});
