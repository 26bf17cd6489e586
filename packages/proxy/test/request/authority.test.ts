import { expect } from 'chai';
import fc from 'fast-check';
import { parseAuthority } from '#src/request/authority.js';

describe('parseAuthority', () => {
  it('takes names, addresses and ports, and lowers their case', () => {
    const cases: [string, string][] = [
      ['Example.COM', 'example.com'],
      ['example.com.', 'example.com.'],
      ['a', 'a'],
      ['my_host-1.example:8080', 'my_host-1.example:8080'],
      ['127.0.0.1:1', '127.0.0.1:1'],
      ['[::1]', '[::1]'],
      ['[2001:DB8::1]:65535', '[2001:db8::1]:65535'],
    ];
    for (const [text, authority] of cases) expect(parseAuthority(text), text).to.equal(authority);
  });

  it('refuses everything else', () => {
    const refused = [
      '',
      ' ',
      'a b',
      'a,b',
      'a/b',
      'a?b',
      'a#b',
      'a@b',
      'u:p@b',
      'a\\b',
      'a%2eb',
      '-a',
      'a-',
      'a..b',
      '.a',
      'a:',
      'a:0',
      'a:65536',
      'a:-1',
      'a:1:2',
      'a:b',
      '[::1',
      '::1',
      '[::1]x',
      '[]',
      'ä',
      'a\r\nb',
      'a'.repeat(262),
    ];
    for (const text of refused) expect(parseAuthority(text), text).to.equal(undefined);
  });

  it('never throws, and answers the same when asked again', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const authority = parseAuthority(text);
        expect(parseAuthority(text)).to.equal(authority);
        if (authority !== undefined) expect(authority).to.match(/^[a-z0-9._:[\]-]+$/);
      }),
    );
  });
});
