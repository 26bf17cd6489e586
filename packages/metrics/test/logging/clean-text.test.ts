import { expect } from 'chai';
import fc from 'fast-check';
import { cleanText } from '#src/logging/clean-text.js';

describe('cleanText', () => {
  it('writes characters that end a line or move a cursor as what they are', () => {
    expect(cleanText('a\r\nb\u001B[2Jc\u0000d\u007Fe\u009Bf\u2028g\u202Eh')).to.equal(
      'a%0D%0Ab%1B[2Jc%00d%7Fe%9Bf\\u2028g\\u202Eh',
    );
  });

  it('leaves everything else alone', () => {
    expect(cleanText('/straße?q=日本 %0A')).to.equal('/straße?q=日本 %0A');
  });

  it('lets no control character through', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        // oxlint-disable-next-line no-control-regex -- they are what it is about
        expect(cleanText(text)).to.not.match(/[\u0000-\u001F\u007F-\u009F\u2028-\u202E]/);
      }),
    );
  });

  it('cuts what is too long to be read', () => {
    expect(cleanText('a'.repeat(10_000))).to.have.length(2_049);
  });
});
