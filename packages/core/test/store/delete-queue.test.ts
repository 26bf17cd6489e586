import { expect } from 'chai';
import { DeleteQueue } from '#src/store/delete-queue.js';

describe('DeleteQueue', () => {
  it('holds a key until its deletion is confirmed', () => {
    const queue = new DeleteQueue(10);
    queue.add('a');
    queue.add('b');
    expect(queue.holds('a')).to.equal(true);
    expect(queue.holds('c')).to.equal(false);
    for (const { key, ticket } of queue.first(10)) queue.confirm(key, ticket);
    expect(queue.holds('a')).to.equal(false);
    expect(queue.isEmpty).to.equal(true);
  });

  it('keeps a key that was deleted again after the confirmed deletion began', () => {
    const queue = new DeleteQueue(10);
    queue.add('a');
    const [first] = queue.first(1);
    queue.add('a');
    queue.confirm('a', first!.ticket);
    expect(queue.holds('a')).to.equal(true);
  });

  it('answers the oldest keys, up to a limit', () => {
    const queue = new DeleteQueue(10);
    for (const key of ['a', 'b', 'c']) queue.add(key);
    expect(queue.first(2).map(({ key }) => key)).to.deep.equal(['a', 'b']);
  });

  it('gives up its keys for one clear beyond its bound', () => {
    const queue = new DeleteQueue(2);
    for (const key of ['a', 'b', 'a']) queue.add(key);
    expect(queue.isClearing).to.equal(false);
    queue.add('c');
    expect(queue.isClearing).to.equal(true);
    expect(queue.first(10)).to.deep.equal([]);
    expect(queue.holds('anything')).to.equal(true);
  });

  it('confirms with a clear what was asked before it began, and nothing later', () => {
    const queue = new DeleteQueue(10);
    queue.add('a');
    queue.addClear();
    queue.add('b');
    const begun = queue.lastTicket;
    queue.add('c');
    queue.confirmClear(begun);
    expect(queue.isClearing).to.equal(false);
    expect(queue.first(10).map(({ key }) => key)).to.deep.equal(['c']);
  });

  it('keeps a clear that was asked again after the confirmed one began', () => {
    const queue = new DeleteQueue(10);
    queue.addClear();
    const begun = queue.lastTicket;
    queue.addClear();
    queue.confirmClear(begun);
    expect(queue.isEmpty).to.equal(false);
  });
});
