import { expect } from 'chai';
import { LineSplitter, MAX_LINE_LENGTH } from '#src/simulate/log/line-splitter.js';

describe('LineSplitter', () => {
  function split(text: string, chunkBytes: number): string[] {
    const splitter = new LineSplitter();
    const bytes = Buffer.from(text);
    const lines: string[] = [];
    for (let from = 0; from < bytes.length; from += chunkBytes) {
      lines.push(...splitter.split(bytes.subarray(from, from + chunkBytes)));
    }
    return [...lines, ...splitter.end()];
  }

  for (const chunkBytes of [1, 2, 3, 1000]) {
    it(`gives the same lines from chunks of ${chunkBytes} bytes, within letters of several bytes too`, () => {
      expect(split('one\ntwö\n\n💥\nlast', chunkBytes)).to.deep.equal(['one', 'twö', '', '💥', 'last']);
    });
  }

  it('lets a line that is too long be seen as such, and keeps no more of it than that', () => {
    const [first, long, last] = split(`a\n${'x'.repeat(MAX_LINE_LENGTH + 500)}\nb`, 1000);
    expect([first, last]).to.deep.equal(['a', 'b']);
    expect(long!.length).to.be.within(MAX_LINE_LENGTH + 1, MAX_LINE_LENGTH + 1001);
    expect(split('y'.repeat(MAX_LINE_LENGTH), 1000)).to.deep.equal(['y'.repeat(MAX_LINE_LENGTH)]);
  });
});
