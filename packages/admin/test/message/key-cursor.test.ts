import { expect } from 'chai';
import { cursorBehind, firstBehind, readCursor } from '#src/message/key-cursor.js';

describe('cursors of keys', () => {
  it('are read as the key that they stand behind', () => {
    for (const key of ['a', 'GET:/ä?b=1', '\u0000']) expect(readCursor(cursorBehind(key), 'a test')).to.equal(key);
  });

  it('are refused where nobody gave them out', () => {
    for (const text of ['', '!', 'YQ==', `${cursorBehind('a')} `, '_w']) {
      expect(() => readCursor(text, 'a test'), text).to.throw('cursor must be one that a test gave out');
    }
  });

  it('find the first key behind one that may be gone', () => {
    const keys = ['a', 'c', 'e'];

    expect(['', 'a', 'b', 'c', 'e', 'f'].map((after) => firstBehind(keys, after))).to.deep.equal([0, 1, 1, 2, 3, 3]);
  });
});
