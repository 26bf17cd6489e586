import { expect } from 'chai';
import { span } from '#src/top/line.js';
import { paint } from '#src/top/paint.js';

describe('paint', () => {
  it('pads to the width of the screen and cuts what is longer, with wide characters counted as two', () => {
    const looks = { hasColors: false, isUnicode: true };
    expect(paint([span('ab'), span('cd')], 6, looks)).to.equal('abcd  ');
    expect(paint([span('abc'), span('defg')], 5, looks)).to.equal('abcd…');
    expect(paint([span('日本語')], 5, looks)).to.equal('日本…');
    expect(paint([span('日本語')], 4, looks)).to.equal('日… ');
  });

  it('has colours only where they are allowed', () => {
    const line = [span('bad', 'bad')];
    expect(paint(line, 3, { hasColors: false, isUnicode: true })).to.equal('bad');
    expect(paint(line, 3, { hasColors: true, isUnicode: true })).to.match(/^\x1B\[1m\x1B\[31mbad/);
  });

  it('keeps to ASCII, in the same width, where the terminal knows no more', () => {
    const looks = { hasColors: false, isUnicode: false };
    expect(paint([span('› 日 é ▼ █░ abcdef')], 15, looks)).to.equal('> ?? ? v #. ab~');
  });
});
