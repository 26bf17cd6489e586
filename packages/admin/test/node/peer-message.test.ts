import { expect } from 'chai';
import { MAX_MESSAGE, readPeerMessage, writePeerMessage } from '#src/node/peer-message.js';

const about = { from: 'web-1:42:ab', group: null } as const;

describe('messages between nodes', () => {
  it('are read as they were written', () => {
    for (const message of [
      { type: 'hello', ...about },
      { type: 'bye', ...about, group: 'workers' },
      { type: 'ask', ...about, id: '1', question: { kind: 'top', limit: 5 } },
      { type: 'answer', ...about, id: '1', answer: { some: ['data'] } },
      { type: 'answer', ...about, id: '1' },
    ] as const) {
      expect(readPeerMessage(writePeerMessage(message)!)).to.deep.equal({ cachewarp: 1, ...message });
    }
  });

  it('are not written when they are too long, and not read', () => {
    expect(writePeerMessage({ type: 'answer', ...about, id: '1', answer: 'x'.repeat(MAX_MESSAGE) })).to.equal(
      undefined,
    );
    const long = JSON.stringify({ cachewarp: 1, type: 'hello', ...about, more: 'x'.repeat(MAX_MESSAGE) });
    expect(readPeerMessage(long)).to.equal(undefined);
  });

  const right = { cachewarp: 1, type: 'ask', from: 'a', group: null, id: '1', question: { kind: 'stats' } };
  for (const [what, text] of Object.entries({
    'no JSON': '{',
    'no object': '[1]',
    'another version': JSON.stringify({ ...right, cachewarp: 2 }),
    'another kind': JSON.stringify({ ...right, type: 'order' }),
    'no name': JSON.stringify({ ...right, from: undefined }),
    'a name that is none': JSON.stringify({ ...right, from: 'a b' }),
    'a group that is no text': JSON.stringify({ ...right, group: 7 }),
    'no id': JSON.stringify({ ...right, id: undefined }),
    'an id that is too long': JSON.stringify({ ...right, id: 'x'.repeat(101) }),
    'no question': JSON.stringify({ ...right, question: 'stats' }),
  })) {
    it(`are none of ours with ${what}`, () => {
      expect(readPeerMessage(JSON.stringify(right))).to.not.equal(undefined);
      expect(readPeerMessage(text)).to.equal(undefined);
    });
  }
});
