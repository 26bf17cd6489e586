import { expect } from 'chai';
import fc from 'fast-check';
import { keyRequest, normaliseTarget, primaryKeyOf } from '#src/cache/http-key.js';
import { resolveHttpPolicy } from '#src/cache/http-policy.js';
import type { HttpPolicyOptions } from '#src/cache/http-policy-options.js';
import { makeRequest, type RequestInit } from './make-http-cache.js';

const keyOf = (target: string, init: RequestInit = {}, options: HttpPolicyOptions = {}) =>
  keyRequest(makeRequest(target, init), resolveHttpPolicy(options));

describe('keyRequest', () => {
  it('names method, scheme, authority, path and query as sent', () => {
    expect(keyOf('/a/%2F;x?b=2&a=1&b=1')!.key).to.equal('GET:http://example.com/a/%2F;x?b=2&a=1&b=1');
    expect(keyOf('/', { scheme: 'https', authority: 'h:8443' })!.key).to.equal('GET:https://h:8443/');
  });

  it('names only the path where the application is behind one name', () => {
    expect(keyOf('/api/posts/', {}, { key: { scope: 'path' } })!.key).to.equal('GET:/api/posts/');
  });

  it('gives HEAD the key of GET', () => {
    expect(keyOf('/a', { method: 'HEAD' })!.key).to.equal(keyOf('/a')!.key);
  });

  it('compares hosts without regard to letter case and default port, and sends on what it keyed', () => {
    const keyed = keyOf('/', { authority: 'EXAMPLE.com:80', headers: { Host: 'EXAMPLE.com:80' } })!;
    expect(keyed.key).to.equal(keyOf('/')!.key);
    expect(keyed.request.authority).to.equal('example.com');
    expect(keyed.request.headers.get('host')).to.equal('example.com');
    expect(keyOf('/', { authority: 'example.com:443' })!.key).not.to.equal(keyOf('/')!.key);
    expect(keyOf('/', { scheme: 'https', authority: 'example.com:443' })!.request.authority).to.equal('example.com');
  });

  it('tells apart whatever an origin could tell apart', () => {
    const targets = [
      '/a',
      '/A',
      '/a/',
      '/a?',
      '/a?b',
      '/a?b=',
      '/a%2f',
      '/a%2F',
      '//a',
      '/./a',
      '/a;b',
      '/a?b&c',
      '/a?c&b',
    ];
    expect(new Set(targets.map((target) => keyOf(target)!.key)).size).to.equal(targets.length);
  });

  it('gives no key to a target that is no path, or that holds what two parties may read in two ways', () => {
    for (const target of ['*', 'example.com:443', 'http://h/', '/a b', '/a\u0001b', '/a\r\nb', '']) {
      expect(keyOf(target), JSON.stringify(target)).to.equal(undefined);
    }
  });

  it('drops the content of a GET', () => {
    const body = (async function* () {
      yield new Uint8Array(1);
    })();
    const { request } = keyOf('/', { body, headers: { 'Content-Length': 1, Accept: 'x' } })!;
    expect(request.body).to.equal(undefined);
    expect(request.headers.names()).to.deep.equal(['accept']);
  });

  it('leaves a request alone that is in the form of its key', () => {
    const request = makeRequest('/a?b=1', { headers: { Cookie: 'a=1' } });
    expect(keyRequest(request, resolveHttpPolicy())!.request).to.equal(request);
  });

  describe('query rules', () => {
    it('sorts parameters by name, and keeps the order of several values of one name', () => {
      const rules = resolveHttpPolicy({ key: { sortQuery: true } }).key;
      expect(normaliseTarget('/p?b=2&a=9&b=1&a=10', rules)).to.equal('/p?a=9&a=10&b=2&b=1');
      expect(normaliseTarget('/p?', rules)).to.equal('/p');
      expect(normaliseTarget('/p?&&a', rules)).to.equal('/p?a');
    });

    it('leaves out ignored parameters, by name and by pattern, for the key and for the origin', () => {
      const keyed = keyOf('/p?utm_source=x&id=7&nocache=true', {}, { key: { ignoreParams: ['utm_*', 'nocache'] } })!;
      expect(keyed.primary).to.equal('GET:http://example.com/p?id=7');
      expect(keyed.request.target).to.equal('/p?id=7');
    });

    it('does not let an encoded or a similar name pass for an ignored one', () => {
      const options = { key: { ignoreParams: ['utm_*', '*_x'] } };
      expect(keyOf('/p?%75tm_source=1&xutm_a=1&_=2', {}, options)!.primary).to.contain('?%75tm_source=1&xutm_a=1&_=2');
      expect(keyOf('/p?a_x=1', {}, options)!.primary).to.equal('GET:http://example.com/p');
    });

    it('has one form for a target: normalising twice changes nothing', () => {
      const rules = resolveHttpPolicy({ key: { sortQuery: true, ignoreParams: ['u*'] } }).key;
      fc.assert(
        fc.property(fc.stringMatching(/^\/[a-c?&=u]{0,30}$/), (target) => {
          const once = normaliseTarget(target, rules);
          return normaliseTarget(once, rules) === once;
        }),
      );
    });
  });

  describe('dimensions', () => {
    it('adds context to the key and keeps the primary key for invalidation', () => {
      const options: HttpPolicyOptions = { context: { user: (request) => request.headers.get('x-user') } };
      const one = keyOf('/me', { headers: { 'X-User': '1' } }, options)!;
      const two = keyOf('/me', { headers: { 'X-User': '2' } }, options)!;
      const nobody = keyOf('/me', {}, options)!;
      expect(one.primary).to.equal('GET:http://example.com/me');
      expect(new Set([one.key, two.key, nobody.key, one.primary]).size).to.equal(4);
    });

    it('lets no value pass for another dimension', () => {
      const options: HttpPolicyOptions = {
        context: { a: (request) => request.headers.get('a'), b: (request) => request.headers.get('b') },
      };
      fc.assert(
        fc.property(fc.string(), fc.string(), fc.string(), fc.string(), (a, b, c, d) => {
          const one = keyOf('/', { headers: { a, b } }, options)!.key;
          const two = keyOf('/', { headers: { a: c, b: d } }, options)!.key;
          return (one === two) === (a === c && b === d);
        }),
      );
    });

    it('keys the cookies it is told to, ignores others, and shows no value', () => {
      const options: HttpPolicyOptions = { cookies: { key: ['lang'], ignore: ['_ga*'] } };
      const german = keyOf('/', { headers: { Cookie: 'lang=de; _ga=1' } }, options)!;
      const french = keyOf('/', { headers: { Cookie: '_gat=2; lang=fr' } }, options)!;
      expect(german.key).not.to.equal(french.key);
      expect(german.key).not.to.contain('de');
      expect(german.cookiesCount).to.equal(false);
      expect(german.request.headers.get('cookie')).to.equal('lang=de');
    });

    it('sends no cookie on where all are ignored, and says where one counts', () => {
      const options: HttpPolicyOptions = { cookies: { ignore: ['_ga*'] } };
      expect(keyOf('/', { headers: { Cookie: '_ga=1' } }, options)!.request.headers.has('cookie')).to.equal(false);
      expect(keyOf('/', { headers: { Cookie: '_ga=1; session=x' } }, options)!.cookiesCount).to.equal(true);
      expect(keyOf('/', { headers: { Cookie: 'session=x' } }, {})!.cookiesCount).to.equal(true);
    });
  });

  it('keys another target of the same origin by the same rules', () => {
    const policy = resolveHttpPolicy({ key: { scope: 'path', sortQuery: true } });
    expect(primaryKeyOf(makeRequest('/a', { method: 'POST' }), '/b?y=1&x=2', policy)).to.equal('GET:/b?x=2&y=1');
  });
});
