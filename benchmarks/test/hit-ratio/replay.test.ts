import { expect } from 'chai';
import { measureTrace } from '#src/hit-ratio/measure.js';
import { plotSvg } from '#src/hit-ratio/plot.js';
import { replay } from '#src/hit-ratio/replay.js';
import { parseTrace } from '#src/hit-ratio/trace.js';

const small = parseTrace('small', ['a', 'b', 'c', 'a', 'd', 'a', 'b'].join('\n'));

describe('replay', () => {
  it('counts the requests that the store could answer', () => {
    const bounds = { maxEntries: 3, maxBytes: 1_000_000 };
    expect(replay(small, { ...bounds, policy: 'lru' }).hits).to.equal(2 / 7);
    expect(replay(small, { ...bounds, policy: 'fifo' }).hits).to.equal(1 / 7);
  });

  it('weighs hits by bytes where the trace knows sizes', () => {
    const sized = parseTrace('sized', '0 a 100\n1 b 300\n2 a 100\n3 b 300\n4 c 200');
    expect(replay(sized, { maxBytes: 1_000_000 })).to.deep.equal({ hits: 2 / 5, bytes: 400 / 1000 });
  });
});

describe('plotSvg', () => {
  it('draws each trace, with a line for the optimum and each policy', () => {
    const svg = plotSvg(measureTrace(small));
    expect(svg)
      .to.match(/^<svg .*<\/svg>\n$/s)
      .and.to.contain('>small</text>')
      .and.not.to.contain('NaN');
    expect(svg.match(/<polyline/g)?.length).to.equal(7);
  });
});
