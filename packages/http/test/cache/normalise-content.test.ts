import { expect } from 'chai';
import { normaliseContent } from '#src/cache/normalise-content.js';

describe('normaliseContent', () => {
  const pairs: readonly (readonly [what: string, one: string, other: string])[] = [
    ['nonces', '<script nonce="rAnd0m">a()</script>', '<script nonce="0ther">a()</script>'],
    ['nonces of a policy', `<meta content="script-src 'nonce-abc='">`, `<meta content="script-src 'nonce-xyz='">`],
    ['a token in a meta element', '<meta name="csrf-token" content="abc">', '<meta name="csrf-token" content="xyz">'],
    [
      'a token in a form',
      '<input type="hidden" name="authenticity_token" value="abc">',
      '<input type="hidden" name="authenticity_token" value="xyz">',
    ],
    ['a token of Laravel', '<input name="_token" value="abc">', '<input name="_token" value="xyz">'],
    ['a token in JSON', '{"csrfToken":"abc","a":1}', '{"csrfToken":"xyz","a":1}'],
    ['dates with a time', 'made at 2026-12-01T03:04:05.678Z', 'made at 2026-12-01T03:09:59Z'],
    ['dates as in HTTP', 'Tue, 01 Dec 2026 03:04:05 GMT', 'Wed, 02 Dec 2026 03:04:05 GMT'],
    ['Unix times', '{"now":1764558245}', '{"now":1764558299}'],
    ['Unix times in ms', '{"now":1764558245123}', '{"now":1764558245999}'],
  ];
  for (const [what, one, other] of pairs) {
    it(`takes no notice of ${what}`, () => {
      expect(one).to.not.equal(other);
      expect(normaliseContent(one)).to.equal(normaliseContent(other));
    });
  }

  const contents: readonly (readonly [what: string, one: string, other: string])[] = [
    ['text', '<p>one</p>', '<p>two</p>'],
    ['days', 'on 2026-12-01', 'on 2026-12-02'],
    ['prices', '{"price":1764}', '{"price":1765}'],
    ['the value of another field', '<input name="user" value="a">', '<input name="user" value="b">'],
    ['what a script does', '<script nonce="a">a()</script>', '<script nonce="a">b()</script>'],
    ['numbers that are part of a name', 'a1764558245.js', 'a1764558299.js'],
  ];
  for (const [what, one, other] of contents) {
    it(`tells apart ${what}`, () => {
      expect(normaliseContent(one)).to.not.equal(normaliseContent(other));
    });
  }

  it('takes time in proportion to the text, whatever is in it', () => {
    // No clock: what would take quadratic time on these would not end within the time that a test has.
    for (const bait of [
      'csrf ',
      'nonce = "',
      '2026-12-',
      '"csrf',
      '1764558245',
      'name="_token" ',
      '<input csrf content=',
    ]) {
      const text = bait.repeat(Math.ceil(500_000 / bait.length));
      expect(normaliseContent(text).length).to.be.at.most(text.length);
    }
  });
});
