import { expect } from 'chai';
import fc from 'fast-check';
import { PathPattern, segmentsOf } from '#src/rules/path-pattern.js';

describe('PathPattern', () => {
  const matches = (pattern: string, target: string): boolean =>
    new PathPattern('path', pattern).matches(segmentsOf(target));

  it('matches exactly, within a segment, and over segments', () => {
    const cases: [pattern: string, target: string, isMatch: boolean][] = [
      ['/', '/', true],
      ['/', '/a', false],
      ['/a', '/a', true],
      ['/a', '/a/', false],
      ['/a', '/A', false],
      ['/a/*', '/a/b', true],
      ['/a/*', '/a/b/c', false],
      ['/a/*', '/a/', true],
      ['/a/**', '/a', true],
      ['/a/**', '/a/b/c', true],
      ['/a/**', '/ab', false],
      ['/**', '/', true],
      ['/**/*.css', '/x.css', true],
      ['/**/*.css', '/a/b/x.css', true],
      ['/**/*.css', '/a/b/x.cssx', false],
      ['/**/b/**/d', '/a/b/c/b/d', true],
      ['/*.min.*', '/a.b.min.js', true],
      ['/a*b*c', '/aXbXbXc', true],
      ['/a*b*c', '/aXbXbX', false],
      ['/a.b', '/aXb', false],
    ];
    for (const [pattern, target, isMatch] of cases)
      expect(matches(pattern, target), `${pattern} ${target}`).to.equal(isMatch);
  });

  it('does not look at the query', () => {
    expect(matches('/a', '/a?b=/c')).to.equal(true);
    expect(matches('/**/*.css', '/a?x.css')).to.equal(false);
  });

  it('is not dodged by another spelling of the same path', () => {
    for (const target of ['/%61dmin/x', '//admin//x', '/admin/%78', '/admin///x']) {
      expect(matches('/admin/*', target), target).to.equal(true);
    }
    // An encoded slash is no separator, and is not taken for one.
    expect(matches('/admin/*', '/admin%2fx')).to.equal(false);
  });

  it('refuses patterns that say nothing, or something else than they seem to', () => {
    for (const text of ['', 'a', '*', '/a**', '/**b/c', 5, undefined]) {
      expect(() => new PathPattern('rules[0].path', text), String(text)).to.throw('rules[0].path must');
    }
  });

  it('agrees with the obvious but slow way', () => {
    const part = fc.stringMatching(/^[ab*]{0,4}$/);
    const text = fc.stringMatching(/^[ab]{0,8}$/);
    fc.assert(
      fc.property(part, text, (glob, segment) => {
        fc.pre(!glob.includes('**'));
        const slow = new RegExp(`^/${glob.replaceAll('*', '[^/]*')}$`);
        expect(matches(`/${glob}`, `/${segment}`)).to.equal(slow.test(`/${segment}`));
      }),
    );
  });

  it('does not go over a long path again and again', () => {
    let steps = 0;
    const counting = new Proxy(segmentsOf(`/${'a/'.repeat(4_000)}b`) as string[], {
      get(target, key) {
        steps++;
        return target[key as never] as unknown;
      },
    });
    expect(new PathPattern('path', '/**/a/**/a/**/a/**/c').matches(counting)).to.equal(false);
    expect(steps).to.be.lessThan(200_000);
  });
});
