import { expect } from 'chai';
import fc from 'fast-check';

import { HeaderFields, type HeaderFieldsInit } from '#src/message/headers.js';
import type { HttpRequest } from '#src/message/http-message.js';
import { invalidatedTargets, invalidates } from '#src/semantics/invalidation.js';

describe('invalidates', () => {
  it('holds for non-error answers to unsafe and unknown methods', () => {
    for (const method of ['POST', 'PUT', 'DELETE', 'PATCH', 'M-SEARCH', 'get', 'FOO']) {
      for (const status of [200, 201, 204, 299, 301, 303, 399])
        expect(invalidates(method, status), `${method} ${status}`).to.equal(true);
      for (const status of [100, 103, 400, 404, 500, 503, 999])
        expect(invalidates(method, status), `${method} ${status}`).to.equal(false);
    }
  });

  it('never holds for safe methods', () => {
    for (const method of ['GET', 'HEAD', 'OPTIONS', 'TRACE']) expect(invalidates(method, 200), method).to.equal(false);
  });
});

describe('invalidatedTargets', () => {
  const request: Pick<HttpRequest, 'scheme' | 'authority' | 'target'> = {
    scheme: 'http',
    authority: 'example.com',
    target: '/a/b?x=1',
  };
  const of = (headers: HeaderFieldsInit, from = request) => invalidatedTargets(from, HeaderFields.fromObject(headers));

  it('has the request’s own target first', () => {
    expect(of({})).to.deep.equal(['/a/b?x=1']);
  });

  it('adds Location and Content-Location of the same origin, however written', () => {
    expect(of({ Location: '/c', 'Content-Location': 'd?y=2' })).to.deep.equal(['/a/b?x=1', '/c', '/a/d?y=2']);
    expect(of({ Location: 'http://EXAMPLE.com:80/c#f' })).to.deep.equal(['/a/b?x=1', '/c']);
    expect(of({ Location: '//example.com/c' })).to.deep.equal(['/a/b?x=1', '/c']);
    expect(of({ Location: '?z' })).to.deep.equal(['/a/b?x=1', '/a/b?z']);
    expect(of({ Location: 'http://example.com' })).to.deep.equal(['/a/b?x=1', '/']);
  });

  it('gives a target as written and as a URL parser reads it, when they differ', () => {
    expect(of({ Location: '/x/../c' })).to.deep.equal(['/a/b?x=1', '/x/../c', '/c']);
    expect(of({ Location: '/%2f?B=%20' })).to.deep.equal(['/a/b?x=1', '/%2f?B=%20']);
    expect(of({ Location: "/q?a='b'" })).to.deep.equal(['/a/b?x=1', "/q?a='b'", '/q?a=%27b%27']);
  });

  it('lists nothing of another origin', () => {
    for (const Location of [
      'http://other.com/c',
      'https://example.com/c',
      'http://example.com:8080/c',
      '//other.com/c',
      'mailto:a@example.com',
      'http://[bad',
    ]) {
      expect(of({ Location, 'Content-Location': Location }), Location).to.deep.equal(['/a/b?x=1']);
    }
  });

  it('takes the port for part of the origin, and lists each target once', () => {
    const from = { ...request, authority: 'example.com:8080' };
    expect(of({ Location: 'http://example.com:8080/c', 'Content-Location': '/c' }, from)).to.deep.equal([
      '/a/b?x=1',
      '/c',
    ]);
    expect(of({ Location: 'http://example.com/c' }, from)).to.deep.equal(['/a/b?x=1']);
  });

  it('never throws', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (Location, authority) => {
        expect(of({ Location }, { ...request, authority })[0]).to.equal('/a/b?x=1');
      }),
    );
  });
});
