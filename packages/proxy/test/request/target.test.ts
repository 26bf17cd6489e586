import { expect } from 'chai';
import fc from 'fast-check';
import { parseTarget, type Target } from '#src/request/target.js';
import { isRefusal } from '#src/request/refusal.js';

const MAX = 8192;

describe('parseTarget', () => {
  const accepted = (text: string, method = 'GET'): Target => {
    const parsed = parseTarget(text, method, MAX);
    if (isRefusal(parsed)) throw new Error(`${text} was refused: ${parsed.detail}`);
    return parsed;
  };
  const statusOf = (text: string, method = 'GET'): number | undefined => {
    const parsed = parseTarget(text, method, MAX);
    return isRefusal(parsed) ? parsed.status : undefined;
  };

  it('leaves path and query exactly as they came', () => {
    const targets = [
      '/',
      '/a/b.c',
      '/A%2Fb%3fc%23d',
      '//double///slash',
      '/a;b=c/d',
      '/?',
      '/?a=../..&b=\u00e9',
      '/a?x=http://y/../z',
      '/.a/..b/c../...',
      '/%2ea',
      '/|{}^"<>`[]',
      '/%0d%0a',
      '/\u00ff',
    ];
    for (const target of targets) expect(accepted(target)).to.include({ target, authority: undefined });
  });

  it('refuses dot segments, however they are disguised, in the path only', () => {
    const paths = [
      '/.',
      '/..',
      '/a/./b',
      '/a/../b',
      '/a/..',
      '/%2e',
      '/a/%2E%2e/b',
      '/a/.%2e/b',
      '/a%2f..%2fb',
      '/a%5c..%5cb',
      '/a/..;x/b',
      '/a/..%3bx/b',
      '/a/%2e%2e;/b',
    ];
    for (const path of paths) {
      expect(statusOf(path), path).to.equal(400);
      expect(statusOf(`/ok?${path}`), path).to.equal(undefined);
    }
  });

  it('refuses what servers read differently', () => {
    for (const target of [
      '/a#b',
      '/a\\b',
      '/a b',
      '/a\tb',
      '/a\0b',
      '/a\x7f',
      '/a%00',
      '',
      'a',
      '*',
      '?a',
      'http:/a',
      'mailto:a',
    ]) {
      expect(statusOf(target), JSON.stringify(target)).to.equal(400);
    }
  });

  it('refuses what is too long with 414', () => {
    expect(statusOf(`/${'a'.repeat(MAX)}`)).to.equal(414);
    expect(statusOf(`/${'a'.repeat(MAX - 1)}`)).to.equal(undefined);
  });

  it('takes an absolute target apart', () => {
    expect(accepted('http://A.example:81/x?y')).to.deep.equal({
      target: '/x?y',
      authority: 'A.example:81',
      scheme: 'http',
    });
    expect(accepted('HTTPS://a')).to.deep.equal({ target: '/', authority: 'a', scheme: 'https' });
    expect(accepted('http://a?b')).to.include({ target: '/?b', authority: 'a' });
    expect(accepted('http://u@a/')).to.include({ authority: 'u@a' });
    for (const target of ['ftp://a/', 'http://a/../b', 'http://a/b#c', 'javascript://a/']) {
      expect(statusOf(target), target).to.equal(400);
    }
  });

  it('takes an asterisk for OPTIONS only', () => {
    expect(accepted('*', 'OPTIONS').target).to.equal('*');
    expect(statusOf('*', 'POST')).to.equal(400);
  });

  it('never throws, and lets nothing through that it would have to change', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const parsed = parseTarget(`/${text}`, 'GET', MAX);
        if (!isRefusal(parsed)) expect(parsed.target).to.equal(`/${text}`);
      }),
    );
  });
});
