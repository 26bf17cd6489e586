import { expect } from 'chai';
import { FrameWriter } from '#src/top/frame-writer.js';

describe('FrameWriter', () => {
  it('writes only the lines that changed, in one piece, and nothing when none did', () => {
    const writer = new FrameWriter();
    expect(writer.next(['a', 'b'])).to.contain('\x1B[2J\x1B[1;1Ha\x1B[2;1Hb');
    expect(writer.next(['a', 'c'])).to.equal('\x1B[?2026h\x1B[2;1Hc\x1B[?2026l');
    expect(writer.next(['a', 'c'])).to.equal(undefined);
  });

  it('writes all of it anew after another size, and when it is told to', () => {
    const writer = new FrameWriter();
    writer.next(['a', 'b']);
    expect(writer.next(['a'])).to.contain('\x1B[2J\x1B[1;1Ha');
    writer.forget();
    expect(writer.next(['a'])).to.contain('\x1B[2J\x1B[1;1Ha');
  });
});
