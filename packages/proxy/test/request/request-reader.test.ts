import { expect } from 'chai';
import { resolveLimits } from '#src/base/limits.js';
import { connectionPeer, TrustedProxies } from '#src/request/peer.js';
import { ProxyRequest } from '#src/request/proxy-request.js';
import { requestId } from '@cachewarp/core';
import { RequestReader } from '#src/request/request-reader.js';

describe('RequestReader', () => {
  const peer = connectionPeer({ remoteAddress: '::ffff:192.0.2.7' }, new TrustedProxies());

  function read(rawHeaders: string[], parts: Partial<{ method: string; target: string; version: string }> = {}) {
    const reader = new RequestReader({ limits: resolveLimits(), hosts: undefined, pseudonym: 'me' });
    return reader.read(
      { method: 'GET', target: '/', version: '1.1', rawHeaders: ['Host', 'a', ...rawHeaders], ...parts },
      peer,
    );
  }

  function accepted(rawHeaders: string[], parts: Parameters<typeof read>[1] = {}): ProxyRequest {
    const request = read(rawHeaders, parts);
    if (!(request instanceof ProxyRequest)) throw new Error(request.detail);
    return request;
  }

  it('keeps ordinary fields in their order and letter case, and adds who the client is', () => {
    expect(accepted(['Accept', 'x', 'COOKIE', 'a=1', 'accept', 'y']).headers.raw).to.deep.equal([
      'Accept',
      'x',
      'COOKIE',
      'a=1',
      'accept',
      'y',
      'X-Forwarded-For',
      '192.0.2.7',
      'X-Forwarded-Proto',
      'http',
      'X-Forwarded-Host',
      'a',
    ]);
  });

  it('drops the fields that change an answer without being in the key, in any letter case', () => {
    const names = [
      'X-Original-URL',
      'X-REWRITE-URL',
      'x-http-method-override',
      'X-Forwarded-Server',
      'X-Forwarded_For',
      'Content_Length',
      'Proxy',
      'Proxy-Connection',
      'Keep-Alive',
      'X-Middleware-Prefetch',
      'X-Invoke-Path',
      'X-Host',
    ];
    for (const name of names)
      expect(accepted([name, 'x']).headers.has(name), name).to.equal(name.startsWith('X-Forwarded-For'));
  });

  it('makes one line of several of Cookie', () => {
    const { headers } = accepted(['Cookie', 'a=1', 'X-A', '1', 'cookie', 'b=2', 'Cookie', 'c=3']);
    expect(headers.raw.slice(0, 4)).to.deep.equal(['Cookie', 'a=1; b=2; c=3', 'X-A', '1']);
    expect(headers.getAll('cookie')).to.have.length(1);
  });

  it('knows how long the content is', () => {
    expect(accepted([], { method: 'POST' }).contentLength).to.equal(0);
    expect(accepted(['Content-Length', '5'], { method: 'POST' }).contentLength).to.equal(5);
    expect(accepted(['Transfer-Encoding', 'Chunked'], { method: 'POST' }).contentLength).to.equal(undefined);
    // What a GET brings along is not sent on.
    const fat = accepted(['Content-Length', '5']);
    expect([fat.contentLength, fat.headers.has('content-length')]).to.deep.equal([0, false]);
  });

  it('knows an upgrade only where Connection names it', () => {
    expect(accepted(['Upgrade', 'WebSocket', 'Connection', 'keep-alive, Upgrade']).upgrade).to.equal('websocket');
    expect(accepted(['Upgrade', 'websocket']).upgrade).to.equal(undefined);
  });

  it('knows whether trailers may be sent', () => {
    expect(accepted(['TE', 'trailers, deflate;q=0.5']).acceptsTrailers).to.equal(true);
    expect(accepted(['TE', 'deflate']).acceptsTrailers).to.equal(false);
  });

  it('refuses more fields than may be', () => {
    const fields = Array.from({ length: 200 }, (_, at) => [`X-${at}`, '1']).flat();
    expect(read(fields)).to.include({ status: 431 });
    expect(read(fields.slice(2))).to.be.instanceOf(ProxyRequest);
  });
});

describe('TrustedProxies', () => {
  it('knows addresses and networks of both families', () => {
    const trusted = new TrustedProxies(['10.0.0.0/8', '192.0.2.1', '2001:db8::/32']);
    const has = (address: string): boolean => trusted.has(address);
    expect(['10.1.2.3', '192.0.2.1', '2001:db8:1::1'].every(has)).to.equal(true);
    expect(['11.0.0.1', '192.0.2.2', '2001:db9::1', 'unknown', ''].some(has)).to.equal(false);
  });

  it('refuses what is neither', () => {
    for (const network of ['10.0.0', '10.0.0.0/33', '::/129', '10.0.0.0/8/8', 'example.com', 5]) {
      expect(() => new TrustedProxies([network as string]), String(network)).to.throw('trustedProxies[0]');
    }
  });
});

describe('requestId', () => {
  it('keeps what is well-formed and replaces the rest by its own, each time another', () => {
    expect(requestId('abc-123_x.y:z=')).to.equal('abc-123_x.y:z=');
    for (const sent of [undefined, '', 'a b', 'a\nb', 'a"b', '-a', 'a'.repeat(129), 'é']) {
      expect(requestId(sent)).to.match(/^[0-9a-f]{12}-[0-9a-z]+$/);
    }
    expect(requestId(undefined)).to.not.equal(requestId(undefined));
  });
});
