import { expect } from 'chai';
import { parseTrace } from '#src/hit-ratio/trace.js';

describe('parseTrace', () => {
  it('reads one key a line, and numbers keys in the order in which they appear', () => {
    const { keys, unique, sizes, kind } = parseTrace('arc', '# a comment\n17\n4\n17\n\n');
    expect([...keys]).to.deep.equal([0, 1, 0]);
    expect({ unique, sizes, kind }).to.deep.equal({ unique: 2, sizes: undefined, kind: 'storage' });
  });

  it('reads time, key and bytes', () => {
    const { keys, sizes, kind } = parseTrace('web12', '0 5 100\n3 6 200\n4 5 100\n');
    expect([...keys]).to.deep.equal([0, 1, 0]);
    expect([...sizes!]).to.deep.equal([100, 200, 100]);
    expect(kind).to.equal('web');
  });
});
