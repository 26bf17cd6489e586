import { expect } from 'chai';
import { Undelivered, type Outgoing } from '#src/log/undelivered.js';

const outgoing = (...names: string[]): Outgoing => ({
  record: { markers: names.map((name) => ({ kind: 'key', name })), soft: false, at: 1 },
  token: names.join(),
  wasSent: false,
});

describe('Undelivered', () => {
  it('gives the oldest first, until it was delivered', () => {
    const waiting = new Undelivered(10);
    const [first, second] = [outgoing('a'), outgoing('b')];
    waiting.add(first);
    waiting.add(second);

    expect(waiting.first).to.equal(first);
    waiting.delivered(first);
    expect(waiting.first).to.equal(second);
    waiting.delivered(second);
    expect([waiting.first, waiting.size]).to.deep.equal([undefined, 0]);
  });

  it('becomes one invalidation of everything where more targets wait than are kept', () => {
    const waiting = new Undelivered(2);
    const first = outgoing('a', 'b');
    waiting.add(first);
    waiting.add(outgoing('c'));

    expect(waiting.size).to.equal(1);
    expect(waiting.first!.record).to.deep.include({ markers: [{ kind: 'all', name: '' }], soft: false });
    // One that was on its way meanwhile does not take the other with it.
    waiting.delivered(first);
    expect(waiting.size).to.equal(1);
  });
});
