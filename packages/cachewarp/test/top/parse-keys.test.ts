import { expect } from 'chai';
import { parseKeys } from '#src/top/parse-keys.js';

describe('parseKeys', () => {
  it('names the keys that terminals send as sequences', () => {
    const { keys, rest } = parseKeys('\x1B[A\x1BOB\x1B[5~\x1B[6~\x1B[Z\x1B[H\x1B[4~\x1B[1;5C\t\r\x7F');
    expect([...keys, rest]).to.deep.equal([
      'up',
      'down',
      'page-up',
      'page-down',
      'shift-tab',
      'home',
      'end',
      'right',
      'tab',
      'enter',
      'backspace',
      '',
    ]);
  });

  it('keeps what may go on, and leaves sequences out whole that it does not know', () => {
    expect(parseKeys('a\x1B[')).to.deep.equal({ keys: ['a'], rest: '\x1B[' });
    expect(parseKeys('\x1B')).to.deep.equal({ keys: [], rest: '\x1B' });
    expect(parseKeys('\x1B[200~y\x1B[201~')).to.deep.equal({ keys: ['y'], rest: '' });
  });

  it('takes a letter behind Esc as both, and characters beyond ASCII as they are', () => {
    expect(parseKeys('\x1Bqé😀').keys).to.deep.equal(['escape', 'q', 'é', '😀']);
  });
});
